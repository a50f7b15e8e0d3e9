package report

import (
	"strings"

	"github.com/pdac-dev/pdac/sync"
)

// undo shows the changes that could not be rolled back, and in verbose text also
// those that were.
func (p *printer) undo(u *sync.Result, o ResultOptions) {
	if u == nil {
		return
	}
	for _, c := range u.Changes {
		switch c.Outcome {
		case sync.Done, sync.Already:
			if o.Verbose && !o.Quiet {
				p.line(p.green.Sprint(undone(c.Action)+":"), " ", entity(c))
			}
		default:
			head := p.red.Sprint("not rolled back:") + " " + entity(c)
			if c.Reason == "" {
				p.line(head)
			} else {
				p.paragraphs(head+": ", c.Reason, "    ")
			}
		}
	}
	p.gap()
}

// lost shows, in every text, what was deleted and could not be restored, and how
// to recover.
func (p *printer) lost(r *sync.Result) {
	for _, result := range []*sync.Result{r, r.Undo} {
		if result == nil {
			continue
		}
		for _, c := range result.Changes {
			if c.Lost == nil {
				continue
			}
			old := Clean(string(c.Lost.Kind)) + " " + title(c.Lost.ID)
			p.line(p.red.Sprint("LOST:"), " ", p.bold.Sprint(old), " was deleted, and neither ", Clean(string(c.Kind)), " ", title(c.ID),
				" nor the old one could be created, so nothing detects under this id now.")
			p.line("    To recover, apply again, which creates the new one. Or restore the old one by sending this with POST to ", Clean(c.Lost.Path), ":")
			p.line("    ", Clean(string(c.Lost.Body)))
			p.gap()
		}
	}
}

// undone describes how an action was rolled back.
func undone(a sync.Action) string {
	switch a {
	case sync.Create:
		return "recreated"
	case sync.Update:
		return "restored"
	case sync.Delete:
		return "removed"
	case sync.Replace:
		return "replaced back"
	}
	return "did (" + Clean(string(a)) + ")"
}

// putBack counts the changes that were rolled back, on one line.
func putBack(u *sync.Result) string {
	if len(u.Changes) == 0 {
		return "Rolled back: nothing, because nothing had been changed."
	}
	n := map[sync.Action]int{}
	missing := 0
	for _, c := range u.Changes {
		if c.Outcome == sync.Done || c.Outcome == sync.Already {
			n[c.Action]++
		} else {
			missing++
		}
	}
	var out []string
	for _, a := range []sync.Action{sync.Update, sync.Replace, sync.Delete, sync.Create} {
		if n[a] > 0 {
			out = append(out, number(n[a])+" "+undone(a))
		}
	}
	if missing > 0 {
		out = append(out, number(missing)+" not rolled back")
		return "Rolled back in part: " + strings.Join(out, ", ") + "."
	}
	return "Rolled back: " + strings.Join(out, ", ") + "."
}

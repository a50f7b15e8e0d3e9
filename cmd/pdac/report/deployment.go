package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/sync/record"
)

// maxFiles is how many files of a deployment are listed without Verbose.
const maxFiles = 50

// DeploymentDetail is one deployment with what it changed.
type DeploymentDetail struct {
	HistoryEntry
	// Now is set for the latest deployment.
	Now bool
	// Changes are the files that differ from the previous deployment, by path.
	Changes []record.FileChange
	// Unknown is the reason why Changes can't be determined; "" if they are known.
	Unknown string
}

// Deployment shows one deployment and what it changed.
func Deployment(w io.Writer, d *DeploymentDetail, o HistoryOptions) error {
	switch o.Format {
	case JSON:
		out := deploymentJSON{FormatVersion: HistoryFormatVersion, Tenant: d.Tenant, Ref: d.Ref, Now: d.Now, Deployment: d.HistoryEntry.json()}
		if d.Unknown == "" {
			out.Changes = make([]fileJSON, len(d.Changes))
			for i, c := range d.Changes {
				out.Changes[i] = fileJSON{c.Path, string(c.Action)}
			}
		}
		return writeJSON(w, out)
	case Markdown:
		return d.markdown(w, o)
	case Text, "":
		p := newPrinter(w, o.Color)
		d.text(p, o)
		return p.end("deployment")
	}
	return badFormat(o.Format, DeploymentView)
}

// facts returns the details of a deployment as pairs of name and value.
func (d *DeploymentDetail) facts(o HistoryOptions) [][2]string {
	state := ""
	if d.Now {
		state = " (deployed now)"
	}
	out := [][2]string{{"record", d.Hash + state}, {"tenant", d.Tenant}, {"revision", d.Revision}}
	if d.Revision == "" {
		out[2][1] = d.revision()
	}
	add := func(name, value string) {
		if value != "" {
			out = append(out, [2]string{name, value})
		}
	}
	add("subject", d.Subject)
	add("by", d.Actor)
	at := d.Time.UTC().Format("2006-01-02 15:04:05 UTC")
	if ago := age(d.Time, o.Now); ago != "" {
		at += " (" + ago + ")"
	}
	add("time", at)
	result := d.Counts.String() + ", " + number(d.Counts.Unchanged) + " unchanged"
	if d.Partial {
		result += "; the apply failed in part"
	}
	add("result", result)
	files := number(d.FileCount)
	if d.Root != "" {
		files += " from the folder " + d.Root
	}
	add("files", files)
	before := d.Parent
	if before == "" {
		before = "none (this is the first deployment)"
	}
	add("previous", before)
	add("continues", d.Merge)
	return out
}

func (d *DeploymentDetail) text(p *printer, o HistoryOptions) {
	for _, f := range d.facts(o) {
		p.line(p.cyan.Sprintf("%-10s", f[0]+":"), " ", Clean(f[1]))
	}
	p.gap()
	list, more := d.listed(o)
	for _, c := range list {
		op := operation(c.Action)
		p.line(p.op(op, string(op)+" "+Clean(c.Path)))
	}
	if more > 0 {
		p.line("… ", Count(more, "more file", "more files"))
	}
	p.gap()
	p.line(p.bold.Sprint(d.summary(Clean)))
}

func (d *DeploymentDetail) markdown(w io.Writer, o HistoryOptions) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### Deployment %s to %s\n\n", code(fmt.Sprintf("%.12s", d.Hash), 100), code(d.Tenant, 100))
	for _, f := range d.facts(o) {
		fmt.Fprintf(&b, "- %s: %s\n", f[0], code(f[1], 300))
	}
	fmt.Fprintf(&b, "\n%s\n", d.summary(func(s string) string { return entities(Clean(s)) }))
	list, more := d.listed(o)
	if len(list) > 0 {
		b.WriteString("\n")
	}
	for _, c := range list {
		fmt.Fprintf(&b, "- %s %s\n", c.Action, code(c.Path, 300))
	}
	if more > 0 {
		fmt.Fprintf(&b, "\n… %s\n", Count(more, "more file", "more files"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *DeploymentDetail) listed(o HistoryOptions) (list []record.FileChange, more int) {
	if o.Verbose || len(d.Changes) <= maxFiles {
		return d.Changes, 0
	}
	return d.Changes[:maxFiles], len(d.Changes) - maxFiles
}

func (d *DeploymentDetail) summary(quote func(string) string) string {
	if d.Unknown != "" {
		return "The changed files are unknown: " + quote(d.Unknown)
	}
	n := map[record.ChangeKind]int{}
	for _, c := range d.Changes {
		n[c.Action]++
	}
	if len(d.Changes) == 0 {
		return "No file differs from the previous deployment."
	}
	return fmt.Sprintf("Files: %s added, %s modified, %s deleted.", number(n[record.Added]), number(n[record.Modified]), number(n[record.Deleted]))
}

func operation(a record.ChangeKind) diff.Op {
	switch a {
	case record.Added:
		return diff.Insert
	case record.Deleted:
		return diff.Delete
	}
	return diff.Change
}

package report

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/yamlcore"
)

// moment writes a time for people.
func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// deployed says what was deployed last, by whom and when; "" where nobody knows.
func deployed(b *sync.BaseInfo) string {
	if b == nil {
		return ""
	}
	what := "uncommitted files"
	if b.Revision != "" {
		what = "revision " + Clean(shortRevision(b.Revision))
	}
	if b.Actor != "" {
		what += " by " + person(b.Actor)
	}
	if at := moment(b.Time); at != "" {
		what += ", " + at
	}
	return what
}

// person leaves the mail address off "Name <mail>".
func person(s string) string {
	if name, _, ok := strings.Cut(s, " <"); ok && name != "" {
		s = name
	}
	return clip(Clean(s), 60)
}

// committed says who committed a change: "abc1234 by Ada, 2026-11-02: Subject".
func committed(c sync.Commit, subject bool) string {
	if c.Uncommitted || c.Hash == "" {
		return Clean(path.Base(c.Path)) + " is not committed yet"
	}
	out := "committed in " + Clean(c.Hash[:min(len(c.Hash), 7)])
	if c.Author != "" {
		out += " by " + person(c.Author)
	}
	if c.Time != nil {
		out += ", " + c.Time.UTC().Format("2006-01-02")
	}
	if subject && c.Subject != "" {
		out += ": " + clip(Clean(c.Subject), 72)
	}
	return out
}

// commits says who committed an entity's changes, each commit once.
func commits(list []sync.Commit, subject bool) string {
	var out []string
	seen := map[string]bool{}
	for _, c := range list {
		if key := fmt.Sprint(c.Hash, c.Uncommitted); !seen[key] {
			seen[key] = true
			out = append(out, committed(c, subject))
		}
	}
	return strings.Join(out, "; ")
}

// inConsole says when an entity was changed in the console.
func inConsole(e *sync.Edit) string {
	if e == nil || e.At == nil {
		return "in the console"
	}
	return "in the console " + moment(e.At)
}

// fate says what becomes of what others changed.
func fate(kept bool, p sync.Policy) string {
	switch {
	case kept:
		return "it stays"
	case p == sync.Fail:
		return "it stops the apply"
	}
	return "the repository's value is put back"
}

// policyOf gives the policy by which a plan treats a cause.
func policyOf(p *sync.Plan, c sync.Cause) sync.Policy {
	if c == sync.Conflict {
		return p.Policies.OnConflict
	}
	return p.Policies.OnDrift
}

// label is the line above the fields of one cause; "" where there is nothing to
// say.
func label(p *sync.Plan, c sync.Change, cause sync.Cause, kept bool) string {
	switch cause {
	case sync.Committed:
		if who := commits(c.Commits, true); who != "" {
			return who
		}
		return "changed here since the last deployment"
	case sync.Drifted:
		return fmt.Sprintf("drift: edited %s; %s", inConsole(c.Edited), fate(kept, policyOf(p, cause)))
	case sync.Conflict:
		out := fmt.Sprintf("conflict: edited %s", inConsole(c.Edited))
		if who := commits(c.Commits, true); who != "" {
			out += ", and here: " + who
		} else {
			out += ", and changed here"
		}
		return out + "; " + fate(kept, policyOf(p, cause))
	case sync.Adopted:
		return fmt.Sprintf("live, and not deployed from here; last changed %s; %s", strings.TrimPrefix(inConsole(c.Edited), "in the console "), fate(kept, policyOf(p, cause)))
	}
	return ""
}

// whole says in a few words who made a change of a whole entity; "" where nobody
// knows.
func whose(p *sync.Plan, c sync.Change, kept bool) string {
	policy := policyOf(p, c.Cause)
	stays := map[bool]string{true: "it stays deleted", false: "it is created again"}[kept]
	if policy == sync.Fail {
		stays = fate(false, policy)
	}
	switch {
	case c.Cause == sync.Committed && len(c.Commits) > 0:
		return commits(c.Commits, false)
	case c.Cause == sync.Drifted && c.Action == sync.Create:
		return "drift: deleted in the console; " + stays
	case c.Cause == sync.Conflict && c.Action == sync.Create:
		return "conflict: deleted in the console and changed here; " + stays
	case c.Cause == sync.Conflict && c.Action == sync.Delete && kept:
		return fmt.Sprintf("conflict: removed here and edited %s; it stays", inConsole(c.Edited))
	case c.Cause == sync.Conflict && c.Action == sync.Delete:
		return fmt.Sprintf("conflict: removed here and edited %s; %s", inConsole(c.Edited), map[bool]string{true: fate(false, policy), false: "it is deleted"}[policy == sync.Fail])
	}
	return ""
}

// causes lists the causes of a change's fields, what was committed first.
func causes(c sync.Change) []sync.Cause {
	var out []sync.Cause
	for _, cause := range []sync.Cause{"", sync.Committed, sync.Adopted, sync.Drifted, sync.Conflict} {
		for _, f := range c.Fields {
			if f.Cause == cause {
				out = append(out, cause)
				break
			}
		}
	}
	return out
}

// by says in a table's cell who made a change.
func by(p *sync.Plan, c sync.Change, kept bool) string {
	if c.Action != sync.Update {
		return whose(p, c, kept)
	}
	var out []string
	for _, cause := range causes(c) {
		switch cause {
		case sync.Committed:
			if who := commits(c.Commits, false); who != "" {
				out = append(out, who)
			}
		case sync.Drifted:
			out = append(out, "drift: "+inConsole(c.Edited))
		case sync.Conflict:
			out = append(out, "conflict: "+inConsole(c.Edited)+" and here")
		case sync.Adopted:
			out = append(out, "not deployed from here before")
		}
	}
	return strings.Join(out, "; ")
}

// was shows what was deployed last where it fits on a line and isn't one of the
// two sides shown.
func was(kind panther.Kind, f sync.FieldChange) string {
	if f.Cause != sync.Conflict {
		return ""
	}
	field, _ := kind.Field(f.Name)
	v := meaning(field, f.Deployed)
	if s, ok := v.(string); ok && (strings.Contains(s, "\n") || len(s) > shortText) {
		return "a text of " + Count(strings.Count(s, "\n")+1, "line", "lines")
	}
	if nested(v) {
		text := yamlcore.CanonicalJSON(v)
		if len(text) > shortText {
			return ""
		}
	}
	return scalar(field, v)
}

// unmanaged lists the first few of what is live and never was deployed.
func unmanaged(list []sync.Unmanaged, most int) string {
	var names []string
	for _, u := range list {
		name := Clean(string(u.Kind)) + "/" + title(u.ID)
		if u.Managed {
			name += " (of a pack)"
		}
		names = append(names, name)
	}
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %s more", number(len(names)-most))
	}
	return strings.Join(names, ", ")
}

package diff

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/pychange"
	"github.com/pdac-dev/pdac/internal/sqllex"
	"github.com/pdac-dev/pdac/panther"
)

// wordsOnly are the functions of a detection whose results only appear in the alert.
// The title is not among them, unless there is a function for the deduplication:
// alerts are grouped by it.
var wordsOnly = []string{"description", "reference", "runbook", "alert_context"}

// entryPoints are the functions that Panther calls.
var entryPoints = append([]string{"rule", "policy", "severity", "dedup", "unique", "destinations", "title"}, wordsOnly...)

// body judges the change of Python. Only what does not affect the detection is known:
// comments, formatting, and the functions for the words of an alert.
func (j *judge) body(f panther.Field, b, a any) {
	if f.Empty(b) || f.Empty(a) {
		j.add(Unknown, f.Name, "code %s", pick(f.Empty(b), "added", "removed"))
		return
	}
	was, okB := pychange.Parse(text(b))
	is, okA := pychange.Parse(text(a))
	if !okA || !okB {
		j.add(Unknown, f.Name, "code changed")
		return
	}
	changes := pychange.Compare(was, is)
	if len(changes) == 0 {
		j.add(Neutral, f.Name, "only comments or formatting of the code")
		return
	}
	// The functions that Panther calls come first, and imports only if there is
	// nothing else.
	var first, others, imports, changed []string
	for _, c := range changes {
		changed = append(changed, c.Name)
		switch {
		case c.Name == "":
		case slices.Contains(entryPoints, c.Name):
			first = append(first, c.Name)
		case was.Imported(c.Name) || is.Imported(c.Name):
			imports = append(imports, c.Name)
		default:
			others = append(others, c.Name)
		}
	}
	names := append(first, others...)
	if len(names) == 0 {
		names = imports
	}
	if j.after.Kind.RunsTests() && j.before.Kind.RunsTests() {
		if reached, harmless := reached(was, is, changed); harmless {
			if len(reached) == 0 {
				j.add(Neutral, f.Name, "code that no function of the detection uses")
			} else {
				j.words(Neutral, f.Name, "function", "functions", "for the words of the alert changed", reached)
			}
			return
		}
	}
	if len(names) == 0 {
		j.add(Unknown, f.Name, "code changed that runs on import")
		return
	}
	j.add(Unknown, f.Name, "code changed in: %s", named(names))
}

// reached returns which functions that Panther calls use something that changed, and
// whether they all only write words.
func reached(was, is *pychange.Module, changed []string) (out []string, harmless bool) {
	if slices.Contains(changed, "") {
		return nil, false
	}
	none := func(pychange.Name) bool { return false }
	old, now := was.Affected("", changed, none), is.Affected("", changed, none)
	harmless = true
	for _, name := range entryPoints {
		_, before := old[name]
		_, after := now[name]
		if !before && !after {
			continue
		}
		out = append(out, name)
		words := slices.Contains(wordsOnly, name) || name == "title" && was.Defines("dedup") && is.Defines("dedup")
		harmless = harmless && words
	}
	return out, harmless
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// sql judges a query. Only comments and formatting are known not to matter.
func (j *judge) sql(f panther.Field, b, a any) {
	was, errB := sqllex.Lex(text(b))
	is, errA := sqllex.Lex(text(a))
	same := func(x, y sqllex.Token) bool {
		return x.Kind == y.Kind && (x.Text == y.Text || x.Kind == sqllex.Word && strings.EqualFold(x.Text, y.Text))
	}
	if errA == nil && errB == nil && slices.EqualFunc(was, is, same) {
		j.add(Neutral, f.Name, "only comments or formatting of the SQL")
		return
	}
	j.add(Unknown, f.Name, "SQL changed")
}

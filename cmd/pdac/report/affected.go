package report

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// maxAffected is how many names and detections behind a changed global are listed.
const maxAffected = 5

// changedNames lists what changed in a global's code: "deep_get, Cache (removed)".
func changedNames(a *sync.Affected, most int, q quoter) string {
	var out []string
	for _, n := range a.Names {
		if len(out) == most {
			return strings.Join(out, ", ") + " and " + number(len(a.Names)-most) + " more"
		}
		name := q(n.Name, 80)
		if n.Name == "" {
			name = "code that runs on import"
		}
		if n.How != "changed" {
			name += " (" + q(n.How, 20) + ")"
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// affectedText says which detections are behind a changed global; "" for none. Those
// that the plan does not change itself come first, since nothing else shows them.
func affectedText(a *sync.Affected, most int, q quoter) string {
	if a == nil || len(a.Entities) == 0 {
		return ""
	}
	untouched := a.Untouched()
	list := untouched
	text := "affects " + Count(len(a.Entities), "detection", "detections")
	if slices.ContainsFunc(a.Entities, func(e sync.AffectedEntity) bool { return e.Kind == panther.DataModel }) {
		text = "affects " + Count(len(a.Entities), "entity", "entities")
	}
	switch n := len(a.Entities) - len(untouched); {
	case len(untouched) == 0:
		text += ", which this plan changes, too"
		list = a.Entities
	case n > 0:
		text += ", " + number(n) + " of which this plan changes, too"
	}
	var names []string
	for _, e := range list[:min(len(list), most)] {
		name := q(string(e.Kind), 40) + " " + q(e.ID, 80)
		if len(e.Through) > 0 {
			name += " through " + q(strings.Join(e.Through, ", "), 120)
		}
		names = append(names, name)
	}
	text += ": " + strings.Join(names, ", ")
	if more := len(list) - len(names); more > 0 {
		text += " and " + number(more) + " more"
	}
	return text
}

// affected shows what changed in a global, and who uses it.
func (t *textual) affected(c sync.Change) {
	if c.Affected == nil || len(c.Affected.Names) == 0 {
		return
	}
	most := maxAffected
	if t.o.Verbose {
		most = len(c.Affected.Entities) + len(c.Affected.Names)
	}
	t.line("    ", t.faint.Sprint("changed: "), changedNames(c.Affected, most, plain))
	if text := affectedText(c.Affected, most, plain); text != "" {
		t.line("    ", t.yellow.Sprint(text))
	} else {
		t.line("    ", t.faint.Sprint("nothing that is live uses it"))
	}
}

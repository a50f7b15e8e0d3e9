package report

import (
	"io"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// Comparison shows one entity as it was deployed, as it is here, and as it is live.
func Comparison(w io.Writer, c *sync.Comparison, o PlanOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, c)
	case Text, "":
		t := textual{printer: newPrinter(w, o.Color), o: o}
		t.comparison(c)
		return t.end("comparison")
	}
	return badFormat(o.Format, ComparisonView)
}

// comparisonWords says what each state means for one entity.
var comparisonWords = map[sync.EntityState]string{
	sync.StateInStep:      "in step: Panther matches the repository",
	sync.StateChanged:     "changed only in the repository; pdac apply deploys it",
	sync.StateEdited:      "edited only in the console; pdac pull takes it over, and pdac apply undoes it",
	sync.StateDeleted:     "deleted in the console; pdac apply creates it again",
	sync.StateMixed:       "changed in the repository and, in other fields, in the console; pdac pull takes those over",
	sync.StateConflict:    "conflict: the same field changed in the repository and in the console; pdac pull --take-conflicts takes over the console's value, and pdac apply --on-conflict revert deploys the repository's",
	sync.StateAccepted:    "edited in the console, which drift.accept of pdac.yaml lets stay",
	sync.StateDiffers:     "live with other values, and not deployed from here; pdac plan shows what apply would change",
	sync.StateOnlyHere:    "only in the repository; pdac apply creates it",
	sync.StateNotDeployed: "in the repository, and not deployed because of its Status or an error",
	sync.StateRemoved:     "no longer in the repository; pdac apply --allow-delete deletes it",
	sync.StateOnlyLive:    "only in Panther; pdac pull --adopt creates files for it",
	sync.StateManaged:     "only in Panther, and maintained by its packs",
	sync.StateReleased:    "released: deploy.released of pdac.yaml names it",
	sync.StateUnknown:     "unknown, because Panther refuses to list its kind",
}

func (t *textual) comparison(c *sync.Comparison) {
	e := c.Entity
	t.line(t.bold.Sprint(Clean(string(e.Kind)), " ", title(e.ID)), ": ", t.state(e.State, comparisonWords[e.State]))
	side := func(name, text string, there bool) {
		if !there {
			text = "none"
		}
		t.line("  ", t.cyan.Sprint(name), text)
	}
	was := "yes"
	if d := e.Deployed; d != nil {
		was = strings.TrimPrefix(deployed(&sync.BaseInfo{Record: d.Record, Revision: d.Revision, Actor: d.By, Time: &d.At}, plain), "Last deployed: ")
	}
	side("deployed  ", was, c.WasDeployed)
	here := Clean(e.Path)
	if c.Revision != "" {
		here += t.faint.Sprint("  at revision ", shortRevision(c.Revision))
	}
	side("here      ", here, c.IsHere)
	live := "yes"
	if changed := lastChanged(e.Changed, plain); changed != "" {
		live = changed
	}
	if c.LiveKind != "" {
		live = "as " + c.LiveKind.Article() + ", " + live
	}
	side("live      ", live, c.IsLive)
	for _, f := range c.Fields {
		t.gap()
		t.compared(c, f)
	}
}

// A side is the value of a field on one side.
type side struct {
	name  string
	value any
	there bool
}

// compared shows a field on the three sides: side by side if the values are short, or else
// as two differences.
func (t *textual) compared(c *sync.Comparison, f sync.ComparedField) {
	field, _ := c.Entity.Kind.Field(f.Name)
	head := "  " + t.bold.Sprint(Clean(f.Name))
	if word := causeWords[f.Cause]; word != "" {
		head += t.faint.Sprint("  (", word, ")")
	}
	t.line(head)
	sides := []side{{"deployed", f.Deployed, c.WasDeployed}, {"here", f.Here, c.IsHere}, {"live", f.Live, c.IsLive}}
	of := sync.Change{Kind: c.Entity.Kind, ID: c.Entity.ID, Action: sync.Update}
	wide := field.Type != panther.Set
	for _, pair := range [][2]side{{sides[0], sides[1]}, {sides[0], sides[2]}, {sides[1], sides[2]}} {
		v := look(of, sync.FieldChange{Name: f.Name, Before: pair[0].value, After: pair[1].value})
		wide = wide && (v.empty() || !v.scalar)
	}
	if !wide {
		for _, s := range sides {
			text := "none"
			if s.there {
				text = t.sideText(field, s.value)
			}
			t.line("    ", t.cyan.Sprintf("%-9s", s.name), " ", t.fit(text, 14))
		}
		return
	}
	from := sides[0]
	rest := sides[1:]
	if !from.there {
		from, rest = sides[1], sides[2:]
	}
	for _, to := range rest {
		switch v := look(of, sync.FieldChange{Name: f.Name, Before: from.value, After: to.value}); {
		case !to.there:
			t.line("    ", t.cyan.Sprint(to.name), ": none")
		case v.empty():
			t.line("    ", t.cyan.Sprint(to.name), ": as ", from.name)
		default:
			t.line("    ", t.red.Sprint("- ", from.name), "  ", t.green.Sprint("+ ", to.name))
			t.block(v)
		}
	}
}

// causeWords say where a difference is from.
var causeWords = map[sync.Cause]string{
	sync.CauseCommit: "changed only in the repository", sync.CauseDrift: "changed only in the console",
	sync.CauseConflict: "changed in both", sync.CauseAdopt: "never deployed from here",
}

// sideText is a short value on one line.
func (t *textual) sideText(f panther.Field, v any) string {
	if f.Type != panther.Set {
		return scalar(f, meaning(f, v))
	}
	list, _ := meaning(f, v).([]any)
	var texts []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			texts = append(texts, s)
		}
	}
	if len(texts) == 0 {
		return "(none)"
	}
	return t.elements(texts)
}

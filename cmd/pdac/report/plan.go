package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// PlanOptions says how a plan or a drift is shown. The zero value is plain
// text with the defaults.
type PlanOptions struct {
	Format Format
	// Color switches colours on in text, whatever the writer is.
	Color bool
	// Width is the number of columns of the terminal, which long values on one
	// line are cut to; 0 means 120.
	Width int
	// Verbose shows every field of what is created or deleted and cuts nothing.
	Verbose bool
	// Quiet leaves text with its errors, warnings and summary.
	Quiet bool
	// MaxLines is how many lines of one field's differences are shown; 0 means
	// 60 in text and 200 in Markdown.
	MaxLines int
	// MaxSize bounds Markdown, in bytes; 0 means 60,000, and what is less than
	// 4,000 counts as 4,000. GitHub takes comments of up to 65,536 characters.
	MaxSize int
	// HoldDeletes says that deletes wait for somebody to allow them, which a plan
	// that has some tells.
	HoldDeletes bool
}

// Plan shows what an apply would do. JSON is the plan itself, and the same plan
// gives the same bytes.
func Plan(w io.Writer, p *sync.Plan, o PlanOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, withLists(p))
	case Markdown:
		return markdown(w, planWords.turn(p), o, planWords)
	case Text, "":
		return text(w, planWords.turn(p), o, planWords)
	}
	return badFormat(o.Format, PlanView)
}

// withLists gives a plan in which no list is null.
func withLists(p *sync.Plan) *sync.Plan {
	out := *p
	out.Changes = append([]sync.Change{}, p.Changes...)
	out.Kept = slices.Clone(p.Kept)
	for _, list := range [][]sync.Change{out.Changes, out.Kept} {
		for i, c := range list {
			if c.Fields == nil {
				list[i].Fields = []sync.FieldChange{}
			}
		}
	}
	out.Diagnostics = append([]repo.Diagnostic{}, p.Diagnostics...)
	return &out
}

// wording is what tells a plan from a drift: the same changes in other words.
type wording struct {
	noun  string
	title string // before the tenant
	// of has what a change is called, in the order in which changes are shown.
	of map[sync.Action]word
	// order is that of the counts; nil for the one in which changes are shown.
	order  []sync.Action
	none   string // first words where there are no changes
	same   string // what entities are called that need no change
	legend string
	match  string // what is so where there are no changes
	more   string // what else is counted
	drift  bool
}

type word struct {
	op diff.Op
	// verb stands before an entity: "create rule X".
	verb string
	// total stands behind a count: "3 to create".
	total string
}

var planWords = wording{
	noun: "plan", title: "Plan for", none: "No changes.", same: "unchanged", match: "Panther matches the repository",
	of: map[sync.Action]word{
		sync.Create: {diff.Insert, "create", "to create"},
		sync.Update: {diff.Change, "update", "to update"},
		sync.Delete: {diff.Delete, "delete", "to delete"},
	},
}

// actions lists what is shown first to last: what people must look at most
// stands nearest to the summary.
var actions = []sync.Action{sync.Create, sync.Update, sync.Delete}

// turn gives the plan with its changes in the order shown. Changes of unknown
// actions come last.
func (ws wording) turn(p *sync.Plan) *sync.Plan {
	out := *p
	out.Changes, out.Kept = slices.Clone(p.Changes), slices.Clone(p.Kept)
	rank := func(a sync.Action) int {
		if i := slices.Index(actions, a); i >= 0 {
			return i
		}
		return len(actions)
	}
	for _, list := range [][]sync.Change{out.Changes, out.Kept} {
		slices.SortStableFunc(list, func(a, b sync.Change) int {
			if d := rank(a.Action) - rank(b.Action); d != 0 {
				return d
			}
			return a.Key().Compare(b.Key())
		})
	}
	return &out
}

func (ws wording) word(a sync.Action) word {
	if w, ok := ws.of[a]; ok {
		return w
	}
	return word{diff.Change, Clean(string(a)), "to " + Clean(string(a))}
}

// heading names the tenant and the revision, as far as they are known.
func (ws wording) heading(p *sync.Plan) string {
	out := ws.title + " Panther"
	if p.Tenant != "" {
		out = ws.title + " " + Clean(p.Tenant)
	}
	if p.Revision != "" {
		out += " at revision " + Clean(shortRevision(p.Revision))
	}
	if only := limited(p, plain); only != "" {
		out += ", " + only
	}
	return out
}

// limited says to what a plan is limited; "" where it isn't.
func limited(p *sync.Plan, q quoter) string {
	if len(p.Only) == 0 {
		return ""
	}
	var out []string
	for i, pattern := range p.Only {
		if i == 5 {
			out = append(out, number(len(p.Only)-i)+" more")
			break
		}
		out = append(out, q(pattern, 60))
	}
	return "limited to " + strings.Join(out, ", ")
}

// totals counts the changes: "3 to create, 2 to update, 0 to delete".
func (ws wording) totals(s sync.Summary) string {
	n := map[sync.Action]int{sync.Create: s.Create, sync.Update: s.Update, sync.Delete: s.Delete}
	order := actions
	if ws.order != nil {
		order = ws.order
	}
	var out []string
	for _, a := range order {
		out = append(out, number(n[a])+" "+ws.of[a].total)
	}
	return strings.Join(out, ", ")
}

// others counts what isn't changed; what else there is none of isn't said.
func (ws wording) others(p *sync.Plan) string {
	out := []string{number(p.Summary.Unchanged) + " " + ws.same}
	return strings.Join(append(out, ws.besides(p.Summary)...), ", ")
}

func (ws wording) besides(s sync.Summary) []string {
	var out []string
	for _, o := range []struct {
		n    int
		word string
	}{{s.Unmanaged, "unmanaged"}, {s.NotDeployable, "not deployable"}, {s.Excluded, "excluded"}} {
		if o.n > 0 {
			out = append(out, number(o.n)+" "+o.word)
		}
	}
	if ws.more != "" {
		out = append(out, ws.more)
	}
	return out
}

// summary is the last line of a text.
func (ws wording) summary(p *sync.Plan) string {
	if p.Empty() {
		return ws.nothing(p)
	}
	out := strings.ToUpper(ws.noun[:1]) + ws.noun[1:] + ": " + ws.totals(p.Summary) + "; " + ws.others(p)
	if n := len(p.Errors()); n > 0 {
		out += ", " + Count(n, "error", "errors")
	}
	return out + "."
}

// nothing says that there are no changes. What could not be read was not
// compared either, so errors take back that everything matches.
func (ws wording) nothing(p *sync.Plan) string {
	if n := len(p.Errors()); n > 0 {
		return fmt.Sprintf("%s %s: what could not be read was not compared (%s).", ws.none, Count(n, "error", "errors"), ws.others(p))
	}
	counts := Count(p.Summary.Unchanged, "entity", "entities")
	if more := ws.besides(p.Summary); len(more) > 0 {
		counts += "; " + strings.Join(more, ", ")
	}
	if p.Summary.Kept > 0 {
		return fmt.Sprintf("%s What differs is left as it is in Panther (%s).", ws.none, counts)
	}
	return fmt.Sprintf("%s %s (%s).", ws.none, ws.match, counts)
}

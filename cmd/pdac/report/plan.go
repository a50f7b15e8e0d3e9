package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
)

// PlanOptions are the options of Plan and Drift. The zero value is plain text with
// the defaults.
type PlanOptions struct {
	Format Format
	// Color enables colors in text.
	Color bool
	// Width is the number of terminal columns, to which long values are cut; 0 means
	// 120.
	Width int
	// Verbose shows every field of created and deleted entities, and cuts nothing.
	Verbose bool
	// Quiet limits text to errors, warnings and the summary.
	Quiet bool
	// MaxLines is how many lines of a field's differences are shown; 0 means 60 in
	// text and 200 in Markdown.
	MaxLines int
	// MaxSize limits Markdown, in bytes; 0 means 60,000, and the minimum is 8,000.
	// GitHub accepts comments of up to 65,536 characters.
	MaxSize int
	// Next is what to do next, in the text of a plan or drift that has something to
	// do; "" for nothing.
	Next string
	// HoldDeletes is set if deletes are held back; a plan with deletes then says so.
	HoldDeletes bool
	// OnMerge is set for the comment of a pull request, whose merge leads to the apply.
	OnMerge bool
	// Links makes the links of Markdown and HTML.
	Links Links
	// Rest says where everything is, if Markdown had to be cut.
	Rest Rest
	// Deployments are the recorded deployments for the timeline of HTML, the newest first;
	// nil if only the last one is known.
	Deployments []record.Deployment
}

// Plan shows the changes of a plan. JSON is the plan itself, and the same plan always
// produces the same bytes.
func Plan(w io.Writer, p *sync.Plan, o PlanOptions) error {
	switch o.Format {
	case JSON:
		sealed, err := withLists(p).Sealed()
		if err != nil {
			return err
		}
		return writeJSON(w, sealed)
	case Markdown:
		return markdown(w, planWords.turn(p), o, planWords)
	case HTML:
		return changesHTML(w, planWords.turn(p), o, planWords)
	case Text, "":
		return text(w, planWords.turn(p), o, planWords)
	}
	return badFormat(o.Format, PlanView)
}

// withLists returns a copy of a plan in which no list is null.
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

// wording is the wording of a plan or of a drift for the same changes.
type wording struct {
	noun  string
	title string // before the tenant
	// of has the words for each action.
	of map[sync.Action]word
	// order is the order of the counts; nil for the order in which changes are shown.
	order  []sync.Action
	none   string // first words if there are no changes
	same   string // word for entities without changes
	legend string
	match  string // statement if there are no changes
	empty  string // statement if nothing was compared
	more   string // additional count
	drift  bool
}

type word struct {
	op diff.Op
	// verb comes before an entity: "create rule X".
	verb string
	// total comes after a count: "3 to create".
	total string
}

var planWords = wording{
	noun: "plan", title: "Plan for", none: "No changes.", same: "unchanged", match: "Panther matches the repository", empty: "The repository has nothing to deploy",
	of: map[sync.Action]word{
		sync.Create:  {diff.Insert, "create", "to create"},
		sync.Update:  {diff.Change, "update", "to update"},
		sync.Replace: {diff.Change, "replace", "to replace"},
		sync.Delete:  {diff.Delete, "delete", "to delete"},
	},
}

// actions is the order in which changes are shown: the most important ones are next
// to the summary at the end.
var actions = []sync.Action{sync.Create, sync.Update, sync.Replace, sync.Delete}

// rare reports whether an action is counted only if there is any.
func rare(a sync.Action) bool { return a == sync.Replace }

// detailed reports whether the differences of a change are shown field by field.
func detailed(c sync.Change) bool { return c.Action == sync.Update || c.Action == sync.Replace }

// sign returns the sign of an action in a list.
func sign(a sync.Action, op diff.Op) string {
	if a == sync.Replace {
		return "-/+"
	}
	return string(op)
}

// typeNote says which other id an entity has, or which other type the id of a change
// has: in a plan the live one
// until now, in a drift the new one. It is empty for most.
func (ws wording) typeNote(c sync.Change, q quoter) string {
	switch {
	case c.MovedFrom != "":
		return ", moved from " + q(c.MovedFrom, 120)
	case c.MovedTo != "":
		return ", moved to " + q(c.MovedTo, 120)
	case c.Replaces == "":
		return ""
	}
	article, _, _ := strings.Cut(c.Replaces.Article(), " ")
	kind := article + " " + q(string(c.Replaces), 40)
	if ws.drift {
		return ", now " + kind + " in Panther"
	}
	return ", " + kind + " until now"
}

// turn returns the plan with its changes in the order shown. Changes with unknown
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
		for i, c := range list {
			list[i].Fields = differing(c)
		}
		slices.SortStableFunc(list, func(a, b sync.Change) int {
			if d := rank(a.Action) - rank(b.Action); d != 0 {
				return d
			}
			return a.Key().Compare(b.Key())
		})
	}
	return &out
}

// differing returns the fields to show. A replace lists all fields of both
// entities, of which many are equal; those with an accepted value are named.
func differing(c sync.Change) []sync.FieldChange {
	if c.Action != sync.Replace {
		return c.Fields
	}
	var out []sync.FieldChange
	for _, f := range c.Fields {
		if field, ok := fieldOf(c, f.Name); !ok || isAccepted(f.Acceptance) || !field.Equal(f.Before, f.After) {
			out = append(out, f)
		}
	}
	return out
}

// fieldOf returns a field of a change; a replace has fields of two kinds.
func fieldOf(c sync.Change, name string) (panther.Field, bool) {
	if f, ok := c.Kind.Field(name); ok {
		return f, true
	}
	return c.Replaces.Field(name)
}

func (ws wording) word(a sync.Action) word {
	if w, ok := ws.of[a]; ok {
		return w
	}
	return word{diff.Change, Clean(string(a)), "to " + Clean(string(a))}
}

// heading names the tenant and the revision, if they are known.
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

// limited describes the limits of a plan, or returns "".
func limited(p *sync.Plan, q quoter) string {
	switch {
	case len(p.Owners)+len(p.Filters)+len(p.Except) > 0:
		return "limited to " + narrowed(p, q) + " (" + Count(len(p.Only), "entity", "entities") + ")"
	case len(p.Only) == 0:
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

// narrowed describes what a plan is limited to by owners, patterns, values and exceptions.
func narrowed(p *sync.Plan, q quoter) string {
	quoted := func(list []string) (out []string) {
		for _, s := range list[:min(len(list), 5)] {
			out = append(out, q(s, 60))
		}
		if n := len(list) - len(out); n > 0 {
			out = append(out, number(n)+" more")
		}
		return out
	}
	what := ""
	if len(p.Owners) > 0 {
		what = "what belongs to " + ownersText(p.Owners, q)
	}
	if within := strings.Join(quoted(p.Within), ", "); within != "" {
		switch {
		case what != "":
			what += " in " + within
		case len(p.Filters) > 0:
			what = "specs of " + within
		default:
			what = within
		}
	}
	if len(p.Filters) > 0 {
		if what == "" {
			what = "specs"
		}
		what += " with " + strings.Join(quoted(p.Filters), " and ")
	}
	if len(p.Except) > 0 {
		if what == "" {
			what = "everything"
		}
		what += " except " + strings.Join(quoted(p.Except), ", ")
	}
	return what
}

// totals counts the changes: "3 to create, 2 to update, 0 to delete".
func (ws wording) totals(s sync.Summary) string {
	n := map[sync.Action]int{sync.Create: s.Create, sync.Update: s.Update, sync.Replace: s.Replace, sync.Delete: s.Delete}
	order := actions
	if ws.order != nil {
		order = ws.order
	}
	// The weaker ones are among the updates and the replaces, which come one after the
	// other.
	last := sync.Update
	if n[sync.Replace] > 0 {
		last = sync.Replace
	}
	var out []string
	for _, a := range order {
		if n[a] > 0 || !rare(a) {
			out = append(out, number(n[a])+" "+ws.of[a].total)
		}
		if a == last && s.Weaker > 0 {
			out = append(out, number(s.Weaker)+" weaker")
		}
	}
	return strings.Join(out, ", ")
}

// others counts unchanged entities, and others if there are any.
func (ws wording) others(p *sync.Plan) string {
	out := []string{number(alike(p)) + " " + ws.same}
	return strings.Join(append(out, ws.besides(p.Summary)...), ", ")
}

// alike counts the entities that are live as the repository wants them, also those
// that became the same on both sides.
func alike(p *sync.Plan) int {
	return p.Summary.Unchanged + p.Summary.Converged - min(len(p.Gone), p.Summary.Converged)
}

// accepted counts the accepted edits of a drift report. Those of a plan are among what
// is left unchanged.
func (ws wording) accepted(s sync.Summary) int {
	if ws.drift {
		return s.Accepted
	}
	return 0
}

func (ws wording) besides(s sync.Summary) []string {
	var out []string
	for _, o := range []struct {
		n    int
		word string
	}{{s.Unmanaged, "unmanaged"}, {s.NotDeployable, "not deployable"}, {s.Excluded, "excluded"}, {ws.accepted(s), "accepted"}} {
		if o.n > 0 {
			out = append(out, number(o.n)+" "+o.word)
		}
	}
	if ws.more != "" {
		out = append(out, ws.more)
	}
	return out
}

// summary returns the last line of a text.
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

// nothing returns the text for no changes. Content with errors was not
// compared, so with errors it doesn't claim that everything matches.
func (ws wording) nothing(p *sync.Plan) string {
	if n := len(p.Errors()); n > 0 {
		return fmt.Sprintf("%s %s: content with errors was not compared (%s).", ws.none, Count(n, "error", "errors"), ws.others(p))
	}
	counts := Count(alike(p), "entity", "entities")
	if more := ws.besides(p.Summary); len(more) > 0 {
		counts += "; " + strings.Join(more, ", ")
	}
	if p.Summary.Kept > 0 {
		return fmt.Sprintf("%s The differences are left unchanged in Panther (%s).", ws.none, counts)
	}
	match := ws.match
	if ws.accepted(p.Summary) > 0 {
		match += " but for what pdac.yaml accepts"
	} else if alike(p) == 0 {
		match = ws.empty
	}
	return fmt.Sprintf("%s %s (%s).", ws.none, match, counts)
}

package report

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

var (
	//go:embed changes.html
	changesPage string
	//go:embed changes.css
	changesStyle string
	//go:embed changes.js
	changesScript string
)

// changesHTMLPage is what the template of a plan or drift report shows.
type changesHTMLPage struct {
	Style      template.CSS
	Script     template.JS
	ScriptHash string
	Title      string
	Totals     string // the counts, in one sentence
	// Sub are the lines below the title, as HTML.
	Sub    []template.HTML
	Alerts []htmlAlert
	Tiles  []htmlTile
	// Facets are the filters, with the counts of each value.
	Facets   []*htmlFacet
	Rows     []htmlRow
	Timeline *htmlTimeline
	Notes    []string
	// Behaviour is what detections do differently; nil if that was not tried.
	Behaviour *behaviourHTML
	Legend    string
	None      string // what is said if there is no change
}

// htmlAlert is something that needs somebody before the changes do.
type htmlAlert struct {
	Class, Text string
}

// htmlTile is a count at the top, which selects a value of a filter if it has one.
type htmlTile struct {
	Class, Name, Count string
	Facet, Value       string
}

// htmlFacet is a filter. Its values have numbers, in the order of the first change.
type htmlFacet struct {
	Key, Name, All string
	Values         []*htmlValue
	// Chart is set if the counts are also shown as bars.
	Chart bool
	at    map[string]int
}

type htmlValue struct {
	Name  string
	Count int
	// Parts are the counts by action, as shares of the largest value.
	Parts  []htmlPart
	counts map[string]int
}

type htmlPart struct {
	Class string
	Share float64 // percent
}

// htmlRow is a change. Its differences are data, from which the page makes elements if
// the row is opened.
type htmlRow struct {
	Index           int
	Key, Kind, ID   string
	Class, Verb     string
	Direction, Mark string
	Reasons         string
	Facts, Type     template.HTML
	Who             string
	// Values are the numbers of its values by filter, such as "0 3".
	Values map[string]string
	Data   template.JS
}

// The keys of the filters, which are also in the address of the page.
const (
	facetKind      = "kind"
	facetAction    = "action"
	facetWho       = "who"
	facetDirection = "direction"
	facetOwner     = "owner"
)

// changesHTML writes a self-contained page. The page can only run its own script,
// whatever text the changes contain.
func changesHTML(w io.Writer, p *sync.Plan, o PlanOptions, words wording) error {
	sum := sha256.Sum256([]byte(changesScript))
	o.MaxSize = smallestSize
	c := comment{wording: words, p: p, o: o, m: inHTML(o.Links)}
	page := &changesHTMLPage{
		Style: template.CSS(changesStyle), Script: template.JS(changesScript), ScriptHash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
		Title: words.heading(&sync.Plan{Tenant: p.Tenant}), None: words.nothing(p),
		Facets: []*htmlFacet{
			{Key: facetKind, Name: "Kind", All: "All kinds", Chart: true}, {Key: facetAction, Name: "Action", All: "All actions"},
			{Key: facetWho, Name: "Who", All: "Everybody", Chart: true}, {Key: facetDirection, Name: "Direction", All: "All directions"}, {Key: facetOwner, Name: "Owner", All: "All owners"},
		},
	}
	if !p.Empty() {
		page.Totals = words.totals(p.Summary) + "; " + words.others(p) + "."
		page.Legend = words.legend
		if words.legend == "" {
			page.Legend = "− is live now, + is what the repository wants"
		}
	}
	page.Sub = c.htmlSub()
	page.Alerts, page.Notes = c.htmlAlerts()
	page.Behaviour = newBehaviourHTML(c.p.Behaviour)
	budget := maxPageDetails
	// What needs somebody comes first, as in a comment.
	headings := c.headings()
	rank := func(change sync.Change) int {
		return slices.IndexFunc(headings, func(h heading) bool { return h.is(change) })
	}
	slices.SortStableFunc(p.Changes, func(a, b sync.Change) int { return cmp.Compare(rank(a), rank(b)) })
	for i, list := range [][]sync.Change{p.Changes, p.Kept} {
		for _, change := range list {
			row := c.htmlRow(page, change, i == 1)
			var err error
			if row.Data, err = c.details(change, i == 1, &budget); err != nil {
				return err
			}
			page.Rows = append(page.Rows, row)
		}
	}
	page.Tiles = c.htmlTiles(page)
	page.finish()
	page.Timeline = c.timeline(page)
	t, err := template.New("changes").Funcs(template.FuncMap{"number": number, "add": func(a, b int) int { return a + b }}).Parse(changesPage)
	if err != nil {
		return fmt.Errorf("parse the page's template: %w", err)
	}
	if err := t.Execute(w, page); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// htmlSub returns the lines below the title: what was compared with what.
func (c comment) htmlSub() []template.HTML {
	var out []template.HTML
	add := func(s string) {
		if s != "" {
			out = append(out, template.HTML(s)) // quoted by tag
		}
	}
	if c.p.Revision != "" {
		add("Revision " + c.m.revision(c.p.Revision))
	}
	last := deployed(c.p.Base, tag)
	if b := c.p.Base; b != nil && b.Revision != "" {
		last = strings.Replace(last, tag(shortRevision(b.Revision), 60), c.m.revision(b.Revision), 1)
	}
	add(last)
	if only := limited(c.p, tag); only != "" {
		add(strings.ToUpper(only[:1]) + only[1:])
	}
	return out
}

// maxAlerts is how many problems come before the changes, and longestAlert how long a
// message can be, in characters.
const (
	maxAlerts    = 20
	longestAlert = 1_000
)

// htmlAlerts returns what comes before the changes, and notes for the end.
func (c comment) htmlAlerts() (alerts []htmlAlert, notes []string) {
	add := func(class, text string) {
		if text != "" {
			alerts = append(alerts, htmlAlert{class, text})
		}
	}
	message := func(d repo.Diagnostic) string {
		text := plain(d.Message, longestAlert)
		if d.Path != "" {
			where := plain(d.Path, 200)
			if d.Line > 0 {
				where += ":" + strconv.Itoa(d.Line)
			}
			text = where + ": " + text
		} else if d.ID != "" {
			text = Clean(d.Kind) + " " + title(d.ID) + ": " + text
		}
		return text
	}
	urgent, others := apart(c.p.Diagnostics)
	for i, d := range urgent {
		if i == maxAlerts {
			add("warning", Count(len(urgent)-i, "more problem is", "more problems are")+" among the notes at the end.")
			others = append(slices.Clone(urgent[i:]), others...)
			break
		}
		add(map[bool]string{true: "error", false: "warning"}[d.Severity == repo.SeverityError], message(d))
	}
	if c.drift {
		add("warning", weakened(c.p))
	} else {
		add("next", strings.NewReplacer("**", "", "`", "").Replace(c.consequence()))
		add("warning", heldBack(c.p, c.o, plain))
		for _, g := range c.p.Guards {
			guard := guardText(g, plain)
			add("warning", strings.ToUpper(guard[:1])+guard[1:])
		}
	}
	add("info", since(c.p.Summary))
	for _, d := range others {
		notes = append(notes, message(d))
	}
	if len(c.p.Unmanaged) > 0 {
		notes = append(notes, "Unmanaged (live, not from this repository, never touched): "+unmanaged(c.p.Unmanaged, 100))
	}
	return alerts, notes
}

// htmlTiles returns the counts at the top, which are also filters.
func (c comment) htmlTiles(page *changesHTMLPage) []htmlTile {
	var out []htmlTile
	s := c.p.Summary
	n := map[sync.Action]int{sync.Create: s.Create, sync.Update: s.Update, sync.Replace: s.Replace, sync.Delete: s.Delete}
	order := actions
	if c.order != nil {
		order = c.order
	}
	for _, a := range order {
		if n[a] > 0 || !rare(a) {
			verb := strings.TrimSuffix(c.of[a].verb, ":")
			out = append(out, htmlTile{Class: string(a), Name: c.of[a].total, Count: number(n[a]), Facet: facetAction, Value: verb})
		}
	}
	for _, t := range []htmlTile{
		{Class: "weaker", Name: "weaker", Count: number(s.Weaker), Facet: facetDirection, Value: string(diff.Weaker)},
		{Class: "stronger", Name: "stronger", Count: number(s.Stronger), Facet: facetDirection, Value: string(diff.Stronger)},
		{Class: "conflict", Name: "conflicts", Count: number(s.Conflicts)},
		{Class: "kept", Name: "left unchanged", Count: number(s.Kept)},
	} {
		if t.Count != "0" {
			out = append(out, t)
		}
	}
	out = append(out, htmlTile{Class: "same", Name: c.same, Count: number(alike(c.p))})
	for i, t := range out { // only values that some row has can be selected
		if t.Facet != "" && !slices.ContainsFunc(page.facet(t.Facet).Values, func(v *htmlValue) bool { return v.Name == t.Value }) {
			out[i].Facet = ""
		}
	}
	return out
}

func (p *changesHTMLPage) facet(key string) *htmlFacet {
	return p.Facets[slices.IndexFunc(p.Facets, func(f *htmlFacet) bool { return f.Key == key })]
}

// number returns the number of a value, and counts it.
func (f *htmlFacet) number(name, class string) int {
	if f.at == nil {
		f.at = map[string]int{}
	}
	i, ok := f.at[name]
	if !ok {
		i = len(f.Values)
		f.at[name] = i
		f.Values = append(f.Values, &htmlValue{Name: name, counts: map[string]int{}})
	}
	f.Values[i].Count++
	f.Values[i].counts[class]++
	return i
}

// finish computes the bars, and drops filters that can't select anything.
func (p *changesHTMLPage) finish() {
	for _, f := range p.Facets {
		most := 1
		for _, v := range f.Values {
			most = max(most, v.Count)
		}
		for _, v := range f.Values {
			for _, a := range append(slices.Clone(actions), "kept") {
				if n := v.counts[string(a)]; n > 0 {
					v.Parts = append(v.Parts, htmlPart{string(a), float64(n) * 100 / float64(most)})
				}
			}
		}
	}
	p.Facets = slices.DeleteFunc(p.Facets, func(f *htmlFacet) bool {
		return len(f.Values) == 0 || len(f.Values) == 1 && slices.Contains([]string{noDirection, noOwner, noWho}, f.Values[0].Name)
	})
}

// Sorted returns the values, the most frequent ones first, with their numbers.
func (f *htmlFacet) Sorted() []htmlNumbered {
	var out []htmlNumbered
	for i, v := range f.Values {
		out = append(out, htmlNumbered{v, i})
	}
	slices.SortStableFunc(out, func(a, b htmlNumbered) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
	})
	return out
}

type htmlNumbered struct {
	*htmlValue
	Number int
}

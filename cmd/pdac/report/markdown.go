package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/sync"
)

const (
	defaultSize  = 60_000
	smallestSize = 8_000
	// reserve is kept for the lines about omitted content.
	reserve = 700
	// maxRows is how many lines a list can have before the others are folded.
	maxRows = 30
)

func maxSize(n int) int {
	if n == 0 {
		return defaultSize
	}
	return max(n, smallestSize)
}

// Marker returns the hidden first line of a comment, which identifies it:
// "<!-- pdac:plan TENANT -->" for a plan, and the same with drift for a drift.
func Marker(noun, tenant string) string {
	safe := strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == ':' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, tenant)
	return "<!-- pdac:" + noun + " " + safe[:min(len(safe), 200)] + " -->"
}

// comment is a plan or a drift as Markdown.
type comment struct {
	wording
	p *sync.Plan
	o PlanOptions
	m markup
	// size limits all of it.
	size int
	// bare is set if there is no room for links and paths on the lines of changes.
	bare bool
}

// markdown writes a comment for a pull request: what needs somebody first, then a line
// for each change, with its differences folded below it. To limit the size it omits
// whole differences first, then lines, and counts what it omits.
func markdown(w io.Writer, p *sync.Plan, o PlanOptions, words wording) error {
	c := comment{wording: words, p: p, o: o, m: inMarkdown(o.Links), size: maxSize(o.MaxSize)}
	var b strings.Builder
	b.WriteString(Marker(words.noun, p.Tenant) + "\n" + c.head())
	rest := o.Rest.text()
	left := func() int { return c.size - b.Len() - reserve - len(rest) }
	urgent, notes := apart(p.Diagnostics)
	if len(urgent) > 0 {
		b.WriteString("\n" + markdownDiagnostics(urgent, left()/3))
	}
	if p.Behaviour != nil {
		b.WriteString("\n" + behaviourMarkdown(p.Behaviour, left()/3))
	}
	// Everything besides the changes gets a share of the remaining space.
	aside := commitList(p, c.m, left()/8) + unmanagedList(p.Unmanaged, left()/8) + noteList(notes, left()/8)
	changes, kept := c.sections(p.Changes, false), c.sections(p.Kept, true)
	room := left() - len(aside)
	lines := func() int {
		n := measure(kept, room/3)
		return n + measure(changes, room-n)
	}
	used := lines()
	if hidden(changes)+hidden(kept) > 0 {
		// That every change is named matters more than links.
		c.bare = true
		changes, kept = c.sections(p.Changes, false), c.sections(p.Kept, true)
		used = lines()
	}
	room -= used
	room -= c.fill(changes, room)
	room -= c.fill(kept, room)
	for _, s := range slices.Concat(changes, kept) {
		b.WriteString(c.section(s))
	}
	var omitted []sync.Change
	diffs := 0
	for _, s := range slices.Concat(changes, kept) {
		diffs += s.undiffed()
		for _, e := range s.entries[s.shown:] {
			omitted = append(omitted, e.change)
		}
	}
	if len(omitted) > 0 {
		fmt.Fprintf(&b, "\n%s omitted to limit the size: %s.\n", Count(len(omitted), "change is", "changes are"), c.sum(omitted))
	}
	if diffs > 0 {
		fmt.Fprintf(&b, "\nThe differences of %s are omitted to limit the size.\n", Count(diffs, "entity", "entities"))
	}
	if len(omitted)+diffs > 0 && rest != "" {
		b.WriteString("\n" + rest + "\n")
	}
	b.WriteString(aside)
	_, err := io.WriteString(w, b.String())
	return err
}

// head returns the heading with its counts, and the lines below it.
func (c comment) head() string {
	p := c.p
	tenant := "Panther"
	if p.Tenant != "" {
		tenant = code(p.Tenant, 100)
	}
	counts, rest := c.totals(p.Summary), c.others(p)+"."
	if p.Empty() {
		counts, rest = strings.ToLower(strings.TrimSuffix(c.none, ".")), c.nothing(p)
	}
	if p.Revision != "" {
		rest = "Revision " + c.m.revision(p.Revision) + ". " + rest
	}
	out := fmt.Sprintf("### %s %s: %s\n\n", c.title, tenant, counts)
	line := func(parts ...string) {
		if text := strings.TrimSpace(strings.Join(parts, " ")); text != "" {
			out += text + "\n\n"
		}
	}
	if !c.drift {
		line(c.consequence(), heldBack(p, c.o, code))
		guards := 0
		for i, g := range p.Guards {
			text := guardText(g, code)
			if guards += len(text) + 2; i == 20 || guards > c.size/4 {
				line(Count(len(p.Guards)-i, "more guard is", "more guards are") + " omitted to limit the size.")
				break
			}
			line(text)
		}
	}
	if c.drift {
		line(weakened(p))
	}
	line(rest)
	last := deployed(p.Base, code)
	if last != "" {
		last += "."
	}
	line(last, since(p.Summary))
	if only := limited(p, code); only != "" {
		line(strings.ToUpper(only[:1]) + only[1:] + ".")
	}
	if c.legend != "" && !p.Empty() {
		line("In the differences, " + c.legend + ".")
	}
	return strings.TrimSuffix(out, "\n")
}

// consequence says what an apply of the plan does, which is what a merge leads to.
func (c comment) consequence() string {
	who := "`pdac apply` "
	if c.o.OnMerge {
		who = "On merge, `pdac apply` "
	}
	held := 0
	for _, change := range c.p.Changes {
		if len(change.Guards) > 0 || c.o.HoldDeletes && deletes(change) {
			held++
		}
	}
	all := len(c.p.Changes)
	older := c.p.CheckOlder(sync.OlderOptions{HoldDeletes: c.o.HoldDeletes})
	what := ""
	switch n := all - held; {
	case len(c.p.Errors()) > 0:
		what = "stops at " + Count(len(c.p.Errors()), "error", "errors") + " and changes nothing"
	case all == 0:
		return ""
	case older != nil:
		what = "refuses this plan, because it would take newer work back"
	case n == 0:
		what = "changes nothing: " + Count(all, "change is", "changes are") + " held back"
	case held > 0:
		what = "makes " + number(n) + " of these " + number(all) + " changes; " + Count(held, "is", "are") + " held back"
	case all == 1:
		what = "makes this change"
	default:
		what = "makes these " + number(all) + " changes"
	}
	return "**" + who + what + ".**"
}

// deletes reports whether a change is held back together with deletes.
func deletes(c sync.Change) bool {
	return c.Action == sync.Replace || c.Action == sync.Delete && c.MovedTo == ""
}

// sum counts changes by action.
func (ws wording) sum(changes []sync.Change) string {
	n := map[sync.Action]int{}
	for _, c := range changes {
		n[c.Action]++
	}
	var out []string
	for _, a := range actions {
		if n[a] > 0 {
			out = append(out, number(n[a])+" "+ws.of[a].total)
		}
	}
	return strings.Join(out, ", ")
}

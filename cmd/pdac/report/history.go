package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
)

// HistoryFormatVersion is the version of a history as JSON. Keys may be added
// within a version.
const HistoryFormatVersion = "1.0"

// Deployments are the recorded deployments to a tenant.
type Deployments struct {
	// Tenant is the target of the deployments, and Ref the git ref of their records.
	Tenant, Ref string
	// List is sorted newest first. The first one is currently deployed.
	List []HistoryEntry
	End  HistoryEnd
	// Advice explains how to see more, or how to record a first one; may be empty.
	Advice string
}

// HistoryEntry is one deployment.
type HistoryEntry struct {
	record.Deployment
	// Subject is the subject of the revision's commit; "" if it is unknown.
	Subject string
}

// HistoryEnd is the reason why a history has no older deployments.
type HistoryEnd string

// The ends of a history.
const (
	// HistoryComplete: the list ends with the first deployment.
	HistoryComplete HistoryEnd = "complete"
	// HistoryLimit: the requested number is reached.
	HistoryLimit HistoryEnd = "limit"
	// HistoryShallow: older ones are missing in a shallow clone.
	HistoryShallow HistoryEnd = "shallow"
)

// HistoryOptions are the options of History and Deployment.
type HistoryOptions struct {
	// Format is Text, JSON or Markdown.
	Format Format
	// Color enables colors in text.
	Color bool
	// Width is the number of terminal columns; 0 without a terminal.
	Width int
	// Verbose lists all files of a deployment in text and Markdown.
	Verbose bool
	// Now is the time from which ages are computed. The zero time omits them.
	Now time.Time
}

const (
	// maxSubject and maxActor limit the number of characters in a table.
	maxSubject, maxActor = 72, 30
)

// History shows the deployments of a tenant, with the current one on the first line.
// JSON is complete, and the same history always produces the same bytes.
func History(w io.Writer, h *Deployments, o HistoryOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, h.json())
	case Markdown:
		return h.markdown(w, o)
	case Text, "":
		p := newPrinter(w, o.Color)
		h.text(p, o)
		return p.end("history")
	}
	return badFormat(o.Format, HistoryView)
}

// The JSON types; schemas/history.schema.json explains the keys.
type (
	historyJSON struct {
		FormatVersion string      `json:"format_version"`
		Tenant        string      `json:"tenant"`
		Ref           string      `json:"ref"`
		End           HistoryEnd  `json:"end"`
		Deployments   []entryJSON `json:"deployments"`
	}
	deploymentJSON struct {
		FormatVersion string     `json:"format_version"`
		Tenant        string     `json:"tenant"`
		Ref           string     `json:"ref"`
		Now           bool       `json:"now"`
		Deployment    entryJSON  `json:"deployment"`
		Changes       []fileJSON `json:"changes"`
	}
	entryJSON struct {
		Record   string     `json:"record"`
		Parent   string     `json:"parent,omitempty"`
		Merge    string     `json:"merge,omitempty"`
		Revision string     `json:"revision"`
		Subject  string     `json:"subject,omitempty"`
		Actor    string     `json:"actor"`
		Time     string     `json:"time"`
		Counts   countsJSON `json:"counts"`
		Partial  bool       `json:"partial"`
		Files    int        `json:"files"`
		Root     string     `json:"root"`
	}
	countsJSON struct {
		Created   int `json:"created"`
		Updated   int `json:"updated"`
		Replaced  int `json:"replaced"`
		Deleted   int `json:"deleted"`
		Unchanged int `json:"unchanged"`
		Failed    int `json:"failed"`
	}
	fileJSON struct {
		Path   string `json:"path"`
		Action string `json:"action"`
	}
)

func (h *Deployments) json() historyJSON {
	out := historyJSON{FormatVersion: HistoryFormatVersion, Tenant: h.Tenant, Ref: h.Ref, End: h.End, Deployments: make([]entryJSON, len(h.List))}
	for i, e := range h.List {
		out.Deployments[i] = e.json()
	}
	return out
}

func (e HistoryEntry) json() entryJSON {
	return entryJSON{
		Record: e.Hash, Parent: e.Parent, Merge: e.Merge, Revision: e.Revision, Subject: e.Subject, Actor: e.Actor,
		Time: e.Time.Format(time.RFC3339), Counts: countsJSON(e.Counts), Partial: e.Partial, Files: e.FileCount, Root: e.Root,
	}
}

// revision describes the deployed revision.
func (e HistoryEntry) revision() string {
	if e.Revision == "" {
		return "uncommitted files"
	}
	return shortRevision(e.Revision)
}

// now returns the first line of a history.
func (h *Deployments) now(o HistoryOptions, quote func(string) string) string {
	if len(h.List) == 0 {
		return "No deployment to " + quote(h.Tenant) + " is recorded."
	}
	e := h.List[0]
	out := "Currently deployed to " + quote(h.Tenant) + ": " + quote(e.revision())
	if e.Subject != "" {
		out += " (" + quote(clip(e.Subject, maxSubject)) + ")"
	}
	out += ", " + when(e.Time, o.Now) + " by " + quote(e.Actor)
	if e.Partial {
		out += "; partial, because " + Count(e.Counts.Failed, "change", "changes") + " failed"
	}
	return out
}

// rest returns the text below a history, with the advice quoted for the format.
func (h *Deployments) rest(quote func(string) string) string {
	out := ""
	switch h.End {
	case HistoryLimit:
		out = "There are older deployments."
	case HistoryShallow:
		out = "Older deployments are not in this shallow clone."
	}
	if h.Advice == "" {
		return out
	}
	return strings.TrimSpace(out + " " + quote(h.Advice))
}

var historyColumns = []string{"record", "deployed (UTC)", "revision", "changes", "by", "subject"}

// cells returns a deployment's row in a table.
func (e HistoryEntry) cells() []string {
	// The name is enough here; the e-mail address is in the details.
	by, _, _ := strings.Cut(e.Actor, " <")
	revision := e.revision()
	if e.Revision == "" {
		revision = "uncommitted"
	}
	return []string{fmt.Sprintf("%.8s", e.Hash), e.Time.UTC().Format("2006-01-02 15:04"), revision, tallied(e.Counts, e.Partial), clip(by, maxActor), e.Subject}
}

// tallied counts the changes, with the signs of a plan.
func tallied(c record.Counts, partial bool) string {
	var out []string
	for _, s := range []struct {
		n  int
		op diff.Op
	}{{c.Created, diff.Insert}, {c.Updated, diff.Change}, {c.Deleted, diff.Delete}} {
		if s.n > 0 {
			out = append(out, string(s.op)+number(s.n))
		}
	}
	if c.Replaced > 0 {
		out = append(out, sign(sync.Replace, diff.Change)+number(c.Replaced))
	}
	if len(out) == 0 {
		out = []string{"none"}
	}
	if c.Failed > 0 {
		out = append(out, number(c.Failed)+" failed")
	} else if partial {
		out = append(out, "in part")
	}
	return strings.Join(out, " ")
}

func (h *Deployments) text(p *printer, o HistoryOptions) {
	p.line(p.bold.Sprint(h.now(o, Clean)))
	if len(h.List) > 0 {
		p.gap()
		for i, l := range historyTable(h.List, o.Width) {
			if i == 0 {
				l = p.faint.Sprint(l)
			}
			p.line(l)
		}
		p.gap()
	}
	if rest := h.rest(Clean); rest != "" {
		p.line(rest)
	}
}

// historyTable formats deployments as a table with a heading.
func historyTable(es []HistoryEntry, width int) []string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ToUpper(strings.Join(historyColumns, "\t")))
	for _, e := range es {
		cells := e.cells()
		for i, c := range cells {
			cells[i] = clip(Clean(c), maxSubject)
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	_ = t.Flush() // writing to a strings.Builder never fails
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i, l := range lines {
		l = strings.TrimRight(l, " ")
		// Cut long subjects rather than wrapping them.
		if n := utf8.RuneCountInString(l); width > 1 && n > width {
			l = string([]rune(l)[:width-1]) + "…"
		}
		lines[i] = l
	}
	return lines
}

func (h *Deployments) markdown(w io.Writer, o HistoryOptions) error {
	quote := func(s string) string { return code(s, 100) }
	var b strings.Builder
	fmt.Fprintf(&b, "### Deployments to %s\n\n%s\n", quote(h.Tenant), h.now(o, quote))
	if len(h.List) > 0 {
		b.WriteString("\n| " + strings.Join(historyColumns, " | ") + " |\n|" + strings.Repeat("---|", len(historyColumns)) + "\n")
		for _, e := range h.List {
			b.WriteString("|")
			for _, c := range e.cells() {
				b.WriteString(strings.TrimRight(" "+code(c, maxSubject), " ") + " |")
			}
			b.WriteString("\n")
		}
	}
	if rest := h.rest(func(s string) string { return entities(Clean(s)) }); rest != "" {
		b.WriteString("\n" + rest + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// when returns the age of a time if now is set, or else the exact time.
func when(t, now time.Time) string {
	if ago := age(t, now); ago != "" {
		return ago
	}
	return "at " + t.UTC().Format("2006-01-02 15:04 UTC")
}

// age returns how long ago a time was; "" if now is not set or the time is in the
// future.
func age(t, now time.Time) string {
	const day = 24 * time.Hour
	d := now.Sub(t)
	switch {
	case now.IsZero() || d < 0:
		return ""
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return Count(int(d/time.Minute), "minute", "minutes") + " ago"
	case d < day:
		return Count(int(d/time.Hour), "hour", "hours") + " ago"
	case d < 60*day:
		return Count(int(d/day), "day", "days") + " ago"
	case d < 2*365*day:
		return Count(int(d/(30*day)), "month", "months") + " ago"
	}
	return Count(int(d/(365*day)), "year", "years") + " ago"
}

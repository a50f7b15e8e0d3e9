package report

import (
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// DiagnosticsOptions are the options of Diagnostics.
type DiagnosticsOptions struct {
	Format Format
	// Color enables colors in text.
	Color bool
	// MaxSize limits Markdown, as in PlanOptions.
	MaxSize int
}

// Diagnostics shows diagnostics, errors first, as "path:line:column: error:
// message", and their number. Without diagnostics it writes nothing, or an empty
// list for JSON.
func Diagnostics(w io.Writer, ds []repo.Diagnostic, o DiagnosticsOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, append([]repo.Diagnostic{}, ds...))
	case Markdown:
		_, err := io.WriteString(w, markdownDiagnostics(ds, maxSize(o.MaxSize)))
		return err
	case Text, "":
		p := newPrinter(w, o.Color)
		if len(ds) > 0 {
			p.diagnostics(ds)
		}
		if n := tally(ds); n != "" {
			p.gap()
			p.line(p.bold.Sprint(n + "."))
		}
		return p.end("diagnostics")
	}
	return badFormat(o.Format, DiagnosticsView)
}

var severities = []repo.Severity{repo.SeverityError, repo.SeverityWarning, repo.SeverityInfo}

// bySeverity sorts by severity, and otherwise keeps the order.
func bySeverity(ds []repo.Diagnostic) []repo.Diagnostic {
	rank := func(s repo.Severity) int {
		if i := slices.Index(severities, s); i >= 0 {
			return i
		}
		return len(severities)
	}
	out := slices.Clone(ds)
	slices.SortStableFunc(out, func(a, b repo.Diagnostic) int { return rank(a.Severity) - rank(b.Severity) })
	return out
}

// place returns the location of a diagnostic: in a file, or else an entity.
func place(d repo.Diagnostic) string {
	if w := d.Where(); w != "" {
		return w
	}
	if d.ID != "" && d.Kind != "" {
		return d.Kind + "/" + d.ID
	}
	return d.Kind + d.ID
}

// standing writes the infos that every run repeats in one line, if a deployment was
// recorded, since the plans before it showed them whole. It returns the others.
func (p *printer) standing(ds []repo.Diagnostic, base *sync.BaseInfo, verbose bool) []repo.Diagnostic {
	if verbose || base == nil || base.Record == "" {
		return ds
	}
	var rest []repo.Diagnostic
	var topics []string
	for _, d := range ds {
		switch {
		case d.Severity != repo.SeverityInfo || d.Topic == "":
			rest = append(rest, d)
		case !slices.Contains(topics, Clean(d.Topic)):
			topics = append(topics, Clean(d.Topic))
		}
	}
	if len(topics) == 0 {
		return ds
	}
	const most = 6
	if more := len(topics) - most; more > 0 {
		topics = append(topics[:most], number(more)+" more")
	}
	return append(rest, repo.Diagnostic{Severity: repo.SeverityInfo, Message: "notes of every run (-v shows them): " + strings.Join(topics, ", ")})
}

func (p *printer) diagnostics(ds []repo.Diagnostic) {
	for _, d := range bySeverity(ds) {
		where := place(d)
		if where != "" {
			where = p.bold.Sprint(Clean(where+":")) + " "
		}
		p.paragraphs(where+p.severity(d.Severity)+": ", d.Message, "    ")
	}
}

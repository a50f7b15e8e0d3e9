package report

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/lint"
)

// FindingsOptions are the options of Findings.
type FindingsOptions struct {
	Format Format
	// Color enables colors in text.
	Color bool
	// Width is the number of terminal columns; 0 without a terminal.
	Width int
	// Quiet omits the summary from text if there are no findings.
	Quiet bool
	// FailOn is the lowest severity that fails a run (default lint.Error), or
	// FailNever.
	FailOn lint.Severity
	// Statistics replaces the findings in text by their numbers for each rule, and
	// adds these to JSON.
	Statistics bool
	// Links makes hyperlinks in text, for terminals that support them.
	Links Hyperlinks
	// TextRoot is the path of the repository's root relative to the folder in which
	// paths in text are opened. WorkRoot is its path relative to the top of the git
	// repository, which CI systems use. Both use slashes; "" is the folder itself.
	TextRoot, WorkRoot string
	// TextFolder is the folder in which paths in text are opened, relative to the
	// repository's root; "" for the root or a folder outside.
	TextFolder string
	// Version is the version of pdac, for SARIF.
	Version string
	// MaxSize limits Markdown, as in PlanOptions.
	MaxSize int
}

// FailNever is a FailOn for which no finding fails a run.
const FailNever lint.Severity = "none"

// Fails reports whether a finding fails a run.
func (o FindingsOptions) Fails(f lint.Finding) bool {
	switch o.FailOn {
	case FailNever:
		return false
	case lint.Info:
		return true
	case lint.Warning:
		return f.Severity != lint.Info
	}
	return f.Severity == lint.Error
}

// Findings shows the findings of a lint run. All formats except text and Markdown
// are for programs; the same result always produces the same bytes.
func Findings(w io.Writer, r *lint.Result, o FindingsOptions) error {
	if o.Statistics && !slices.Contains(StatisticsFormats(), cmp.Or(o.Format, Text)) {
		return fmt.Errorf("statistics can't be shown as %q; use one of %s", o.Format, FormatNames(StatisticsFormats()))
	}
	switch o.Format {
	case Text, "":
		if o.Statistics {
			return findingsStatistics(w, r, o)
		}
		return findingsText(w, r, o)
	case Concise:
		return findingsConcise(w, r, o)
	case JSON:
		return writeJSON(w, findingsJSON(r, o))
	case SARIF:
		return writeJSON(w, findingsSARIF(r, o))
	case GitHub:
		return findingsGitHub(w, r, o)
	case GitLab:
		return writeJSON(w, findingsGitLab(r, o))
	case JUnit:
		return writeJUnit(w, findingsJUnit(r, o))
	case Markdown:
		_, err := io.WriteString(w, findingsMarkdown(r, o))
		return err
	}
	return badFormat(o.Format, FindingsView)
}

// below prefixes a path with a root.
func below(root, p string) string {
	if root == "" || root == "." {
		return p
	}
	return path.Join(root, p)
}

// textPath returns a path of the repository as shown in text.
func (o FindingsOptions) textPath(p string) string {
	if o.TextFolder != "" && p != "" {
		if rel, err := filepath.Rel(filepath.FromSlash(o.TextFolder), filepath.FromSlash(p)); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return below(o.TextRoot, p)
}

func findingsText(w io.Writer, r *lint.Result, o FindingsOptions) error {
	p := newPrinter(w, o.Color)
	p.findings(r, o)
	if len(r.Stale) > 0 {
		p.gap()
		p.line(Count(len(r.Stale), "baseline entry no longer matches", "baseline entries no longer match"), " a finding; --write-baseline removes:")
		for i, e := range r.Stale {
			if i == maxStale {
				p.line("  … ", Count(len(r.Stale)-maxStale, "more", "more"))
				break
			}
			p.line("  ", Clean(o.textPath(e.Path)), ": ", Clean(e.Rule), ": ", Clean(clip(e.Message, 200)))
		}
	}
	if len(r.Findings) > 0 || !o.Quiet {
		p.gap()
		p.line(p.bold.Sprint(findingsSummary(r, plain)))
	}
	return p.end("findings")
}

// maxStale is how many unmatched entries of a baseline are listed.
const maxStale = 20

// head returns the first line of a finding: where it is, its rule and its message.
func (p *printer) head(r *lint.Result, f lint.Finding, o FindingsOptions) string {
	where := o.textPath(f.Path)
	if at := f.Range.String(); at != "" {
		where += ":" + at
	}
	rule := r.RuleOf(f)
	name := ""
	if rule.Name != "" && rule.Name != "house-"+strings.ToLower(rule.ID) { // rules of a repository have no names
		name = " " + rule.Name
	}
	return o.Links.file(f.Path, p.bold.Sprint(Clean(where))) + p.bold.Sprint(":") + " " + p.severity(f.Severity) + " " +
		o.Links.to(helpURL(rule), p.bold.Sprint(f.Rule)) + name + ": " + Clean(f.Message)
}

// findings shows all findings, and those at one place together.
func (p *printer) findings(r *lint.Result, o FindingsOptions) {
	for i, f := range r.Findings {
		again := i > 0 && f.Path == r.Findings[i-1].Path && f.Range == r.Findings[i-1].Range
		if !again {
			p.gap()
		}
		p.finding(r, f, again, o)
	}
}

// finding shows one finding. Of several at one place, only the first shows the line.
func (p *printer) finding(r *lint.Result, f lint.Finding, again bool, o FindingsOptions) {
	p.line(p.head(r, f, o))
	if f.Snippet != "" && f.Range.Line > 0 && !again {
		gutter := fmt.Sprint(f.Range.Line)
		blank := strings.Repeat(" ", len(gutter))
		endColumn := f.Range.EndColumn
		if f.Range.EndLine != f.Range.Line {
			endColumn = 0
		}
		text, marks := snippet(f.Snippet, f.Range.Column, endColumn, snippetWidth(o.Width, len(gutter)))
		p.line(p.faint.Sprint("  "+gutter+" | "), text)
		p.line(p.faint.Sprint("  "+blank+" | "), p.mark(f.Severity, marks))
	}
	if f.Hint != "" {
		p.line("  ", p.cyan.Sprint("hint:"), " ", Clean(f.Hint))
	}
	if f.Fix != nil {
		p.line("  ", p.green.Sprint("fix:"), " ", Clean(f.Fix.Title), " (apply it with --fix)")
	}
	if owners := r.OwnersOf(f); len(owners) > 0 && !again {
		p.line("  ", p.faint.Sprint("owned by:"), " ", ownersText(owners, plain))
	}
	for _, l := range f.Related {
		at := o.textPath(l.Path)
		if s := l.Range.String(); s != "" {
			at += ":" + s
		}
		p.line("  ", p.faint.Sprint("see:"), " ", Clean(at+": "+l.Message))
	}
}

func (p *printer) mark(s lint.Severity, text string) string {
	switch s {
	case lint.Error:
		return p.red.Sprint(text)
	case lint.Warning:
		return p.yellow.Sprint(text)
	}
	return p.cyan.Sprint(text)
}

// findingsSummary returns the last line: the number of findings and files, and the
// number of findings that are not shown.
func findingsSummary(r *lint.Result, q quoter) string {
	out := "No findings"
	if words := severityWords(r); words != "" {
		out = words
	}
	if len(r.Owners) > 0 {
		out += " of " + ownersText(r.Owners, q)
	}
	if len(r.Filters) > 0 {
		quoted := make([]string, len(r.Filters))
		for i, f := range r.Filters {
			quoted[i] = q(f, 60)
		}
		out += " of specs with " + strings.Join(quoted, " and ")
	}
	out += " in " + Count(r.Files, "file", "files")
	var more []string
	fixable := 0
	for _, f := range r.Findings {
		if f.Fix != nil {
			fixable++
		}
	}
	add := func(n int, what string) {
		if n > 0 {
			more = append(more, number(n)+" "+what)
		}
	}
	add(fixable, "fixable with --fix")
	add(r.Ignored, "ignored by comments")
	add(r.Known, "in the baseline")
	add(r.Elsewhere, "elsewhere in the repository")
	add(r.OtherOwners, "in files of other owners")
	add(r.OtherSpecs, "in other files")
	if n := len(r.Skipped); n > 0 {
		more = append(more, Count(n, "spec", "specs")+" skipped")
	}
	if len(more) > 0 {
		out += " (" + strings.Join(more, ", ") + ")"
	}
	return out + "."
}

// severityWords counts the findings by severity; "" without findings.
func severityWords(r *lint.Result) string {
	var words []string
	add := func(n int, one, many string) {
		if n > 0 {
			words = append(words, Count(n, one, many))
		}
	}
	add(r.Count(lint.Error), "error", "errors")
	add(r.Count(lint.Warning), "warning", "warnings")
	add(r.Count(lint.Info), "info", "infos")
	return strings.Join(words, ", ")
}

package report

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/pdac-dev/pdac/lint"
)

// FindingsOptions says how findings are shown.
type FindingsOptions struct {
	Format Format
	// Color switches colours on in text, whatever the writer is.
	Color bool
	// Width is the terminal's columns; 0 where it is none.
	Width int
	// Quiet leaves the summary off the text when there is nothing to say.
	Quiet bool
	// FailOn is the least severity that fails a run (lint.Error).
	FailOn lint.Severity
	// TextRoot is the repository's root as seen from where paths in text are
	// clicked on, and WorkRoot as seen from the top of the git repository, where CI
	// systems read paths from. Both are slash-separated; "" is that place itself.
	TextRoot, WorkRoot string
	// TextFolder is the folder of the repository, seen from its root, where paths in
	// text are clicked on; "" where that is the root, or lies outside.
	TextFolder string
	// Version is pdac's own, for SARIF.
	Version string
	// MaxSize bounds Markdown as in PlanOptions.
	MaxSize int
}

func (o FindingsOptions) fails(f lint.Finding) bool {
	return f.Severity == lint.Error || o.FailOn == lint.Warning && f.Severity == lint.Warning
}

// Findings shows what a run of lint has found. All formats but text and
// Markdown are for programs; the same result gives the same bytes.
func Findings(w io.Writer, r *lint.Result, o FindingsOptions) error {
	switch o.Format {
	case Text, "":
		return findingsText(w, r, o)
	case JSON:
		return writeJSON(w, findingsJSON(r))
	case SARIF:
		return writeJSON(w, findingsSARIF(r, o))
	case GitHub:
		return findingsGitHub(w, r, o)
	case JUnit:
		return writeJUnit(w, findingsJUnit(r, o))
	case Markdown:
		_, err := io.WriteString(w, findingsMarkdown(r, o))
		return err
	}
	return badFormat(o.Format, FindingsView)
}

// below puts a root before a path.
func below(root, p string) string {
	if root == "" || root == "." {
		return p
	}
	return path.Join(root, p)
}

// textPath is a path of the repository as text shows it.
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
	for i, f := range r.Findings {
		if i > 0 {
			p.gap()
		}
		p.finding(f, o)
	}
	if len(r.Stale) > 0 {
		p.gap()
		p.line(Count(len(r.Stale), "entry of the baseline is", "entries of the baseline are"), " found no more; --write-baseline takes out:")
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
		p.line(p.bold.Sprint(findingsSummary(r)))
	}
	return p.end("findings")
}

// maxStale is how many entries of a baseline that match nothing are listed.
const maxStale = 20

func (p *printer) finding(f lint.Finding, o FindingsOptions) {
	where := o.textPath(f.Path)
	if at := f.Range.String(); at != "" {
		where += ":" + at
	}
	p.line(p.bold.Sprint(Clean(where)+":"), " ", p.severity(f.Severity), " ", p.bold.Sprint(f.Rule), ": ", Clean(f.Message))
	if f.Snippet != "" && f.Range.Line > 0 {
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
		p.line("  ", p.green.Sprint("fix:"), " ", Clean(f.Fix.Title), " (--fix does it)")
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

// findingsSummary is the last line: what was found, in how many files, and what
// isn't shown.
func findingsSummary(r *lint.Result) string {
	out := "No findings"
	if words := severityWords(r); words != "" {
		out = words
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
	add(r.Ignored, "hidden by comments")
	add(r.Known, "known from the baseline")
	add(r.Elsewhere, "elsewhere in the repository")
	if len(more) > 0 {
		out += " (" + strings.Join(more, ", ") + ")"
	}
	return out + "."
}

// severityWords counts findings in words; "" where there are none.
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

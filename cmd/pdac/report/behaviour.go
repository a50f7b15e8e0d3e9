package report

import (
	"io"
	"strings"

	"github.com/pdac-dev/pdac/diff/behaviour"
)

// BehaviourOptions are the options of Behaviour.
type BehaviourOptions struct {
	Format Format
	// Color enables colors in text, Verbose lists every event of a change that is
	// known, and Quiet omits what behaves the same.
	Color, Verbose, Quiet bool
	// MaxSize limits Markdown, as in PlanOptions.
	MaxSize int
}

// behaviourFormatVersion is the version of comparisons as JSON. Keys may be added within
// a major version.
const behaviourFormatVersion = "1.0"

// Behaviour shows what two states of detections do differently.
func Behaviour(w io.Writer, r *behaviour.Report, o BehaviourOptions) error {
	switch o.Format {
	case Text, "":
		p := newPrinter(w, o.Color)
		behaviourText(p, r, "", o.Verbose)
		return p.end("comparison of behaviour")
	case JSON:
		return writeJSON(w, struct {
			FormatVersion string `json:"format_version"`
			*behaviour.Report
		}{behaviourFormatVersion, r})
	case Markdown:
		_, err := io.WriteString(w, behaviourMarkdown(r, maxSize(o.MaxSize)))
		return err
	}
	return badFormat(o.Format, BehaviourView)
}

// maxMissed is how many files with lines that no event reaches are listed.
const maxMissed = 10

// behaviourText writes a comparison below a heading of its own, or with an indent as part of
// a plan.
func behaviourText(p *printer, r *behaviour.Report, indent string, verbose bool) {
	line := func(parts ...string) { p.line(indent, strings.Join(parts, "")) }
	line("Behaviour of ", plain(r.After, 100), " compared with ", plain(r.Before, 100), ": ", behaviourHead(r), ".")
	if r.Missing != "" {
		line(p.yellow.Sprint("Python was not run: " + plain(r.Missing, 300)))
	}
	for _, s := range r.Sources {
		line("  ", sourceText(s, plain))
	}
	changed, others := different(r)
	for _, g := range grouped(changed, verbose) {
		d := g.Detection
		line("")
		line(p.bold.Sprint(g.title(plain)), " (", causesText(d, plain), ")")
		if names := g.names(plain); names != "" {
			line("  ", p.faint.Sprint(names))
		}
		for _, c := range merged(d.Changes) {
			text := "  " + changeText(d, c, plain)
			if c.What == behaviour.Verdict {
				text = p.yellow.Sprint(text)
			}
			line(text)
			for _, e := range c.Examples {
				line("    ", exampleText(d, c, e))
			}
			if more := c.Events - len(c.Examples); more > 0 {
				line("    ", p.faint.Sprint("and "+Count(more, "more", "more")))
			}
		}
		for _, text := range notRunText(d, plain) {
			line("  ", p.faint.Sprint(text))
		}
	}
	if len(others) > 0 {
		line("")
		most := 5
		if verbose {
			most = len(others)
		}
		line("Not known in full of ", Count(len(others), "detection", "detections"), ":")
		for _, d := range others[:min(most, len(others))] {
			text := strings.Join(notRunText(d, plain), "; ")
			if text == "" {
				text = "no event of its log types is at hand"
			}
			line("  ", plain(d.Kind+" "+d.ID, 120), ": ", text)
		}
		if more := len(others) - most; more > 0 {
			line("  ", p.faint.Sprint("and "+number(more)+" more; --verbose lists them"))
		}
	}
	tail := behaviourTail(r, plain)
	if len(changed)+len(others)+len(r.Sources) > 0 && len(tail) > 0 {
		line("")
	}
	for _, text := range tail {
		line(text)
	}
	missed := func(what string, list []behaviour.FileLines) {
		for i, f := range list {
			if i == maxMissed && !verbose {
				line("  ", p.faint.Sprint("and "+Count(len(list)-i, "more file", "more files")))
				break
			}
			line("  ", what, plain(f.Path, 200), ":", lineRanges(f.Lines, 10))
		}
	}
	missed("not reached: ", r.Lines.Missed)
	missed("gone and not reached: ", r.Lines.RemovedMissed)
}

package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/diff/behaviour"
)

// Corpus shows what detections do with events of which is known whether they are harmless.
func Corpus(w io.Writer, r *behaviour.Corpus, o BehaviourOptions) error {
	switch o.Format {
	case Text, "":
		return corpusText(w, r, o)
	case JSON:
		return writeJSON(w, struct {
			FormatVersion string `json:"format_version"`
			*behaviour.Corpus
		}{behaviourFormatVersion, r})
	case Markdown:
		_, err := io.WriteString(w, corpusMarkdown(r, maxSize(o.MaxSize)))
		return err
	}
	return badFormat(o.Format, CorpusView)
}

// corpusHead is the summary: "10 benign events, 2 raise alerts; 5 attacks, 1 raises none".
func corpusHead(r *behaviour.Corpus) string {
	s := r.Summary
	parts := []string{Count(s.Benign, "benign event", "benign events") + ", " + number(s.FalseAlerts) + " " + plural(s.FalseAlerts, "raises an alert", "raise alerts")}
	if s.Attacks > 0 {
		parts = append(parts, Count(s.Attacks, "attack", "attacks")+", "+number(s.Missed)+" "+plural(s.Missed, "raises no alert", "raise no alert"))
	}
	return strings.Join(parts, "; ") + " (" + Count(s.Detections, "detection", "detections") + ", " + Count(s.Runs, "run", "runs") + ")"
}

// corpusDetection says what a detection does that it should not.
func corpusDetection(d behaviour.CorpusDetection, q quoter) (out []string) {
	if d.Benign > 0 {
		out = append(out, "alerts for "+Count(d.Benign, "benign event", "benign events")+" ("+Count(d.Events, "event", "events")+" in all)")
	}
	for _, f := range d.Failures {
		out = append(out, q(f.Reason, 100)+" on "+Count(f.Events, "event", "events"))
	}
	return out
}

// eventText names an event of a corpus or of a test.
func eventText(e behaviour.Origin, q quoter) string {
	return originText(behaviour.Detection{}, behaviour.Example{Origin: e}, q)
}

// corpusTail are the sentences at the end.
func corpusTail(r *behaviour.Corpus) (out []string) {
	if n := r.Summary.NotRun; n > 0 {
		out = append(out, Count(n, "run has", "runs have")+" no result, because something is missing: a mock, a package, or what the documentation leaves open.")
	}
	if n := r.Summary.LeftOut; n > 0 {
		out = append(out, Count(n, "run was", "runs were")+" left out: the number of events of other detections' tests is limited.")
	}
	if n := r.Summary.CorpusLeftOut; n > 0 {
		out = append(out, corpusLeftOut(n))
	}
	if n := r.Summary.Unused; n > 0 {
		out = append(out, Count(n, "event was", "events were")+" not used: no detection is for the log type.")
	}
	return out
}

func corpusText(w io.Writer, r *behaviour.Corpus, o BehaviourOptions) error {
	p := newPrinter(w, o.Color)
	if r.Missing != "" {
		p.line(p.yellow.Sprint("Python was not run: " + plain(r.Missing, 300)))
	}
	for _, d := range r.Detections {
		p.line(p.bold.Sprint(plain(d.Kind+" "+d.ID, 120)), ": ", strings.Join(corpusDetection(d, plain), "; "))
		for _, e := range d.Examples {
			p.line("    ", originInText(behaviour.Detection{}, behaviour.Example{Origin: e}))
		}
		if more := d.Benign - len(d.Examples); more > 0 {
			p.line("    ", p.faint.Sprint("and "+number(more)+" more"))
		}
	}
	if len(r.Detections) > 0 {
		p.line("")
	}
	if len(r.Missed) > 0 {
		p.line("No detection raises an alert for:")
		most := maxRows
		if o.Verbose {
			most = len(r.Missed)
		}
		for i, e := range r.Missed {
			if i == most {
				break
			}
			p.line("    ", originInText(behaviour.Detection{}, behaviour.Example{Origin: e}))
		}
		if more := r.Summary.Missed - min(most, len(r.Missed)); more > 0 {
			p.line("    ", p.faint.Sprint("and "+number(more)+" more"))
		}
		p.line("")
	}
	if !o.Quiet {
		for _, text := range corpusTail(r) {
			p.line(text)
		}
	}
	p.line(p.bold.Sprint(upperFirst(corpusHead(r)) + "."))
	return p.end("what detections do with a corpus")
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// corpusMarkdown writes it for a pull request, as lists and with a limited size.
func corpusMarkdown(r *behaviour.Corpus, most int) string {
	const room = 600
	var b strings.Builder
	fmt.Fprintf(&b, "**Corpus: %s**\n", corpusHead(r))
	if r.Missing != "" {
		fmt.Fprintf(&b, "\nPython was not run: %s.\n", code(r.Missing, 300))
	}
	var items []string
	for _, d := range r.Detections {
		item := fmt.Sprintf("- %s: %s\n", code(d.Kind+" "+d.ID, 120), strings.Join(corpusDetection(d, code), "; "))
		for _, e := range d.Examples {
			item += "  - " + eventText(e, code) + "\n"
		}
		if more := d.Benign - len(d.Examples); more > 0 {
			item += "  - and " + strconv.Itoa(more) + " more\n"
		}
		items = append(items, item)
	}
	for _, e := range r.Missed {
		items = append(items, "- no detection raises an alert for "+eventText(e, code)+"\n")
	}
	writeEntries(&b, items, most-room)
	for _, text := range corpusTail(r) {
		b.WriteString("\n" + text + "\n")
	}
	return b.String()
}

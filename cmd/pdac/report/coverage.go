package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/lint/coverage"
)

// CoverageOptions are the options of Coverage.
type CoverageOptions struct {
	Format Format
	// Color enables colors in the table.
	Color bool
	// Verbose lists every technique with its detections, and every log type.
	Verbose bool
	// Quiet shows only the tactics and the summary.
	Quiet bool
}

// Coverage shows which tactics and techniques a repository's detections cover.
func Coverage(w io.Writer, c *coverage.Report, o CoverageOptions) error {
	switch o.Format {
	case Table, "":
		return coverageTable(w, c, o)
	case JSON:
		return writeJSON(w, c)
	case Navigator:
		return writeJSON(w, navigatorLayer(c))
	case HTML:
		return coverageHTML(w, c)
	}
	return badFormat(o.Format, CoverageView)
}

// maxListed is how many log types and notes are listed without Verbose.
const maxListed = 15

func coverageTable(w io.Writer, c *coverage.Report, o CoverageOptions) error {
	p := newPrinter(w, o.Color)
	p.line(p.bold.Sprint(coverageHeading(c)))
	p.gap()
	rows, align := [][]string{{"tactic", "", "techniques", "", "sub-techniques", "enabled", "disabled"}}, "llrlrrr"
	for _, t := range c.Tactics {
		rows = append(rows, []string{t.ID, t.Name, fmt.Sprintf("%d of %d", t.Covered, len(t.Techniques)), bar(t.Covered, len(t.Techniques)),
			fmt.Sprintf("%d of %d", t.SubTechniquesCovered, t.SubTechniques), number(t.Enabled), number(t.Disabled)})
	}
	if c.Trend != nil {
		align += "r"
		rows[0] = append(rows[0], "since "+trendSince(c.Trend))
		for i, t := range c.Tactics {
			rows[i+1] = append(rows[i+1], signed(t.Covered-c.Trend.Tactics[t.ID]))
		}
	}
	p.grid(rows, align)
	if !o.Quiet {
		if c.Trend != nil {
			p.trend(c.Trend, o.Verbose)
		}
		if o.Verbose {
			p.techniques(c)
		}
		p.logTypes(c, o.Verbose)
		p.coverageNotes(c, o.Verbose)
	}
	if advice := noCoverage(c); advice != "" && !o.Quiet {
		p.gap()
		p.paragraphs("", advice+"\n"+mappingExample, "")
	}
	p.gap()
	p.line(p.bold.Sprint(coverageSummary(c)))
	return p.end("coverage")
}

func coverageHeading(c *coverage.Report) string {
	text := "MITRE ATT&CK Enterprise v" + c.ATTACKVersion
	if c.Revision != "" {
		text += ", revision " + shortRevision(c.Revision)
	}
	if len(c.Filter.LogTypes) > 0 {
		text += ", log types " + Clean(strings.Join(c.Filter.LogTypes, ", "))
	}
	if c.Filter.EnabledOnly {
		text += ", enabled only"
	}
	return text
}

func coverageSummary(c *coverage.Report) string {
	s := c.Summary
	text := fmt.Sprintf("%d of %d techniques covered (%d%%), %d of %d sub-techniques, by %s", s.TechniquesCovered, s.Techniques,
		percent(s.TechniquesCovered, s.Techniques), s.SubTechniquesCovered, s.SubTechniques, Count(s.Enabled, "enabled detection", "enabled detections"))
	if s.Disabled > 0 {
		text += fmt.Sprintf("; %s disabled", number(s.Disabled))
	}
	if s.Unmapped > 0 {
		text += fmt.Sprintf("; %s without a technique", number(s.Unmapped))
	}
	if c.Trend != nil {
		text += "; " + trendSummary(c.Trend)
	}
	return text + "."
}

// noCoverage says what to do if no detection has a technique; "" if one has.
func noCoverage(c *coverage.Report) string {
	switch {
	case c.Summary.Detections == 0 && (c.Filter.EnabledOnly || len(c.Filter.LogTypes) > 0):
		return "No detection matches the filter. Show more of them without --enabled-only and --log-type."
	case c.Summary.Detections == 0:
		return "The repository has no rules, policies or correlation rules. A detection covers the techniques that it is mapped to under Reports:"
	case c.Summary.Unmapped == c.Summary.Detections:
		return "No detection is mapped to a technique. Name the tactic and the technique under Reports of a rule, a policy or a correlation rule:"
	}
	return ""
}

// mappingExample is a mapping as a spec has it.
const mappingExample = "  Reports:\n    MITRE ATT&CK:\n      - TA0001:T1078  # Initial Access: Valid Accounts"

// percent rounds down, so that 100 means all.
func percent(n, of int) int {
	if of == 0 {
		return 0
	}
	return n * 100 / of
}

func bar(n, of int) string {
	const width = 10
	full := 0
	if of > 0 {
		full = n * width / of
		if n > 0 {
			full = max(full, 1)
		}
	}
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

// grid writes rows in columns, each aligned to the left (l) or the right (r);
// the first row is the heading.
func (p *printer) grid(rows [][]string, align string) {
	widths := make([]int, len(align))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	for n, r := range rows {
		var b strings.Builder
		for i, c := range r {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			switch {
			case n > 0 && strings.ContainsAny(c, "█░"):
				c = p.green.Sprint(strings.TrimRight(c, "░")) + p.faint.Sprint(c[len(strings.TrimRight(c, "░")):])
			case n == 0:
				c = p.faint.Sprint(c)
			}
			if i > 0 {
				b.WriteString("  ")
			}
			if align[i] == 'r' {
				c, pad = pad+c, ""
			}
			b.WriteString(c + pad)
		}
		p.line(strings.TrimRight(b.String(), " "))
	}
}

// techniques lists the techniques that have detections.
func (p *printer) techniques(c *coverage.Report) {
	for _, t := range c.Tactics {
		if t.Covered+t.Dormant == 0 {
			continue
		}
		p.gap()
		p.line(p.bold.Sprint(t.ID + " " + t.Name))
		for _, x := range t.Techniques {
			if x.Enabled+x.Disabled == 0 {
				continue
			}
			p.technique("  ", x)
			for _, s := range x.SubTechniques {
				if len(s.Detections) > 0 {
					p.technique("    ", s)
				}
			}
		}
	}
}

func (p *printer) technique(indent string, x coverage.Technique) {
	p.line(indent, p.cyan.Sprint(x.ID), " ", x.Name)
	for _, d := range x.Detections {
		off := ""
		if !d.Enabled {
			off = p.faint.Sprint("  disabled")
		}
		p.line(indent, "  ", Clean(d.ID), p.faint.Sprint(" ("+Clean(d.Path)+")"), off)
	}
}

// logTypes lists the log types, those with the most techniques first.
func (p *printer) logTypes(c *coverage.Report, all bool) {
	if len(c.LogTypes) == 0 {
		return
	}
	rows := [][]string{{"log type", "techniques", "enabled", "disabled", "no technique"}}
	sorted := slices.Clone(c.LogTypes)
	slices.SortStableFunc(sorted, func(a, b coverage.LogType) int { return b.Techniques - a.Techniques })
	for i, l := range sorted {
		if !all && i == maxListed && len(sorted) > maxListed+1 {
			break
		}
		rows = append(rows, []string{Clean(l.Name), number(l.Techniques), number(l.Enabled), number(l.Disabled), number(l.Unmapped)})
	}
	p.gap()
	p.grid(rows, "lrrrr")
	if left := len(sorted) - len(rows) + 1; left > 0 {
		p.line(p.faint.Sprintf("… %s (-v lists all)", Count(left, "more log type", "more log types")))
	}
}

func (p *printer) coverageNotes(c *coverage.Report, all bool) {
	if len(c.Notes) == 0 {
		return
	}
	p.gap()
	p.line(p.bold.Sprint("Mappings that are not counted as written:"))
	for i, n := range c.Notes {
		if !all && i == maxListed && len(c.Notes) > maxListed+1 {
			p.line("  ", p.faint.Sprintf("… %s (-v lists all)", Count(len(c.Notes)-i, "more mapping", "more mappings")))
			break
		}
		p.line("  ", p.bold.Sprint(Clean(fmt.Sprintf("%s:%d", n.Path, n.Line))), ": ", Clean(noteText(n)))
	}
}

func noteText(n coverage.Note) string {
	text := n.Message
	if !strings.Contains(text, n.Mapping) {
		text = n.Mapping + ": " + text
	}
	if n.CountedAs != "" {
		text += "; counted as " + n.CountedAs
	}
	return text
}

package report

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/lint"
)

// findingsConcise writes a line for each finding, which editors, grep and logs read, and
// the summary unless Quiet is set.
func findingsConcise(w io.Writer, r *lint.Result, o FindingsOptions) error {
	p := newPrinter(w, o.Color)
	for _, f := range r.Findings {
		line := p.head(r, f, o)
		if f.Fix != nil {
			line += " " + p.green.Sprint("[fixable]")
		}
		p.line(line)
	}
	if !o.Quiet {
		p.line(p.bold.Sprint(findingsSummary(r, plain)))
	}
	return p.end("findings")
}

// StatisticsFormats lists the formats that can show statistics.
func StatisticsFormats() []Format { return []Format{Text, JSON} }

// ruleCount is the number of findings of a rule.
type ruleCount struct {
	Rule     string        `json:"rule"`
	Name     string        `json:"name"`
	Severity lint.Severity `json:"severity"`
	Findings int           `json:"findings"`
	Fixable  int           `json:"fixable"`
	Files    int           `json:"files"`
}

// countRules counts the findings by rule, the most frequent first. A rule whose findings
// have several severities has the most severe one.
func countRules(r *lint.Result) []ruleCount {
	by := map[string]*ruleCount{}
	files := map[[2]string]bool{}
	for _, f := range r.Findings {
		c := by[f.Rule]
		if c == nil {
			c = &ruleCount{Rule: f.Rule, Name: r.RuleOf(f).Name, Severity: f.Severity}
			by[f.Rule] = c
		}
		c.Findings++
		if f.Fix != nil {
			c.Fixable++
		}
		if at := [2]string{f.Rule, f.Path}; !files[at] {
			files[at] = true
			c.Files++
		}
		if slices.Index(severities, f.Severity) < slices.Index(severities, c.Severity) {
			c.Severity = f.Severity
		}
	}
	out := make([]ruleCount, 0, len(by))
	for _, c := range by {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b ruleCount) int {
		return cmp.Or(b.Findings-a.Findings, strings.Compare(a.Rule, b.Rule))
	})
	return out
}

// findingsStatistics writes the numbers of findings by rule, and the summary.
func findingsStatistics(w io.Writer, r *lint.Result, o FindingsOptions) error {
	p := newPrinter(w, o.Color)
	rows := [][]string{{"findings", "fixable", "files", "severity", "rule", "name"}}
	for _, c := range countRules(r) {
		rows = append(rows, []string{number(c.Findings), number(c.Fixable), number(c.Files), string(c.Severity), c.Rule, c.Name})
	}
	if len(rows) > 1 {
		p.grid(rows, "rrrlll")
		p.gap()
	}
	if len(rows) > 1 || !o.Quiet {
		p.line(p.bold.Sprint(findingsSummary(r, plain)))
	}
	return p.end("statistics")
}

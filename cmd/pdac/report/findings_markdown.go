package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/lint"
)

// findingsMarkdown writes findings for a pull request or a job summary, errors
// first, with a limited size.
func findingsMarkdown(r *lint.Result, o FindingsOptions) string {
	const room = 400 // for the lines about omitted findings
	most := maxSize(o.MaxSize)
	var b strings.Builder
	fmt.Fprintf(&b, "**Lint: %s**\n", findingsSummary(r, code))
	sorted := slices.Clone(r.Findings)
	slices.SortStableFunc(sorted, func(a, b lint.Finding) int {
		return slices.Index(severities, a.Severity) - slices.Index(severities, b.Severity)
	})
	owned := slices.ContainsFunc(sorted, func(f lint.Finding) bool { return len(r.OwnersOf(f)) > 0 })
	switch {
	case owned:
		b.WriteString("\n| severity | rule | where | what | owners |\n|---|---|---|---|---|\n")
	case len(sorted) > 0:
		b.WriteString("\n| severity | rule | where | what |\n|---|---|---|---|\n")
	}
	for i, f := range sorted {
		rule := r.RuleOf(f)
		id := f.Rule
		if url := helpURL(rule); url != "" {
			id = "[" + id + "](" + url + ")"
		}
		what := code(f.Message, 400)
		if f.Hint != "" {
			what += "<br>" + code(f.Hint, 300)
		}
		row := fmt.Sprintf("| %s | %s %s | %s | %s |", f.Severity, id, rule.Name,
			code(below(o.WorkRoot, f.Where()), 250), what)
		if owned {
			row += " " + ownersText(r.OwnersOf(f), code) + " |"
		}
		row += "\n"
		if b.Len()+len(row)+room > most {
			fmt.Fprintf(&b, "\n%s omitted to limit the size.\n", Count(len(sorted)-i, "finding is", "findings are"))
			break
		}
		b.WriteString(row)
	}
	if n := len(r.Stale); n > 0 {
		fmt.Fprintf(&b, "\n%s a finding; `--write-baseline` removes unmatched entries.\n", Count(n, "baseline entry no longer matches", "baseline entries no longer match"))
	}
	return b.String()
}

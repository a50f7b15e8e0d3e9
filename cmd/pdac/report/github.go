package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/lint"
)

// findingsGitHub writes GitHub's workflow commands (source: GitHub's
// documentation of workflow commands), which create annotations. Errors come first,
// because GitHub only shows the first few annotations of each kind.
func findingsGitHub(w io.Writer, r *lint.Result, o FindingsOptions) error {
	p := newPrinter(w, false)
	sorted := slices.Clone(r.Findings)
	slices.SortStableFunc(sorted, func(a, b lint.Finding) int {
		return slices.Index(severities, a.Severity) - slices.Index(severities, b.Severity)
	})
	for _, f := range sorted {
		rule := r.RuleOf(f)
		command := map[lint.Severity]string{lint.Error: "error", lint.Warning: "warning"}[f.Severity]
		if command == "" {
			command = "notice"
		}
		props := []string{"file=" + commandProperty(below(o.WorkRoot, f.Path))}
		if at := rangeJSON(f.Range); at != nil {
			props = append(props, fmt.Sprintf("line=%d", at.Line))
			if at.EndLine == at.Line {
				props = append(props, fmt.Sprintf("col=%d,endColumn=%d", at.Column, max(at.EndColumn, at.Column)))
			} else {
				// GitHub only accepts columns if the range is on one line.
				props = append(props, fmt.Sprintf("endLine=%d", at.EndLine))
			}
		}
		props = append(props, "title="+commandProperty(f.Rule+" "+rule.Name))
		lines := []string{Clean(f.Message)}
		if f.Hint != "" {
			lines = append(lines, Clean(f.Hint))
		}
		if len(r.OwnersOf(f)) > 0 {
			lines = append(lines, "owned by "+ownersText(r.OwnersOf(f), plain))
		}
		for _, l := range f.Related {
			at := below(o.WorkRoot, l.Path)
			if s := l.Range.String(); s != "" {
				at += ":" + s
			}
			lines = append(lines, Clean(at+": "+l.Message))
		}
		p.line("::", command, " ", strings.Join(props, ","), "::", commandData(strings.Join(lines, "\n")))
	}
	p.line(findingsSummary(r, plain))
	return p.end("findings")
}

// commandData escapes a text for the data of a command.
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func commandProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(Clean(s))
}

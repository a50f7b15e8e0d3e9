package report

import (
	"fmt"

	"github.com/pdac-dev/pdac/lint"
)

// codeQuality is a finding of GitLab's Code Quality reports (source: GitLab's
// documentation of them).
type codeQuality struct {
	Description string              `json:"description"`
	CheckName   string              `json:"check_name"`
	Fingerprint string              `json:"fingerprint"`
	Severity    string              `json:"severity"`
	Location    codeQualityLocation `json:"location"`
}

type codeQualityLocation struct {
	Path  string           `json:"path"`
	Lines codeQualityLines `json:"lines"`
}

type codeQualityLines struct {
	Begin int `json:"begin"`
}

func findingsGitLab(r *lint.Result, o FindingsOptions) []codeQuality {
	out := make([]codeQuality, 0, len(r.Findings))
	seen := map[string]int{}
	for _, f := range r.Findings {
		// GitLab shows one of several findings with the same fingerprint.
		fingerprint := f.Fingerprint
		if seen[f.Fingerprint]++; seen[f.Fingerprint] > 1 {
			fingerprint += fmt.Sprintf("-%d", seen[f.Fingerprint])
		}
		text := f.Message
		if f.Hint != "" {
			text += "; " + f.Hint
		}
		severity := map[lint.Severity]string{lint.Error: "critical", lint.Warning: "minor"}[f.Severity]
		if severity == "" {
			severity = "info"
		}
		line := f.Range.Line
		if line == 0 {
			line = 1 // GitLab needs a line, even for a whole file
		}
		out = append(out, codeQuality{
			Description: text, CheckName: f.Rule + " " + r.RuleOf(f).Name, Fingerprint: fingerprint, Severity: severity,
			Location: codeQualityLocation{Path: below(o.WorkRoot, f.Path), Lines: codeQualityLines{Begin: line}},
		})
	}
	return out
}

package report

import (
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// findingsFormatVersion is the version of findings as JSON. Keys may be added
// within a major version.
const findingsFormatVersion = "1.0"

type jsonFindings struct {
	FormatVersion string              `json:"format_version"`
	Summary       jsonFindingsSummary `json:"summary"`
	Owners        []string            `json:"owners,omitempty"`
	Filters       []string            `json:"filters,omitempty"`
	Findings      []jsonFinding       `json:"findings"`
	// Statistics is there whenever it is asked for, also without a finding.
	Statistics  *[]ruleCount         `json:"statistics,omitempty"`
	Stale       []lint.BaselineEntry `json:"stale_baseline"`
	Outside     []string             `json:"outside"`
	Skipped     []repo.Skipped       `json:"skipped"`
	Diagnostics []repo.Diagnostic    `json:"diagnostics"`
}

type jsonFindingsSummary struct {
	Errors    int `json:"errors"`
	Warnings  int `json:"warnings"`
	Infos     int `json:"infos"`
	Files     int `json:"files"`
	Fixable   int `json:"fixable"`
	Ignored   int `json:"ignored"`
	Known     int `json:"known"`
	Elsewhere int `json:"elsewhere"`
	Skipped   int `json:"skipped"`
	// OtherOwners is only there with --owner.
	OtherOwners int `json:"other_owners,omitempty"`
	// OtherSpecs is only there with --filter.
	OtherSpecs int `json:"other_specs,omitempty"`
}

type jsonFinding struct {
	Rule        string         `json:"rule"`
	Name        string         `json:"name"`
	Severity    lint.Severity  `json:"severity"`
	Broken      bool           `json:"broken"`
	Message     string         `json:"message"`
	Hint        string         `json:"hint,omitempty"`
	Path        string         `json:"path"`
	Owners      []string       `json:"owners,omitempty"`
	Range       *jsonRange     `json:"range,omitempty"`
	Entity      string         `json:"entity,omitempty"`
	Related     []jsonLocation `json:"related,omitempty"`
	Fix         *jsonFix       `json:"fix,omitempty"`
	Fingerprint string         `json:"fingerprint"`
}

type jsonRange struct {
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndLine   int `json:"end_line"`
	EndColumn int `json:"end_column"`
}

type jsonLocation struct {
	Path    string     `json:"path"`
	Range   *jsonRange `json:"range,omitempty"`
	Message string     `json:"message,omitempty"`
}

type jsonFix struct {
	Title string     `json:"title"`
	Edits []jsonEdit `json:"edits"`
}

type jsonEdit struct {
	Path  string `json:"path"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	New   string `json:"new"`
}

func rangeJSON(r lint.Range) *jsonRange {
	if r.Line == 0 {
		return nil
	}
	return &jsonRange{Line: r.Line, Column: max(r.Column, 1), EndLine: max(r.EndLine, r.Line), EndColumn: max(r.EndColumn, 1)}
}

func findingsJSON(r *lint.Result, o FindingsOptions) jsonFindings {
	out := jsonFindings{
		FormatVersion: findingsFormatVersion, Findings: []jsonFinding{}, Owners: r.Owners, Filters: r.Filters,
		Stale: append([]lint.BaselineEntry{}, r.Stale...), Outside: append([]string{}, r.Outside...),
		Skipped: append([]repo.Skipped{}, r.Skipped...), Diagnostics: append([]repo.Diagnostic{}, r.Notes...),
		Summary: jsonFindingsSummary{
			Errors: r.Count(lint.Error), Warnings: r.Count(lint.Warning), Infos: r.Count(lint.Info),
			Files: r.Files, Ignored: r.Ignored, Known: r.Known, Elsewhere: r.Elsewhere, Skipped: len(r.Skipped), OtherOwners: r.OtherOwners, OtherSpecs: r.OtherSpecs,
		},
	}
	if o.Statistics {
		counts := countRules(r)
		out.Statistics = &counts
	}
	for _, f := range r.Findings {
		rule := r.RuleOf(f)
		j := jsonFinding{
			Rule: f.Rule, Name: rule.Name, Severity: f.Severity, Broken: r.Broken(f), Message: f.Message, Hint: f.Hint,
			Path: f.Path, Owners: r.OwnersOf(f), Range: rangeJSON(f.Range), Entity: f.Entity, Fingerprint: f.Fingerprint,
		}
		for _, l := range f.Related {
			j.Related = append(j.Related, jsonLocation{Path: l.Path, Range: rangeJSON(l.Range), Message: l.Message})
		}
		if f.Fix != nil {
			out.Summary.Fixable++
			j.Fix = &jsonFix{Title: f.Fix.Title, Edits: []jsonEdit{}}
			for _, e := range f.Fix.Edits {
				j.Fix.Edits = append(j.Fix.Edits, jsonEdit(e))
			}
		}
		out.Findings = append(out.Findings, j)
	}
	return out
}

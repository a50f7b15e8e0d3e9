package report

import (
	"fmt"
	"slices"
	"strings"
)

// Format is a form in which a report is written.
type Format string

// The formats. The zero Format is the first one of a view.
const (
	Text      Format = "text"
	JSON      Format = "json"
	Concise   Format = "concise"
	Markdown  Format = "markdown"
	SARIF     Format = "sarif"
	GitHub    Format = "github"
	GitLab    Format = "gitlab"
	JUnit     Format = "junit"
	Table     Format = "table"
	Navigator Format = "navigator"
	HTML      Format = "html"
	CSV       Format = "csv"
	YAML      Format = "yaml"
	Spec      Format = "spec"
	Python    Format = "python"
	LCOV      Format = "lcov"
)

// View is one thing that this package shows. Its text names it in errors.
type View string

// The views.
const (
	PlanView        View = "a plan"
	ResultView      View = "the result of an apply"
	DriftView       View = "a drift report"
	PullView        View = "a pull"
	ImportView      View = "an import"
	HistoryView     View = "a history"
	ListView        View = "a list"
	EntityView      View = "an entity"
	ComparisonView  View = "a comparison"
	DeploymentView  View = "a deployment"
	TokenView       View = "a token"
	FindingsView    View = "findings"
	SettingsView    View = "settings"
	RulesView       View = "rules"
	TuningView      View = "tunings"
	TestsView       View = "results of tests"
	MutantsView     View = "mutation results"
	LinesView       View = "line coverage"
	BehaviourView   View = "a comparison of behaviour"
	CorpusView      View = "what detections do with a corpus"
	CoverageView    View = "coverage"
	DiagnosticsView View = "diagnostics"
)

// formats lists the formats of each view; the first is its default.
var formats = map[View][]Format{
	PlanView:        {Text, JSON, Markdown, HTML},
	ResultView:      {Text, JSON, Markdown},
	DriftView:       {Text, JSON, Markdown, HTML, JUnit},
	PullView:        {Text, JSON},
	ImportView:      {Text, JSON},
	HistoryView:     {Text, JSON, Markdown},
	ListView:        {Table, JSON, CSV},
	EntityView:      {YAML, JSON, Spec, Python},
	ComparisonView:  {Text, JSON},
	DeploymentView:  {Text, JSON, Markdown},
	TokenView:       {Text, JSON},
	FindingsView:    {Text, Concise, JSON, SARIF, GitHub, GitLab, JUnit, Markdown},
	SettingsView:    {Text, JSON},
	RulesView:       {Text, JSON, Markdown},
	TuningView:      {Text, JSON},
	TestsView:       {Text, JSON, JUnit, GitHub, Markdown},
	MutantsView:     {Text, JSON, GitHub, Markdown},
	LinesView:       {Text, JSON, Markdown, HTML, LCOV},
	BehaviourView:   {Text, JSON, Markdown},
	CorpusView:      {Text, JSON, Markdown},
	CoverageView:    {Table, JSON, Navigator, HTML},
	DiagnosticsView: {Text, JSON, Markdown},
}

// Formats returns the formats of some views, each once; the first is the default.
func Formats(views ...View) []Format {
	var out []Format
	for _, v := range views {
		for _, f := range formats[v] {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// FormatNames lists formats in words, such as "text, json".
func FormatNames(list []Format) string {
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

func badFormat(f Format, v View) error {
	return fmt.Errorf("%s can't be shown as %q; use one of %s", string(v), string(f), FormatNames(Formats(v)))
}

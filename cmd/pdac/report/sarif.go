package report

import (
	"net/url"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/lint"
)

// The parts of SARIF 2.1.0 (source: the OASIS standard) that are used.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		AutomationDetails struct {
			ID string `json:"id"`
		} `json:"automationDetails"`
		ColumnKind  string            `json:"columnKind"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool `json:"executionSuccessful"`
	}
	sarifRule struct {
		ID                   string       `json:"id"`
		Name                 string       `json:"name"`
		ShortDescription     sarifText    `json:"shortDescription"`
		FullDescription      sarifText    `json:"fullDescription"`
		Help                 sarifText    `json:"help"`
		HelpURI              string       `json:"helpUri,omitempty"`
		DefaultConfiguration sarifDefault `json:"defaultConfiguration"`
		Properties           struct {
			Tags []string `json:"tags"`
		} `json:"properties"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct {
		RuleID              string            `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               string            `json:"level"`
		Message             sarifText         `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		RelatedLocations    []sarifLocation   `json:"relatedLocations,omitempty"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		ID               int           `json:"id,omitempty"`
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
		Message          *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation struct {
			URI       string `json:"uri"`
			URIBaseID string `json:"uriBaseId"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn,omitempty"`
		EndLine     int        `json:"endLine,omitempty"`
		EndColumn   int        `json:"endColumn,omitempty"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
)

const (
	projectURL = "https://github.com/pdac-dev/pdac"
	rulesURL   = projectURL + "/blob/main/docs/rules.md"
)

// sarifFingerprint names the method that computes fingerprints.
const sarifFingerprint = "pdac/v1"

func sarifLevel(s lint.Severity) string {
	switch s {
	case lint.Error:
		return "error"
	case lint.Warning:
		return "warning"
	}
	return "note"
}

func findingsSARIF(r *lint.Result, o FindingsOptions) sarifLog {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Invocations: []sarifInvocation{{ExecutionSuccessful: true}}, Results: []sarifResult{}}
	run.AutomationDetails.ID = "pdac-lint/"
	run.Tool.Driver = sarifDriver{Name: "pdac", Version: o.Version, InformationURI: projectURL, Rules: []sarifRule{}}
	index := map[string]int{}
	for _, rule := range r.Running {
		index[rule.ID] = len(run.Tool.Driver.Rules)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleSARIF(rule))
	}
	for _, f := range r.Findings {
		i, known := index[f.Rule]
		if !known {
			rule := r.RuleOf(f)
			i = len(run.Tool.Driver.Rules)
			index[f.Rule] = i
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleSARIF(rule))
		}
		message := f.Message
		if f.Hint != "" {
			message += "; " + f.Hint
		}
		res := sarifResult{
			RuleID: f.Rule, RuleIndex: i, Level: sarifLevel(f.Severity), Message: sarifText{Text: sarifPlain(message)},
			PartialFingerprints: map[string]string{sarifFingerprint: f.Fingerprint},
		}
		at := sarifPlace(f.Path, f.Range, o)
		if at.PhysicalLocation.Region == nil {
			// Viewers need a line, even for a whole file.
			at.PhysicalLocation.Region = &sarifRegion{StartLine: 1}
		} else if f.Snippet != "" {
			at.PhysicalLocation.Region.Snippet = &sarifText{Text: f.Snippet}
		}
		res.Locations = []sarifLocation{at}
		for n, l := range f.Related {
			rel := sarifPlace(l.Path, l.Range, o)
			rel.ID = n + 1
			if l.Message != "" {
				rel.Message = &sarifText{Text: sarifPlain(l.Message)}
			}
			res.RelatedLocations = append(res.RelatedLocations, rel)
		}
		run.Results = append(run.Results, res)
	}
	return sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

var (
	sarifLink        = lazyregexp.New(`\[([^\]]*)\]\(`)
	sarifPlaceholder = lazyregexp.New(`\{(\d+)\}`)
)

// sarifPlain escapes text that looks like a link or a placeholder. Other brackets
// stay, because not every viewer supports the escapes.
func sarifPlain(s string) string {
	s = sarifLink.ReplaceAllString(Clean(s), `\[$1\](`)
	return sarifPlaceholder.ReplaceAllString(s, "{{$1}}")
}

func ruleSARIF(r lint.Rule) sarifRule {
	out := sarifRule{
		ID: r.ID, Name: r.Name, ShortDescription: sarifText{Text: r.Doc.What}, FullDescription: sarifText{Text: r.Doc.What + " " + r.Doc.Why},
		Help:                 sarifText{Text: r.Doc.What + "\n\n" + r.Doc.Why, Markdown: ruleMarkdown(r)},
		HelpURI:              helpURL(r),
		DefaultConfiguration: sarifDefault{Level: sarifLevel(r.Severity)},
	}
	out.Properties.Tags = []string{strings.ToLower(r.Family())}
	return out
}

func sarifPlace(path string, r lint.Range, o FindingsOptions) sarifLocation {
	var l sarifLocation
	l.PhysicalLocation.ArtifactLocation.URI = (&url.URL{Path: below(o.WorkRoot, path)}).EscapedPath()
	l.PhysicalLocation.ArtifactLocation.URIBaseID = "%SRCROOT%"
	if j := rangeJSON(r); j != nil {
		l.PhysicalLocation.Region = &sarifRegion{StartLine: j.Line, StartColumn: j.Column, EndLine: j.EndLine, EndColumn: j.EndColumn}
	}
	return l
}

// helpURL returns where a rule is documented. Only pdac's own rules are in its docs.
func helpURL(r lint.Rule) string {
	if _, err := lint.FindRule(r.ID); err != nil {
		return ""
	}
	return rulesURL + "#" + strings.ToLower(r.ID)
}

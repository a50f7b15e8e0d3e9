package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// rulePD408 finds untested functions of data models.
func rulePD408() Rule {
	return Rule{
		ID: "PD408", Name: "untested-data-model", Severity: Info,
		Doc: Doc{
			What: "A data model maps a field to a function (`Method`), but no rule that reads the field has a test with an event of the data model's log type.",
			Why:  "Data models have no tests of their own. Only the tests of the rules that use such a function can test it.",
			Bad: `
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
Enabled: true
Filename: okta.py
LogTypes: [Okta.SystemLog]
Mappings:
  - Name: event_type
    Method: get_event_type
`,
			Good: `
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
Enabled: true
Filename: okta.py
LogTypes: [Okta.SystemLog]
Mappings:
  - Name: event_type
    Method: get_event_type
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tests:
  - Name: A login
    ExpectedResult: true
    Log: {eventType: user.session.start, p_log_type: Okta.SystemLog}
-- rules/login.py --
def rule(event):
    return event.udm("event_type") == "successful_login"
`,
		},
		CollectSpec: pd408Collect,
		Repo:        pd408,
	}
}

// The kinds of facts: the fields of a data model that have a function, the fields
// that a rule reads, and the log types of a rule's test events.
const (
	pd408Method = "method"
	pd408Reads  = "reads"
	pd408Tested = "tested"
)

func pd408Collect(p *SpecPass) (out []Fact) {
	switch p.Item.Type {
	case repo.TypeDataModel:
		list := p.Value("Mappings")
		if list == nil || list.Kind != yaml.SequenceNode {
			return nil
		}
		for _, m := range list.Content {
			name, method := yamlcore.Lookup(m, "Name"), yamlcore.Lookup(m, "Method")
			if name != nil && method != nil && name.Kind == yaml.ScalarNode && method.Kind == yaml.ScalarNode {
				out = append(out, Fact{Name: pd408Method, Value: name.Value, Range: p.Source.Node(method)})
			}
		}
	case repo.TypeRule:
		names := udmNames(p.Body())
		slices.Sort(names)
		for _, n := range slices.Compact(names) {
			out = append(out, Fact{Name: pd408Reads, Value: n})
		}
		if len(out) == 0 {
			return nil
		}
		var types []string
		for _, t := range unitTests(p) {
			if n := t.logType(); n != nil {
				types = append(types, n.Value)
			}
		}
		slices.Sort(types)
		for _, t := range slices.Compact(types) {
			out = append(out, Fact{Name: pd408Tested, Value: t})
		}
	}
	return out
}

func pd408(p *RepoPass) {
	tested := map[[2]string]bool{} // field and log type
	for f := range p.Specs(repo.TypeRule) {
		facts := p.Collected(f)
		for _, a := range facts {
			for _, b := range facts {
				if a.Name == pd408Reads && b.Name == pd408Tested {
					tested[[2]string{a.Value, b.Value}] = true
				}
			}
		}
	}
	for f := range p.Specs(repo.TypeDataModel) {
		for _, m := range p.Collected(f) {
			reached := slices.ContainsFunc(f.Spec.LogTypes, func(l Ref) bool { return tested[[2]string{m.Value, l.Value}] })
			if !reached {
				out := p.Report(f, m.Range, "the function for %q is not tested by any rule", m.Value)
				out.Hint = "add a test to a rule that reads it, with an event of this log type that has p_log_type"
				out.Key = m.Value
			}
		}
	}
}

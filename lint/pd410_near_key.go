package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"gopkg.in/yaml.v3"
)

// rulePD410 finds keys that are almost those of the test events.
func rulePD410() Rule {
	return Rule{
		ID: "PD410", Name: "near-key", Severity: Warning,
		Doc: Doc{
			What: "A rule, `SummaryAttributes`, a data model or a lookup table asks for a key that no test event has, but the test events have one that differs in one letter or in case. Or it asks for a key below another that only it asks for, and several rules for one that differs in one letter. Or an indicator field, such as `p_any_ip_addresses`, is misspelled.",
			Why:  "The key is never found, so the check that needs it does nothing, and its tests don't notice.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
SummaryAttributes: [sourceIpAddress]
Tests:
  - Name: A login
    ExpectedResult: true
    Log: {payload: {response: {code: 7}}, sourceIPAddress: 192.0.2.1}
-- rules/login.py --
def rule(event):
    return event.deep_get("payload", "respons", "code") != 0
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
SummaryAttributes: [sourceIPAddress]
Tests:
  - Name: A login
    ExpectedResult: true
    Log: {payload: {response: {code: 7}}, sourceIPAddress: 192.0.2.1}
-- rules/login.py --
def rule(event):
    return event.deep_get("payload", "response", "code") != 0
`,
		},
		Spec:        pd410,
		CollectSpec: pd410Collect,
		Repo:        func(p *RepoPass) { pd410Paths(p); pd410Rare(p) },
	}
}

// indicatorFields are the fields in which Panther collects indicators (source:
// Panther's documentation of its standard fields).
var indicatorFields = strings.Fields(`p_any_ip_addresses p_any_domain_names p_any_md5_hashes p_any_sha1_hashes p_any_sha256_hashes
	p_any_emails p_any_usernames p_any_actor_ids p_any_trace_ids p_any_mac_addresses p_any_serial_numbers
	p_any_aws_account_ids p_any_aws_arns p_any_aws_instance_ids p_any_aws_tags`)

func pd410(p *SpecPass) {
	var events []*yaml.Node
	for _, t := range unitTests(p) {
		if t.event != nil && t.event.Kind == yaml.MappingNode {
			events = append(events, t.event)
		}
	}
	paths := slices.Clone(bodyPaths(p))
	for _, n := range scalars(p.Value("SummaryAttributes")) {
		if i := slices.IndexFunc(indicatorFields, func(f string) bool { return suggest.Within(n.Value, f, 2) }); strings.HasPrefix(n.Value, "p_any_") && i >= 0 {
			if !slices.Contains(indicatorFields, n.Value) {
				f := p.ReportNode(n, "unknown indicator field %q", n.Value)
				f.Hint = "did you mean \"" + indicatorFields[i] + "\"?"
			}
			continue
		}
		if keys := strings.FieldsFunc(n.Value, func(r rune) bool { return r == '.' || r == ':' }); len(keys) > 0 {
			paths = append(paths, keyPath{keys: keys, report: func(i int) *Finding {
				return p.ReportNode(n, "no test event has %q", strings.Join(keys[:i+1], "."))
			}})
		}
	}
	for _, key := range []string{"Detection", "InlineFilters", "GroupBy", "AlertContext"} {
		paths = append(paths, specPaths(p, p.Value(key))...)
	}
	for _, path := range paths {
		near, i := path.near(events)
		if moved := path.moved(events); near == "" && moved != nil && !askedFor(paths, moved) {
			f := path.report(len(path.keys) - 1)
			f.Key = strings.Join(path.keys, ".")
			f.Hint = "did you mean \"" + strings.Join(moved, ".") + "\", which the test events have?"
		}
		if near != "" && !asked(paths, path.keys[:i], near) {
			f := path.report(i)
			f.Key = strings.Join(path.keys, ".")
			f.Hint = "did you mean \"" + near + "\", which the test events have?"
		}
	}
}

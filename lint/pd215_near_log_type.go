package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// rulePD215 finds log types that are almost those of other specs.
func rulePD215() Rule {
	return Rule{
		ID: "PD215", Name: "near-log-type", Severity: Warning,
		Doc: Doc{
			What: "A log type that nothing else in the repository uses differs in one letter or in case from one that is used more often.",
			Why:  "The detection gets no events if the log type is misspelled.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
LogTypes: [Okta.SystemLogs]
-- rules/logout.yml --
AnalysisType: rule
RuleID: Acme.Logout
LogTypes: [Okta.SystemLog]
-- rules/reset.yml --
AnalysisType: rule
RuleID: Acme.Reset
LogTypes: [Okta.SystemLog]
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
LogTypes: [Okta.SystemLog]
-- rules/logout.yml --
AnalysisType: rule
RuleID: Acme.Logout
LogTypes: [Okta.SystemLog]
-- rules/reset.yml --
AnalysisType: rule
RuleID: Acme.Reset
LogTypes: [Okta.SystemLog]
`,
			Configure: "`pdac lint --live` asks Panther which log types it has: then every log type that it lacks is reported, and none that it has. `deployed` is that list for runs without access to Panther. `known` lists log types that are right although they are close to others.",
		},
		Options: []Option{
			{Name: "known", Doc: "Log types that are right although they are close to others, or Panther lacks them.", Default: []string(nil)},
			{Name: "deployed", Doc: "The log types that Panther has, which --live reads from it. If there are any, all others are reported.", Default: []string(nil)},
		},
		CollectSpec: pd215Collect,
		Repo:        pd215,
	}
}

// pd215Collect collects the log types that a spec uses.
func pd215Collect(p *SpecPass) (out []Fact) {
	add := func(n *yaml.Node) {
		if n != nil && plainText(n) != "" {
			out = append(out, Fact{Name: strings.Clone(n.Value), Range: p.Source.Node(n)})
		}
	}
	for _, n := range scalars(p.Value("LogTypes")) {
		add(n)
	}
	for _, m := range associatedLogTypes(p) {
		add(yamlcore.Lookup(m, "LogType"))
	}
	return out
}

// associatedLogTypes returns the entries of a lookup table's LogTypeMap.
func associatedLogTypes(p *SpecPass) (out []*yaml.Node) {
	list := p.Value("LogTypeMap", "AssociatedLogTypes")
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	for _, m := range list.Content {
		if m = yamlcore.Deref(m); m.Kind == yaml.MappingNode {
			out = append(out, m)
		}
	}
	return out
}

func pd215(p *RepoPass) {
	users := map[string]map[string]bool{}
	for f := range p.Specs() {
		for _, fact := range p.Collected(f) {
			if users[fact.Name] == nil {
				users[fact.Name] = map[string]bool{}
			}
			users[fact.Name][f.Path] = true
		}
	}
	known := map[string]bool{}
	for _, k := range p.Strings("known") {
		known[k] = true
	}
	if deployed := p.Strings("deployed"); len(deployed) > 0 {
		pd215Deployed(p, deployed, known)
		return
	}
	var often []string
	for _, name := range sortedKeys(users) {
		if len(users[name]) > 1 {
			often = append(often, name)
		}
	}
	for f := range p.Specs() {
		for _, fact := range p.Collected(f) {
			if len(users[fact.Name]) > 1 || known[fact.Name] {
				continue
			}
			for _, name := range often {
				if !nearLogType(fact.Name, name) {
					continue
				}
				out := p.Report(f, fact.Range, "no other spec uses the log type %q", fact.Name)
				out.Key = fact.Name
				out.Hint = "did you mean \"" + name + "\"?"
				break
			}
		}
	}
}

// pd215Deployed reports the log types that Panther lacks. It compares names without case, as custom schemas are named.
func pd215Deployed(p *RepoPass, deployed []string, known map[string]bool) {
	has := make(map[string]string, len(deployed))
	for _, name := range deployed {
		has[name] = name
		if lower := strings.ToLower(name); has[lower] == "" {
			has[lower] = name
		}
	}
	for f := range p.Specs() {
		for _, fact := range p.Collected(f) {
			if has[fact.Name] == fact.Name || known[fact.Name] {
				continue
			}
			out := p.Report(f, fact.Range, "Panther has no log type %q", fact.Name)
			out.Key = fact.Name
			if near := has[strings.ToLower(fact.Name)]; near != "" {
				out.Hint = "did you mean \"" + near + "\"?"
			} else if near := suggest.DidYouMean(fact.Name, deployed); near != "" {
				out.Hint = strings.TrimPrefix(near, "; ")
			} else {
				out.Hint = "onboard the log source, or deploy the schema of this log type"
			}
		}
	}
}

// nearLogType reports whether two log types differ in case or in one letter of their
// last part. Short parts, such as the versions of a format, can differ on purpose.
func nearLogType(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	const shortest = 5
	i, j := strings.LastIndexByte(a, '.'), strings.LastIndexByte(b, '.')
	if i < 0 || j < 0 || len(a)-i <= shortest && a[:i] == b[:j] || strings.ContainsAny(a[i:]+b[j:], "0123456789") {
		return false
	}
	return suggest.Within(a, b, 1)
}

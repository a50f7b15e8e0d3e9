package lint

import (
	"fmt"

	"github.com/pdac-dev/pdac/internal/schemacheck"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// rulePD112 finds duplicate entries.
func rulePD112() Rule {
	return Rule{
		ID: "PD112", Name: "duplicate-entry", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "An unordered list, such as `LogTypes`, `Tags` or `OutputIds`, has a duplicate entry. Tags are compared without case. Or a data model maps a `Name` twice, or a lookup table lists a log type twice.",
			Why:  "Panther's own tool rejects most of them, and the others are mistakes. `--fix` removes the later entry, unless it has a comment.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tags: [AWS, Identity, aws]
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tags: [AWS, Identity]
`,
		},
		Spec: pd112,
	}
}

func pd112(p *SpecPass) {
	reportSchema(p, schemacheck.Duplicate, nil)
	p.namedTwice(associatedLogTypes(p), "LogType", "log type")
	if p.Item.Type == repo.TypeDataModel {
		p.namedTwice(mappings(p), "Name", "mapping")
	}
}

// namedTwice reports mappings of a list that have the same value of a key.
func (p *SpecPass) namedTwice(list []*yaml.Node, key, what string) {
	first := map[string]*yaml.Node{}
	for _, m := range list {
		n := yamlcore.Lookup(m, key)
		if n == nil || plainText(n) == "" {
			continue
		}
		before := first[n.Value]
		if before == nil {
			first[n.Value] = n
			continue
		}
		f := p.ReportNode(n, "%s %q is listed twice", what, n.Value)
		f.Severity, f.Works = Warning, true
		f.Hint = fmt.Sprintf("the first is on line %d; keep one", p.Source.Node(before).Line)
	}
}

// mappings returns the entries of a data model's Mappings.
func mappings(p *SpecPass) (out []*yaml.Node) {
	list := p.Value("Mappings")
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

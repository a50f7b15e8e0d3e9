package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// rulePD409 finds tests of correlation rules that are not about the rule.
func rulePD409() Rule {
	return Rule{
		ID: "PD409", Name: "rule-outputs", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "In a test of a correlation rule, an `ID` under `RuleOutputs` is not that of a part or appears twice, or none of the fields under `Matches` is one that the rule compares for the part. Or a test that expects a match has none of a part, too few, or only such outside the rule's windows; this is a warning.",
			Why:  "The test fails, or it passes without testing anything.",
			Bad: `
-- correlation_rules/both.yml --
AnalysisType: correlation_rule
RuleID: Acme.Both
Detection:
  - Group:
      - ID: reset
        RuleID: Acme.Reset
      - ID: login
        RuleID: Acme.Login
Tests:
  - Name: A login
    ExpectedResult: false
    RuleOutputs:
      - ID: logn
        Matches: {user: {bob: [0]}}
`,
			Good: `
-- correlation_rules/both.yml --
AnalysisType: correlation_rule
RuleID: Acme.Both
Detection:
  - Group:
      - ID: reset
        RuleID: Acme.Reset
      - ID: login
        RuleID: Acme.Login
Tests:
  - Name: A login
    ExpectedResult: false
    RuleOutputs:
      - ID: login
        Matches: {user: {bob: [0]}}
`,
		},
		Spec: pd409,
	}
}

func pd409(p *SpecPass) {
	var ids []string
	fields := map[string][]string{}
	for _, c := range correlations(p) {
		ids = append(ids, c.ids()...)
		c.compared(fields)
	}
	known := map[string]bool{}
	for _, id := range ids {
		known[id] = true
	}
	for _, t := range unitTests(p) {
		seen := map[string]*yaml.Node{}
		for _, out := range entries(yamlcore.Lookup(t.node, "RuleOutputs")) {
			id := word(out, "ID")
			checkTwice(p, id, "entry of RuleOutputs", seen)
			checkPart(p, id, "ID", known, ids)
			if id != nil {
				checkMatches(p, out, id.Value, fields[id.Value])
			}
		}
		if all := correlations(p); len(all) == 1 {
			checkMet(p, all[0], t)
		}
	}
}

// compared adds the fields that the rule compares, by part.
func (c correlation) compared(fields map[string][]string) {
	add := func(part, field *yaml.Node) {
		if part != nil && field != nil {
			fields[part.Value] = append(fields[part.Value], field.Value)
		}
	}
	for _, t := range c.transitions {
		from, to := word(t, "From"), word(t, "To")
		for _, m := range entries(yamlcore.Lookup(t, "Match")) {
			on := word(m, "On")
			add(from, on)
			add(to, on)
			add(from, word(m, "From"))
			add(to, word(m, "To"))
		}
	}
	for _, m := range c.criteria {
		add(word(m, "GroupID"), word(m, "Match"))
	}
}

// checkMatches reports the matches of a part if they have none of the fields that
// the rule compares.
func checkMatches(p *SpecPass, out *yaml.Node, part string, fields []string) {
	pairs, err := yamlcore.Pairs(yamlcore.Lookup(out, "Matches"))
	if err != nil || len(pairs) == 0 || len(fields) == 0 ||
		slices.ContainsFunc(pairs, func(q yamlcore.Pair) bool { return slices.Contains(fields, q.Key.Value) }) {
		return
	}
	key := pairs[0].Key
	f := p.ReportNode(key, "the rule doesn't compare %q for the part %q", key.Value, part)
	f.Key = part + " " + key.Value
	f.Hint = "write \"" + fields[0] + "\", which it compares"
	meant(p, f, key, fields)
}

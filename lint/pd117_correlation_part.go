package lint

import "gopkg.in/yaml.v3"

// rulePD117 finds correlation rules whose parts don't fit together.
func rulePD117() Rule {
	return Rule{
		ID: "PD117", Name: "correlation-part", Severity: Error, Broken: true, Fixable: true,
		Doc: Doc{
			What: "In a correlation rule, `From`, `To` or `GroupID` is not the ID of a part, two parts or two transitions have the same ID, a transition leads against the order of the sequence, or a part needs more matches than it may have.",
			Why:  "Panther rejects the rule, or the correlation never matches.",
			Bad: `
-- correlation_rules/both.yml --
AnalysisType: correlation_rule
RuleID: Acme.Both
Detection:
  - Sequence:
      - ID: reset
        RuleID: Acme.Reset
      - ID: login
        RuleID: Acme.Login
    Transitions:
      - ID: reset then login
        From: login
        To: reset
`,
			Good: `
-- correlation_rules/both.yml --
AnalysisType: correlation_rule
RuleID: Acme.Both
Detection:
  - Sequence:
      - ID: reset
        RuleID: Acme.Reset
      - ID: login
        RuleID: Acme.Login
    Transitions:
      - ID: reset then login
        From: reset
        To: login
`,
		},
		Spec: pd117,
	}
}

func pd117(p *SpecPass) {
	for _, c := range correlations(p) {
		places, ids := c.places(), c.ids()
		parts, steps := map[string]*yaml.Node{}, map[string]*yaml.Node{}
		for _, part := range c.parts {
			checkTwice(p, part.id, "part", parts)
			_, least, some := number(part.node, "MinMatchCount")
			if n, most, ok := number(part.node, "MaxMatchCount"); ok && some && most < least {
				p.ReportNode(n, "MaxMatchCount %d is less than MinMatchCount %d, so the part never matches", most, least).Hint = "raise MaxMatchCount, or lower MinMatchCount"
			}
		}
		for _, t := range c.transitions {
			from, to := word(t, "From"), word(t, "To")
			checkTwice(p, word(t, "ID"), "transition", steps)
			checkPart(p, from, "From", places, ids)
			checkPart(p, to, "To", places, ids)
			if from == nil || to == nil {
				continue
			}
			i, known := places[from.Value]
			j, both := places[to.Value]
			switch {
			case !known || !both:
			case i == j:
				p.ReportNode(to, "the transition leads from %q to itself", to.Value).Hint = "write the ID of a later part under To"
			case i > j:
				f := p.ReportNode(from, "the transition leads from %q to %q, which comes earlier in the sequence", from.Value, to.Value)
				f.Hint = "swap From and To, or the parts of the sequence"
			}
		}
		for _, m := range c.criteria {
			checkPart(p, word(m, "GroupID"), "GroupID", places, ids)
		}
	}
}

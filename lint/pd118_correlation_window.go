package lint

import "github.com/pdac-dev/pdac/internal/yamlcore"

// rulePD118 finds correlation rules whose times don't fit together.
func rulePD118() Rule {
	return Rule{
		ID: "PD118", Name: "correlation-window", Severity: Warning,
		Doc: Doc{
			What: "A correlation rule looks back over less time than passes between two runs, or than a transition may take.",
			Why:  "Matches between two runs are never seen, and a transition can't take as long as it says.",
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
    LookbackWindowMinutes: 15
    Schedule:
      RateMinutes: 1440
      TimeoutMinutes: 5
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
    LookbackWindowMinutes: 2160
    Schedule:
      RateMinutes: 1440
      TimeoutMinutes: 5
`,
		},
		Spec: pd118,
	}
}

func pd118(p *SpecPass) {
	for _, c := range correlations(p) {
		back, window, ok := number(c.node, "LookbackWindowMinutes")
		if !ok {
			continue
		}
		if _, rate, ok := number(yamlcore.Lookup(c.node, "Schedule"), "RateMinutes"); ok && window < rate {
			f := p.ReportNode(back, "LookbackWindowMinutes %d is less than RateMinutes %d, so matches between two runs are never seen", window, rate)
			f.Hint = "use at least one and a half times RateMinutes"
		}
		for _, t := range c.transitions {
			if n, within, ok := number(t, "WithinTimeFrameMinutes"); ok && within > window {
				f := p.ReportNode(n, "WithinTimeFrameMinutes %d is more than LookbackWindowMinutes %d, so the transition can't take that long", within, window)
				f.Hint = "raise LookbackWindowMinutes, or lower WithinTimeFrameMinutes"
			}
		}
	}
}

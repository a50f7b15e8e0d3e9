package lint

import (
	"github.com/pdac-dev/pdac/internal/attack"
)

// rulePD503 finds techniques that stand under a tactic which isn't theirs.
func rulePD503() Rule {
	return Rule{
		ID: "PD503", Name: "mitre-wrong-tactic", Severity: Warning,
		Doc: Doc{
			What: "A mapping puts a technique under a tactic that it doesn't serve.",
			Why:  "In the ATT&CK matrix the technique has no cell in that column, so the detection counts nowhere.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reports:
  MITRE ATT&CK:
    - TA0007:T1078
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reports:
  MITRE ATT&CK:
    - TA0001:T1078
`,
		},
		Spec: pd503,
	}
}

func pd503(p *SpecPass) {
	for _, e := range mitreEntries(p) {
		tactic, okTactic := attack.TacticByID(e.mapping.Tactic)
		x, ok := attack.TechniqueByID(e.mapping.Technique)
		// What is revoked or deprecated is PD504's.
		if !e.ok || !ok || !okTactic || x.State != attack.Active || x.Under(tactic.ID) {
			continue
		}
		f := p.ReportNode(e.node, "technique %s (%s) is not under tactic %s (%s)", x.ID, x.Name, tactic.ID, tactic.Name)
		f.Hint = "it is under " + tacticNames(x.Tactics)
	}
}

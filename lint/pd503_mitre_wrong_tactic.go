package lint

import (
	"github.com/pdac-dev/pdac/internal/attack"
)

// rulePD503 finds techniques under the wrong tactic.
func rulePD503() Rule {
	return Rule{
		ID: "PD503", Name: "mitre-wrong-tactic", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "A mapping lists a technique under a tactic that it doesn't belong to.",
			Why:  "The ATT&CK matrix has no cell for the technique in that column, so the detection is not counted.",
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
		// PD504 reports revoked and deprecated techniques.
		if !e.ok || !ok || !okTactic || x.State != attack.Active || x.Under(tactic.ID) {
			continue
		}
		f := p.ReportNode(e.node, "technique %s (%s) is not under tactic %s (%s)", x.ID, x.Name, tactic.ID, tactic.Name)
		f.Hint = "it is under " + tacticNames(x.Tactics)
		if len(x.Tactics) == 1 {
			f.Fix = fixScalar(p, e.node, x.Tactics[0]+":"+e.mapping.Technique)
		}
	}
}

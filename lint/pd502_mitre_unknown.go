package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/attack"
)

// rulePD502 finds unknown tactics and techniques.
func rulePD502() Rule {
	return Rule{
		ID: "PD502", Name: "mitre-unknown", Severity: Error,
		Doc: Doc{
			What: "A mapping uses a tactic or a technique that is not in ATT&CK Enterprise.",
			Why:  "The ATT&CK matrix has no cell for it, so the detection is not counted. `pdac version` shows the version of ATT&CK that pdac uses.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reports:
  MITRE ATT&CK:
    - TA0001:T1078.099
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reports:
  MITRE ATT&CK:
    - TA0001:T1078.004
`,
			Configure: "Add ids of a newer version of ATT&CK to the option `known`.",
		},
		Options: []Option{{Name: "known", Doc: "Additional tactics and techniques to accept.", Default: []string{}}},
		Spec:    pd502,
	}
}

func pd502(p *SpecPass) {
	known := map[string]bool{}
	for _, id := range p.Strings("known") {
		known[id] = true
	}
	for _, e := range mitreEntries(p) {
		if !e.ok {
			continue
		}
		if _, ok := attack.TacticByID(e.mapping.Tactic); !ok && !known[e.mapping.Tactic] {
			p.ReportNode(e.node, "unknown tactic %s in ATT&CK Enterprise v%s", e.mapping.Tactic, attack.Version()).Hint =
				"the tactics are " + tacticNames(tacticIDs()) + "; ATT&CK Mobile and ICS are not supported"
		}
		if _, ok := attack.TechniqueByID(e.mapping.Technique); !ok && !known[e.mapping.Technique] {
			f := p.ReportNode(e.node, "unknown technique %s in ATT&CK Enterprise v%s", e.mapping.Technique, attack.Version())
			parent, _, sub := strings.Cut(e.mapping.Technique, ".")
			f.Hint = "look up the technique at https://attack.mitre.org; ATT&CK Mobile and ICS are not supported"
			if x, ok := attack.TechniqueByID(parent); ok && sub {
				f.Hint = parent + " is " + x.Name + ", and " + subTechniques(parent)
			}
		}
	}
}

func tacticIDs() []string {
	var out []string
	for _, t := range attack.Tactics() {
		out = append(out, t.ID)
	}
	return out
}

// subTechniques lists the sub-techniques of a technique.
func subTechniques(parent string) string {
	var out []string
	for _, x := range attack.Techniques() {
		if x.Parent() == parent && x.State == attack.Active {
			out = append(out, x.ID+" ("+x.Name+")")
		}
	}
	if len(out) == 0 {
		return "has no sub-techniques"
	}
	return "has the sub-techniques " + strings.Join(out, ", ")
}

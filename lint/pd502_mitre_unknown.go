package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/attack"
)

// rulePD502 finds tactics and techniques that there are not.
func rulePD502() Rule {
	return Rule{
		ID: "PD502", Name: "mitre-unknown", Severity: Error,
		Doc: Doc{
			What: "A mapping names a tactic or a technique that ATT&CK Enterprise doesn't have.",
			Why:  "There is no place for it in the ATT&CK matrix, so the detection counts nowhere. `pdac version` says which version of ATT&CK pdac knows.",
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
			Configure: "Name ids of a newer version of ATT&CK in the option `known`.",
		},
		Options: []Option{{Name: "known", Doc: "Tactics and techniques that there are besides those that pdac knows.", Default: []string{}}},
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
			p.ReportNode(e.node, "there is no tactic %s in ATT&CK Enterprise v%s", e.mapping.Tactic, attack.Version()).Hint =
				"the tactics are " + tacticNames(tacticIDs()) + "; those of ATT&CK Mobile and ICS don't count"
		}
		if _, ok := attack.TechniqueByID(e.mapping.Technique); !ok && !known[e.mapping.Technique] {
			f := p.ReportNode(e.node, "there is no technique %s in ATT&CK Enterprise v%s", e.mapping.Technique, attack.Version())
			parent, _, sub := strings.Cut(e.mapping.Technique, ".")
			f.Hint = "look the technique up at https://attack.mitre.org; those of ATT&CK Mobile and ICS don't count"
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

// subTechniques says which sub-techniques a technique has.
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

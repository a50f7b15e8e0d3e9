package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/attack"
)

// rulePD504 finds revoked and deprecated techniques.
func rulePD504() Rule {
	return Rule{
		ID: "PD504", Name: "mitre-revoked", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "A mapping uses a technique that MITRE revoked or deprecated.",
			Why:  "The technique is not in the current ATT&CK matrix. A revoked technique has a replacement, which `--fix` writes if it is under the same tactic.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reports:
  MITRE ATT&CK:
    - TA0003:T1004
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reports:
  MITRE ATT&CK:
    - TA0003:T1547.004
`,
		},
		Spec: pd504,
	}
}

func pd504(p *SpecPass) {
	entries := mitreEntries(p)
	for _, e := range entries {
		x, ok := attack.TechniqueByID(e.mapping.Technique)
		if !e.ok || !ok || x.State == attack.Active {
			continue
		}
		if x.State == attack.Deprecated {
			p.ReportNode(e.node, "technique %s (%s) is deprecated", x.ID, x.Name).Hint = "use a current technique, or remove the mapping"
			continue
		}
		by, _ := attack.TechniqueByID(x.ReplacedBy)
		f := p.ReportNode(e.node, "technique %s (%s) was revoked and replaced by %s (%s)", x.ID, x.Name, by.ID, by.Name)
		f.Hint = "use `" + e.mapping.Tactic + ":" + by.ID + "`"
		if !by.Under(e.mapping.Tactic) {
			f.Hint = "the replacement is under " + tacticNames(by.Tactics)
			continue
		}
		word := attack.Mapping{Tactic: e.mapping.Tactic, Technique: by.ID}
		there := slices.ContainsFunc(entries, func(o mitreEntry) bool { return o.ok && o.mapping == word })
		if there || Once(p, "aliases", func(p *SpecPass) bool { return hasAlias(p.Root) }) {
			continue
		}
		start, end := p.Source.nodeOffsets(e.node)
		f.Fix = &Fix{
			Title:   "write " + word.String(),
			Edits:   []Edit{{Path: p.Path(), Start: start, End: end, New: quotedLike(e.node, word.String())}},
			Touches: []string{e.pointer},
		}
	}
}

package lint

import (
	"fmt"
)

// rulePD206 finds packs that list unknown ids.
func rulePD206() Rule {
	return Rule{
		ID: "PD206", Name: "pack-unknown-id", Severity: Error,
		Doc: Doc{
			What: "A pack lists an id that no spec of the repository has.",
			Why:  "The pack can't be built, or is missing content that its description promises.",
			Bad: `
-- packs/acme.yml --
AnalysisType: pack
PackID: Acme
PackDefinition:
  IDs: [Acme.Logn]
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
`,
			Good: `
-- packs/acme.yml --
AnalysisType: pack
PackID: Acme
PackDefinition:
  IDs: [Acme.Login]
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
`,
		},
		Repo: pd206,
	}
}

func pd206(p *RepoPass) {
	all := p.anyID()
	var names []string
	for f := range p.Specs("pack") {
		for _, id := range f.Spec.PackIDs {
			if id.Value == "" || len(all[id.Value]) > 0 {
				continue
			}
			if _, skipped := p.Skipped("", id.Value); skipped {
				continue // a spec has it, which is not deployed with the others
			}
			out := p.Report(f, id.Range, "no spec has the id %q", id.Value)
			out.Key = id.Value
			out.Hint = "correct it, or remove it"
			if names == nil {
				names = sortedKeys(all)
			}
			if near, ok := p.nearest(id.Value, names); ok {
				out.Hint = fmt.Sprintf("did you mean %q?", near)
			}
		}
	}
}

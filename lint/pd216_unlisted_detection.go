package lint

import "github.com/pdac-dev/pdac/repo"

// rulePD216 finds detections that no pack lists.
func rulePD216() Rule {
	return Rule{
		ID: "PD216", Name: "unlisted-detection", Severity: Info,
		Doc: Doc{
			What: "No pack lists a detection, although the repository has packs.",
			Why:  "Who enables packs never gets the detection.",
			Bad: `
-- packs/acme.yml --
AnalysisType: pack
PackID: Acme
PackDefinition:
  IDs: [Acme.Login]
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
-- rules/logout.yml --
AnalysisType: rule
RuleID: Acme.Logout
`,
			Good: `
-- packs/acme.yml --
AnalysisType: pack
PackID: Acme
PackDefinition:
  IDs: [Acme.Login, Acme.Logout]
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
-- rules/logout.yml --
AnalysisType: rule
RuleID: Acme.Logout
`,
			Configure: "Disabled and derived detections are not checked, nor are repositories without packs.",
		},
		Repo: pd216,
	}
}

func pd216(p *RepoPass) {
	listed, packs := map[string]bool{}, false
	for f := range p.Specs(repo.TypePack) {
		packs = true
		for _, id := range f.Spec.PackIDs {
			listed[id.Value] = true
		}
	}
	if !packs {
		return
	}
	for f := range p.Specs() {
		id := f.Spec.ID
		if isDetection(f.Spec.Type) && !f.Spec.Disabled() && !f.Spec.BaseDetection.There() && id.There() && id.Value != "" && !listed[id.Value] {
			p.Report(f, id.Range, "no pack lists %q", id.Value).Hint = "add it to the pack of its log type"
		}
	}
}

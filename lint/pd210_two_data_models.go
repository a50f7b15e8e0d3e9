package lint

import (
	"github.com/pdac-dev/pdac/repo"
)

// rulePD210 finds log types with two data models.
func rulePD210() Rule {
	return Rule{
		ID: "PD210", Name: "two-data-models", Severity: Error, Broken: true,
		Doc: Doc{
			What: "Two enabled data models cover the same log type.",
			Why:  "Panther allows one data model per log type and rejects the second.",
			Bad: `
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
Enabled: true
LogTypes: [Okta.SystemLog]
-- data_models/okta_old.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta.Old
Enabled: true
LogTypes: [Okta.SystemLog]
`,
			Good: `
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
Enabled: true
LogTypes: [Okta.SystemLog]
-- data_models/okta_old.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta.Old
Enabled: false
LogTypes: [Okta.SystemLog]
`,
		},
		Repo: pd210,
	}
}

func pd210(p *RepoPass) {
	type place struct {
		file *Facts
		ref  Ref
	}
	byType := map[string][]place{}
	for f := range p.Specs(repo.TypeDataModel) {
		seen := map[string]bool{}
		for _, l := range f.Spec.LogTypes {
			if !f.Spec.Disabled() && l.Value != "" && !seen[l.Value] {
				seen[l.Value] = true
				byType[l.Value] = append(byType[l.Value], place{f, l})
			}
		}
	}
	for name, places := range byType {
		for i, at := range places {
			if len(places) < 2 {
				continue
			}
			out := p.Report(at.file, at.ref.Range, "log type %q has another enabled data model", name)
			out.Key = name
			out.Hint = "disable one of them, or merge them"
			for j, other := range places[:min(len(places), maxRelated+1)] {
				if i != j && len(out.Related) < maxRelated {
					out.Related = append(out.Related, Location{Path: other.file.Path, Range: other.ref.Range, Message: "the other one"})
				}
			}
		}
	}
}

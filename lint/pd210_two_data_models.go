package lint

import (
	"github.com/pdac-dev/pdac/repo"
)

// rulePD210 finds log types with two data models.
func rulePD210() Rule {
	return Rule{
		ID: "PD210", Name: "two-data-models", Severity: Error,
		Doc: Doc{
			What: "Two data models that are switched on are for the same log type.",
			Why:  "A log type has one data model in Panther; the second is refused.",
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
			out := p.Report(at.file, at.ref.Range, "the log type %q has another data model that is switched on", name)
			out.Key = name
			out.Hint = "switch one of them off, or join them"
			for j, other := range places {
				if i != j {
					out.Related = append(out.Related, Location{Path: other.file.Path, Range: other.ref.Range, Message: "the other one"})
				}
			}
		}
	}
}

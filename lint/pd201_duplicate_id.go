package lint

// rulePD201 finds ids that two specs share.
func rulePD201() Rule {
	return Rule{
		ID: "PD201", Name: "duplicate-id", Severity: Error,
		Doc: Doc{
			What: "Two specs have the same id.",
			Why:  "An id names one detection in Panther, so one file would overwrite the other. pdac deploys neither.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
-- rules/login_copy.yml --
AnalysisType: rule
RuleID: Acme.Login
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
-- rules/login_copy.yml --
AnalysisType: rule
RuleID: Acme.Login.FromAbroad
`,
		},
		Repo: pd201,
	}
}

func pd201(p *RepoPass) {
	for f := range p.Specs() {
		key := f.Spec.Type.IDKey()
		same := p.ByID(key, f.Spec.ID.Value)
		if len(same) < 2 {
			continue
		}
		out := p.Report(f, f.Spec.ID.Range, "%s %q is also the id of another spec", key, f.Spec.ID.Value)
		out.Hint = "change one of the ids, or remove one of the specs"
		for _, other := range same {
			if other != f {
				out.Related = append(out.Related, Location{Path: other.Path, Range: other.Spec.ID.Range, Message: "same id"})
			}
		}
	}
}

package lint

// rulePD201 finds ids that two specs share.
func rulePD201() Rule {
	return Rule{
		ID: "PD201", Name: "duplicate-id", Severity: Error, Broken: true,
		Doc: Doc{
			What: "Two specs have the same id.",
			Why:  "An id names one item in Panther. If both are of the same kind, one file would overwrite the other, so pdac deploys neither. If they are of different kinds, Panther's own tool refuses one of them, and a pack can't tell them apart.",
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

// maxClashes is how many other specs a finding names.
const maxClashes = 5

func pd201(p *RepoPass) {
	for f := range p.Specs() {
		key := f.Spec.Type.IDKey()
		same := p.SameID(f.Spec.ID.Value)
		if len(same) < 2 {
			continue
		}
		what := "id"
		var others []Location
		for _, other := range same {
			if other == f {
				continue
			}
			if len(others) == maxClashes {
				break
			}
			about := "same id"
			if k := other.Spec.Type.IDKey(); k != key {
				about = "same id, as " + k
				if len(others) == 0 && len(p.ByID(key, f.Spec.ID.Value)) < 2 {
					what = k
				}
			}
			others = append(others, Location{Path: other.Path, Range: other.Spec.ID.Range, Message: about})
		}
		out := p.Report(f, f.Spec.ID.Range, "%s %q is also the %s of another spec", key, f.Spec.ID.Value, what)
		out.Hint = "change one of the ids, or remove one of the specs"
		out.Related = others
	}
}

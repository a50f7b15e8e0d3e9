package lint

import (
	"github.com/pdac-dev/pdac/panther"
)

// PD203 finds Python files that several specs of a kind name.
func (catalogue) PD203() Rule {
	return Rule{
		Name: "shared-file", Severity: Warning,
		Doc: Doc{
			What: "Two specs of the same kind name the same Python file.",
			Why:  "Both become the same detection in Panther, and a change to one changes the other. Mostly it is left over from copying a spec.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/logout.yml --
AnalysisType: rule
RuleID: Acme.Logout
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("event") == "login"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/logout.yml --
AnalysisType: rule
RuleID: Acme.Logout
Filename: logout.py
-- rules/login.py --
def rule(event):
    return event.get("event") == "login"
-- rules/logout.py --
def rule(event):
    return event.get("event") == "logout"
`,
		},
		Repo: pd203,
	}
}

func pd203(p *RepoPass) {
	for f := range p.Specs() {
		if f.Spec.BodyPath == "" || f.Spec.Kind == panther.Kind("") {
			continue
		}
		var out *Finding
		for _, other := range p.NamedBy(f.Spec.BodyPath) {
			if other == f || other.Spec.Type != f.Spec.Type {
				continue
			}
			if out == nil {
				out = p.Report(f, f.Spec.Filename.Range, "Filename %q is also that of another %s, %s", f.Spec.Filename.Value, typeWords(f.Spec.Type), quoteID(other))
				out.Hint = "give each its own file, or make one of them a derived rule"
			}
			out.Related = append(out.Related, Location{Path: other.Path, Range: other.Spec.Filename.Range, Message: "the same file"})
		}
	}
}

// quoteID names a spec by its id, or by its path where it has none.
func quoteID(f *Facts) string {
	if id := f.Spec.ID.Value; id != "" {
		return `"` + id + `"`
	}
	return f.Path
}

package lint

import (
	"fmt"
	"strings"
)

// rulePD509 finds detections with the same display name.
func rulePD509() Rule {
	return Rule{
		ID: "PD509", Name: "display-name-clash", Severity: Warning,
		Doc: Doc{
			What: "Two enabled detections have the same `DisplayName`.",
			Why:  "Lists and alerts show this name, so it is unclear which of the two created an alert.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
DisplayName: Login from abroad
-- rules/login_admin.yml --
AnalysisType: rule
RuleID: Acme.Login.Admin
DisplayName: Login from abroad
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
DisplayName: Login from abroad
-- rules/login_admin.yml --
AnalysisType: rule
RuleID: Acme.Login.Admin
DisplayName: Login of an administrator from abroad
`,
			Configure: "Names are compared without case and extra spaces. Disabled detections (`Enabled: false`) are not checked, so a detection can keep its name when another one replaces it.",
		},
		Repo: pd509,
	}
}

func pd509(p *RepoPass) {
	by := map[string][]*Facts{}
	key := func(f *Facts) string {
		return strings.ToLower(strings.Join(strings.Fields(f.Spec.DisplayName.Value), " "))
	}
	fires := func(f *Facts) bool { return isDetection(f.Spec.Type) && !f.Spec.Disabled() && key(f) != "" }
	for f := range p.Specs() {
		if fires(f) {
			by[key(f)] = append(by[key(f)], f)
		}
	}
	for f := range p.Specs() {
		same := by[key(f)]
		if !fires(f) || len(same) < 2 {
			continue
		}
		var others []string
		out := p.Report(f, f.Spec.DisplayName.Range, "")
		for i, o := range same {
			if len(others) == maxRelated {
				others = append(others, fmt.Sprintf("%d more", len(same)-i))
				break
			}
			if o != f {
				others = append(others, o.Spec.ID.Value)
				out.Related = append(out.Related, Location{Path: o.Path, Range: o.Spec.DisplayName.Range, Message: "same name"})
			}
		}
		out.Message = "DisplayName \"" + f.Spec.DisplayName.Value + "\" is also the name of " + strings.Join(others, ", ")
		out.Hint = "make the names distinct"
	}
}

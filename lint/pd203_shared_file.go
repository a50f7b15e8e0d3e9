package lint

import (
	"path"
	"strings"

	"github.com/pdac-dev/pdac/panther"
)

// rulePD203 finds specs that use the Python file of another spec.
func rulePD203() Rule {
	return Rule{
		ID: "PD203", Name: "shared-file", Severity: Warning,
		Doc: Doc{
			What: "A spec uses the Python file of another spec of the same kind: a file that is named after that other spec.",
			Why:  "Both detections run the same code in Panther, and a change for one changes the other. This is usually left over from copying a spec.",
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
			Configure: "A file that is named after none of its specs, such as `scheduled_rule_default.py`, counts as shared on purpose and is not reported.",
		},
		Repo: pd203,
	}
}

// pd203 assigns a file to the spec with the same name. If no spec has that name,
// the file is shared on purpose.
func pd203(p *RepoPass) {
	for f := range p.Specs() {
		if f.Spec.BodyPath == "" || f.Spec.Kind == panther.Kind("") || moduleOf(f.Spec.BodyPath) == stem(f.Path) {
			continue
		}
		for _, other := range p.NamedBy(f.Spec.BodyPath) {
			if other == f || other.Spec.Type != f.Spec.Type || moduleOf(other.Spec.BodyPath) != stem(other.Path) {
				continue
			}
			out := p.Report(f, f.Spec.Filename.Range, "Filename %q is the file of another %s, %s", f.Spec.Filename.Value, typeWords(f.Spec.Type), quoteID(other))
			out.Hint = "use a separate file, or make it a derived rule"
			out.Related = []Location{{Path: other.Path, Range: other.Spec.Filename.Range, Message: "owner of the file"}}
			break
		}
	}
}

// stem is a file's name without folder and extension.
func stem(p string) string { return strings.TrimSuffix(path.Base(p), path.Ext(p)) }

// quoteID names a spec by its id, or by its path if it has no id.
func quoteID(f *Facts) string {
	if id := f.Spec.ID.Value; id != "" {
		return `"` + id + `"`
	}
	return f.Path
}

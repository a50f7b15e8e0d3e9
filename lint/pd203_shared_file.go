package lint

import (
	"path"
	"strings"

	"github.com/pdac-dev/pdac/panther"
)

// rulePD203 finds specs that name the Python file of another.
func rulePD203() Rule {
	return Rule{
		ID: "PD203", Name: "shared-file", Severity: Warning,
		Doc: Doc{
			What: "A spec names the Python file of another spec of its kind: the one that has the other's name.",
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
			Configure: "A file that has the name of none of the specs, such as `scheduled_rule_default.py`, is shared on purpose.",
		},
		Repo: pd203,
	}
}

// pd203 takes a file that has the name of one of its specs for that spec's. Where
// none has it, the file is shared on purpose.
func pd203(p *RepoPass) {
	for f := range p.Specs() {
		if f.Spec.BodyPath == "" || f.Spec.Kind == panther.Kind("") || moduleOf(f.Spec.BodyPath) == stem(f.Path) {
			continue
		}
		for _, other := range p.NamedBy(f.Spec.BodyPath) {
			if other == f || other.Spec.Type != f.Spec.Type || moduleOf(other.Spec.BodyPath) != stem(other.Path) {
				continue
			}
			out := p.Report(f, f.Spec.Filename.Range, "Filename %q is that of another %s, %s", f.Spec.Filename.Value, typeWords(f.Spec.Type), quoteID(other))
			out.Hint = "give it its own file, or make it a derived rule"
			out.Related = []Location{{Path: other.Path, Range: other.Spec.Filename.Range, Message: "whose file it is"}}
			break
		}
	}
}

// stem is a file's name without its folder and ending.
func stem(p string) string { return strings.TrimSuffix(path.Base(p), path.Ext(p)) }

// quoteID names a spec by its id, or by its path where it has none.
func quoteID(f *Facts) string {
	if id := f.Spec.ID.Value; id != "" {
		return `"` + id + `"`
	}
	return f.Path
}

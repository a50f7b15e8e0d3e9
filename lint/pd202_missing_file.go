package lint

import (
	"fmt"
	"path"
)

// rulePD202 finds specs whose file is missing.
func rulePD202() Rule {
	return Rule{
		ID: "PD202", Name: "missing-file", Severity: Error, Broken: true,
		Doc: Doc{
			What: "The `Filename` of a spec names a file that does not exist or is outside the spec's folder.",
			Why:  "Without the file there is nothing to deploy.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: logon.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"
`,
		},
		Repo: pd202,
	}
}

func pd202(p *RepoPass) {
	for f := range p.Specs() {
		name := f.Spec.Filename
		if !name.There() || name.Value == "" || f.Broken {
			continue
		}
		if f.Spec.BodyPath == "" {
			p.Report(f, name.Range, "Filename %q is outside the spec's folder", name.Value).Hint = "put the file next to the spec, and use its name without a folder"
			continue
		}
		if p.Exists(f.Spec.BodyPath) {
			continue
		}
		out := p.Report(f, name.Range, "file %q not found next to the spec", name.Value)
		out.Related = []Location{{Path: f.Spec.BodyPath, Message: "expected here"}}
		if near, ok := p.fileLike(f.Spec.BodyPath); ok {
			out.Hint = fmt.Sprintf("did you mean %q?", near)
		} else {
			out.Hint = "create the file, or correct the name"
		}
	}
}

// fileLike finds a file in the folder of another one that has the same extension and a
// similar name. It returns the name without the folder.
func (p *RepoPass) fileLike(file string) (string, bool) {
	return p.nearest(path.Base(file), p.folders()[path.Dir(file)+"/"+path.Ext(file)])
}

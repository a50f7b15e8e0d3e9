package lint

import (
	"github.com/pdac-dev/pdac/internal/glob"
)

// rulePD204 finds Python files that no spec names.
func rulePD204() Rule {
	return Rule{
		ID: "PD204", Name: "unnamed-file", Severity: Warning,
		Doc: Doc{
			What: "No spec uses a Python file that is stored next to specs.",
			Why:  "The file is never deployed. Its spec is missing or names another file, or the file is a leftover.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("event") == "login"
-- rules/login_old.py --
def rule(event):
    return event.get("event") == "signin"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("event") == "login"
-- rules/login_test.py --
from login import rule

assert rule({"event": "login"})
`,
			Configure: "`ignore` lists files that need no spec, as globs relative to the repository root. In a repository without specs the rule finds nothing.",
		},
		Options: []Option{{Name: "ignore", Doc: "Globs of files that need no spec.", Default: []string{
			"**/test_*.py", "**/*_test.py", "**/*_tests.py", "**/tests/**", "**/conftest.py", "**/__init__.py", "**/setup.py",
		}}},
		Repo: pd204,
	}
}

func pd204(p *RepoPass) {
	ignore := p.Strings("ignore")
	if p.withoutSpecs() {
		return // these are files of something else
	}
	for f := range p.Pythons() {
		if len(p.NamedBy(f.Path)) > 0 || p.skippedBodies[f.Path] || matchesAny(ignore, f.Path) {
			continue
		}
		p.Report(f, Range{Line: 1, Column: 1, EndLine: 1, EndColumn: 2}, "no spec uses this file").Hint = "add a spec for it, set it as the Filename of a spec, or remove it"
	}
}

func matchesAny(globs []string, path string) bool {
	for _, g := range globs {
		if glob.Match(g, path) {
			return true
		}
	}
	return false
}

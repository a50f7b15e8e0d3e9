package lint

import (
	"fmt"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// rulePD312 finds mocks of undefined names.
func rulePD312() Rule {
	return Rule{
		ID: "PD312", Name: "mock-target", Severity: Error,
		Doc: Doc{
			What: "A mock of a test replaces a name that is neither in the Python file of the detection nor a builtin of Python.",
			Why:  "The test fails before it starts, and so does the upload. A name of a global can only be mocked if the detection imports it. A builtin such as `open` can always be mocked.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
Tests:
  - Name: Admin
    ExpectedResult: true
    Mocks:
      - objectName: isadmin
        returnValue: true
    Log: {user: root}
-- rules/login.py --
from acme_identity import is_admin


def rule(event):
    return is_admin(event.get("user"))
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
Tests:
  - Name: Admin
    ExpectedResult: true
    Mocks:
      - objectName: is_admin
        returnValue: true
    Log: {user: root}
-- rules/login.py --
from acme_identity import is_admin


def rule(event):
    return is_admin(event.get("user"))
`,
		},
		Spec: pd312,
	}
}

func pd312(p *SpecPass) {
	tests := p.Value("Tests")
	if tests == nil || tests.Kind != yaml.SequenceNode {
		return
	}
	b := bodyOf(p)
	if b == nil || b.symbols().StarImport {
		return
	}
	defined := b.symbols().Defined
	names := sync.OnceValue(func() []string { return sortedKeys(defined) })
	for _, t := range tests.Content {
		mocks := yamlcore.Lookup(yamlcore.Deref(t), "Mocks")
		if mocks == nil || mocks.Kind != yaml.SequenceNode {
			continue
		}
		for _, m := range mocks.Content {
			n := yamlcore.Lookup(yamlcore.Deref(m), "objectName")
			name := plainText(n)
			top, _, _ := strings.Cut(name, ".")
			if _, there := defined[top]; name == "" || there || moduleNames[top] || builtinNames[top] {
				continue
			}
			f := p.ReportNode(n, "%s has no %q to mock", p.Facts.Filename.Value, top)
			f.Key = name
			f.Related = []Location{{Path: p.Facts.BodyPath, Message: "the detection"}}
			if near, ok := p.nearest(top, names()); ok {
				f.Hint = fmt.Sprintf("did you mean %q?", near)
			} else {
				f.Hint = "use a name that the file defines or imports"
			}
		}
	}
}

package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/suggest"
)

// rulePD313 finds unknown severities.
func rulePD313() Rule {
	return Rule{
		ID: "PD313", Name: "severity-value", Severity: Error,
		Doc: Doc{
			What: "The function `severity` returns an unknown severity.",
			Why:  "The alert doesn't get the intended severity.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def severity(event):
    return "HIHG" if event.get("admin") else "DEFAULT"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def severity(event):
    return "HIGH" if event.get("admin") else "DEFAULT"
`,
		},
		Spec: pd313,
	}
}

// dynamicSeverities are the values that severity may return, in any case. DEFAULT
// is the severity of the spec.
var dynamicSeverities = []string{"INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL", "DEFAULT"}

func pd313(p *SpecPass) {
	b := bodyOf(p)
	if b == nil || entryFunction(p.Item.Type) == "" {
		return
	}
	f := b.plainFunction("severity")
	if f == nil {
		return
	}
	list, yields := returns(f)
	if yields {
		return
	}
	for _, r := range list {
		for _, e := range outcomes(r.Value) {
			c, ok := e.(*python.Constant)
			if !ok || c.Kind != python.Str || slices.Contains(dynamicSeverities, strings.ToUpper(c.Value)) {
				continue
			}
			out := p.ReportBody(b.header(c), "severity returns %q, which is not a severity", c.Value)
			if near, ok := suggest.Nearest(c.Value, dynamicSeverities); ok {
				out.Hint = fmt.Sprintf("did you mean %q?", near)
			} else {
				out.Hint = "use INFO, LOW, MEDIUM, HIGH, CRITICAL or DEFAULT"
			}
		}
	}
}

package lint

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD407 finds test events without the log type that a data model needs.
func rulePD407() Rule {
	return Rule{
		ID: "PD407", Name: "test-without-log-type", Severity: Warning,
		Doc: Doc{
			What: "The rule reads its event through a data model (`event.udm`), but the event of a test has no `p_log_type`.",
			Why:  "Without a log type no data model applies, so `udm` returns nothing and the test proves less than it appears to.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: {ip: 192.0.2.7}
-- rules/login.py --
def rule(event):
    return event.udm("source_ip") == "192.0.2.7"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: {ip: 192.0.2.7, p_log_type: Okta.SystemLog}
-- rules/login.py --
def rule(event):
    return event.udm("source_ip") == "192.0.2.7"
`,
		},
		Spec: pd407,
	}
}

var udmCall = lazyregexp.New(`\.udm\(\s*(?:"([^"\n]*)"|'([^'\n]*)')`)

// udmNames returns the fields that a Python file reads through data models. It
// searches the text: calls in comments are skipped, calls in strings count.
func udmNames(f *PythonFile) []string {
	if f == nil || !strings.Contains(f.Source.Text, ".udm(") {
		return nil
	}
	var out []string
	for line := range strings.Lines(f.Source.Text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, m := range udmCall.FindAllStringSubmatch(line, -1) {
			out = append(out, m[1]+m[2])
		}
	}
	return out
}

// judgesByUDM reports whether the code that decides on a match may read a data
// model: the function rule and everything in the file that it uses, directly or
// not. Functions for alerts only (title, alert_context) don't run for an event
// that should not match.
func judgesByUDM(f *PythonFile) bool {
	if f.module == nil {
		return true
	}
	functions, rest := map[string]python.Node{}, []python.Node{}
	for _, s := range f.module.Body {
		if d, ok := s.(*python.FunctionDef); ok {
			functions[d.Name] = d
		} else {
			rest = append(rest, s)
		}
	}
	found, visited := false, map[string]bool{"rule": true}
	// Code outside functions runs when the module is imported, and classes may be
	// used from anywhere.
	todo := append(rest, functions["rule"])
	for len(todo) > 0 && !found {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == nil {
			return true
		}
		python.Inspect(n, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Attribute:
				found = found || n.Attr == "udm"
			case *python.Name:
				if d := functions[n.ID]; d != nil && !visited[n.ID] {
					visited[n.ID] = true
					todo = append(todo, d)
				}
			}
			return !found
		})
	}
	return found
}

func pd407(p *SpecPass) {
	if p.Item.Type != repo.TypeRule {
		return
	}
	names := udmNames(p.Body())
	if len(names) == 0 {
		return
	}
	all := judgesByUDM(p.Body())
	var without []unitTest
	for _, t := range unitTests(p) {
		if t.event == nil || t.logType() != nil || t.name == nil {
			continue
		}
		if v, err := yamlcore.Value(t.want); all || err != nil || v != false {
			without = append(without, t)
		}
	}
	if len(without) == 0 {
		return
	}
	more := ""
	if n := len(without) - 1; n > 0 {
		more = fmt.Sprintf(" (and neither do %d more)", n)
	}
	f := p.ReportNode(without[0].name, "the rule reads %q through a data model, but the event of %s has no p_log_type%s", names[0], without[0].label(), more)
	f.Hint = "add p_log_type with one of the rule's LogTypes"
}

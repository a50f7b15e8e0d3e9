package lint

import (
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// rulePD411 finds values of test events that no event has.
func rulePD411() Rule {
	return Rule{
		ID: "PD411", Name: "odd-test-value", Severity: Warning,
		Doc: Doc{
			What: "A test event has a date that does not exist, a value with a lone quote at its end (`bob@example.com\"`), or a key such as `n:1`, for which a blank is missing.",
			Why:  "No real event has this value, so the test doesn't show how the rule treats real events. Code that parses the date fails.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
Tests:
  - Name: A login
    ExpectedResult: true
    Log: {time: "2026-01-00T00:00:00Z", n:1, user: bob@example.com"}
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
Tests:
  - Name: A login
    ExpectedResult: true
    Log: {time: "2026-01-01T00:00:00Z", n: 1, user: bob@example.com}
`,
		},
		Spec: pd411,
	}
}

var (
	isoDate   = lazyregexp.New(`^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?$`)
	gluedPair = lazyregexp.New(`^[A-Za-z_]\w*:[\w.-]+$`)
)

func pd411(p *SpecPass) {
	for _, t := range unitTests(p) {
		if t.event != nil {
			p.oddValues(t.event, 0)
		}
	}
}

// oddValues looks through an event; aliases are looked at where they are anchored.
func (p *SpecPass) oddValues(n *yaml.Node, depth int) {
	const deepest = 100
	if depth > deepest {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if n.Style&yaml.FlowStyle != 0 && key.Style == 0 && value.Tag == "!!null" && value.Value == "" && gluedPair.MatchString(key.Value) {
				f := p.ReportNode(key, "%q is a key without a value", key.Value)
				f.Hint = "write a blank after the colon"
			}
			p.oddValues(value, depth+1)
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			p.oddValues(c, depth+1)
		}
	case yaml.ScalarNode:
		if what := oddDate(n.Value); what != "" {
			p.ReportNode(n, "the date %q does not exist: %s", n.Value, what).Hint = "write a date that exists"
		}
		if v := n.Value; n.Style == 0 && len(v) > 2 && v[len(v)-1] == '"' && strings.Count(v, `"`) == 1 && !strings.ContainsAny(v, " \t") {
			if s, err := yamlcore.Scalar(n); err == nil && s == v {
				p.ReportNode(n, "the value %s ends with a lone quote", v).Hint = "remove the quote, or write one at the start, too"
			}
		}
	}
}

// oddDate says why a text that has the form of a date is none.
func oddDate(text string) string {
	if len(text) < 10 || text[4] != '-' {
		return ""
	}
	m := isoDate.FindStringSubmatch(text)
	if m == nil || strings.HasPrefix(m[1], "0000") {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, m[1]); err != nil {
		return "there is no " + m[1]
	}
	if m[2] == "" || m[2] == "24:00:00" || m[2][6:] == "60" {
		return "" // midnight, and leap seconds
	}
	if _, err := time.Parse(time.TimeOnly, m[2]); err != nil {
		return "there is no " + m[2]
	}
	return ""
}

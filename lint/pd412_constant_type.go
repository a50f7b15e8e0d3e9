package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// rulePD412 finds comparisons with constants of another type than the events have.
func rulePD412() Rule {
	return Rule{
		ID: "PD412", Name: "constant-type", Severity: Warning,
		Doc: Doc{
			What: "A value of the event is compared with a constant of another type than in every test event: a text and a number, or a text and true or false.",
			Why:  "The two are never equal, so the check does nothing.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
Tests:
  - Name: Refused
    ExpectedResult: true
    Log: {status: 403}
-- rules/login.py --
def rule(event):
    return event.get("status") == "403"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
Tests:
  - Name: Refused
    ExpectedResult: true
    Log: {status: 403}
-- rules/login.py --
def rule(event):
    return event.get("status") == 403
`,
		},
		Spec: pd412,
	}
}

func pd412(p *SpecPass) {
	b := bodyOf(p)
	if b == nil || entryFunction(p.Item.Type) == "" {
		return
	}
	var events []*yaml.Node
	for _, t := range unitTests(p) {
		if t.event != nil && t.event.Kind == yaml.MappingNode {
			events = append(events, t.event)
		}
	}
	if len(events) == 0 {
		return
	}
	paths := map[python.Expr]keyPath{}
	for _, path := range bodyPaths(p) {
		if path.whole {
			paths[path.call] = path
		}
	}
	for _, c := range b.compares {
		if len(c.Ops) != 1 || !slices.Contains([]python.Operator{python.Eq, python.NotEq, python.In, python.NotIn}, c.Ops[0]) {
			continue
		}
		path, constants := paths[c.Left], constantsOf(c.Comparators[0], c.Ops[0])
		if len(path.keys) == 0 && (c.Ops[0] == python.Eq || c.Ops[0] == python.NotEq) {
			path, constants = paths[c.Comparators[0]], constantsOf(c.Left, c.Ops[0])
		}
		if len(path.keys) == 0 || len(constants) == 0 {
			continue
		}
		has := path.types(events)
		wants := map[string]bool{}
		for _, k := range constants {
			wants[constantType(k)] = true
		}
		if len(has) != 1 || len(wants) != 1 || has[sortedKeys(wants)[0]] || wants[""] || has[""] {
			continue
		}
		is, want := sortedKeys(has)[0], sortedKeys(wants)[0]
		if is == "true or false" && want == "a number" || is == "a number" && want == "true or false" {
			continue // which can be equal
		}
		out := p.ReportBody(b.rangeOf(constants[0]), "%s is %s, but %q is %s in every test event", b.text(constants[0]), want, strings.Join(path.keys, "."), is)
		out.Hint = "compare with a value of that type"
	}
}

// constantsOf returns the constants that are compared: one, or those of a list behind in.
func constantsOf(e python.Expr, op python.Operator) (out []*python.Constant) {
	list := []python.Expr{e}
	if op == python.In || op == python.NotIn {
		switch e := e.(type) {
		case *python.Tuple:
			list = e.Elts
		case *python.List:
			list = e.Elts
		case *python.Set:
			list = e.Elts
		default:
			return nil
		}
	}
	for _, x := range list {
		c, ok := x.(*python.Constant)
		if !ok {
			return nil
		}
		out = append(out, c)
	}
	return out
}

func constantType(c *python.Constant) string {
	switch c.Kind {
	case python.Str, python.Int, python.Float, python.True, python.False:
		return valueType(c)
	}
	return ""
}

// types returns the types that the value of a path has in some events; "" stands for
// anything that is no text, number or bool.
func (k keyPath) types(events []*yaml.Node) map[string]bool {
	out := map[string]bool{}
	for _, n := range events {
		for _, key := range k.keys {
			if n = k.lookup(n, key); n == nil {
				break
			}
			if n = yamlcore.Deref(n); n.Kind != yaml.MappingNode {
				break
			}
		}
		if n == nil {
			continue
		}
		if n.Kind != yaml.ScalarNode {
			out[""] = true
			continue
		}
		switch v, err := yamlcore.Scalar(n); v.(type) {
		case string:
			out["a string"] = true
		case bool:
			out["true or false"] = true
		case nil:
			if err != nil {
				out[""] = true
			}
		default:
			out["a number"] = true
		}
	}
	return out
}

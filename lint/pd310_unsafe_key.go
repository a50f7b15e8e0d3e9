package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD310 finds reads of event keys that may be missing.
func rulePD310() Rule {
	return Rule{
		ID: "PD310", Name: "unsafe-key", Severity: Info,
		Doc: Doc{
			What: "A function reads a value of the event with `event[\"key\"]`, which fails if the key is missing.",
			Why:  "Not every event has every key. The error stops the rule for that event, and a rule that fails creates no alert.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event["actor"]["email"] == "root@example.com"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.deep_get("actor", "email") == "root@example.com"
`,
		},
		Spec: pd310,
	}
}

func pd310(p *SpecPass) {
	b, entry := bodyOf(p), entryFunction(p.Item.Type)
	if b == nil || entry != "rule" {
		return
	}
	for _, s := range b.subscripts {
		v, isName := s.Value.(*python.Name)
		key, isConstant := s.Slice.(*python.Constant)
		if !isName || !isConstant || key.Kind != python.Str || s.Ctx != python.Load || s.guarded || s.function == nil {
			continue
		}
		// Panther adds the keys that begin with p_ to every event.
		if strings.HasPrefix(key.Value, "p_") || s.function.Name != entry && !slices.Contains(optionalFunctions, s.function.Name) {
			continue
		}
		params := append(slices.Clone(s.function.Args.Posonlyargs), s.function.Args.Args...)
		if len(params) == 0 || params[0].Arg != v.ID || asksFor(s.function, v.ID, key.Value) {
			continue
		}
		out := p.ReportBody(b.header(s.Subscript), "%s fails if the event has no %q", b.text(s.Subscript), key.Value)
		out.Hint = fmt.Sprintf("use %s.get(%q)", v.ID, key.Value)
	}
}

// asksFor reports whether a function checks that the event has a key.
func asksFor(f *python.FunctionDef, event, key string) (found bool) {
	python.Inspect(f, func(n python.Node) bool {
		c, ok := n.(*python.Compare)
		if ok && len(c.Ops) == 1 && (c.Ops[0] == python.In || c.Ops[0] == python.NotIn) {
			k, isKey := c.Left.(*python.Constant)
			v, isName := c.Comparators[0].(*python.Name)
			found = found || isKey && isName && k.Value == key && v.ID == event
		}
		return !found
	})
	return found
}

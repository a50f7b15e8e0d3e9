package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD330 finds checks for types that parts of the event never have.
func rulePD330() Rule {
	return Rule{
		ID: "PD330", Name: "immutable-type", Severity: Warning,
		Doc: Doc{
			What: "`isinstance` asks whether a part of the event is a `list` or a `dict`.",
			Why:  "In Panther the lists and dicts of an event are immutable and of other types, so the answer is always false, and the code behind the check never runs. In tests with plain dicts it does.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    groups = event.get("groups")
    return isinstance(groups, list) and "admin" in groups
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
from collections.abc import Sequence


def rule(event):
    groups = event.get("groups")
    return isinstance(groups, Sequence) and not isinstance(groups, str) and "admin" in groups
`,
			Configure: "What `deep_walk` returns is a list of its own. Policies are not checked.",
		},
		Spec: pd330,
	}
}

// immutableTypes are the abstract types that the event's own have, by those that they
// don't.
var immutableTypes = map[string]string{"list": "Sequence", "dict": "Mapping"}

func pd330(p *SpecPass) {
	f := flowOf(p)
	if f == nil {
		return
	}
	for _, c := range f.typeChecks {
		types := []python.Expr{c.Args[1]}
		if t, ok := c.Args[1].(*python.Tuple); ok {
			types = t.Elts
		}
		var never, instead []string
		for _, t := range types {
			if n, ok := t.(*python.Name); ok && immutableTypes[n.ID] != "" && f.b.name(n) == n.ID {
				never, instead = append(never, n.ID), append(instead, immutableTypes[n.ID])
			}
		}
		if len(never) == 0 || len(never) < len(types) {
			continue
		}
		out := p.ReportBody(f.b.header(c), "%s is never a %s in Panther, whose events are immutable", f.b.short(c.Args[0]), strings.Join(never, " or a "))
		out.Hint = "ask for " + strings.Join(instead, " or ") + " of collections.abc"
	}
}

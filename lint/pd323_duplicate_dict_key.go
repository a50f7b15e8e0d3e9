package lint

import (
	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD323 finds dict keys that are given twice.
func rulePD323() Rule {
	return Rule{
		ID: "PD323", Name: "duplicate-dict-key", Severity: Warning,
		Doc: Doc{
			What: "A dict has the same key twice.",
			Why:  "Python keeps only the last value, so an entry of an allowlist or a mapping has no effect.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
LIMITS = {"root": 1, "admin": 5, "root": 10}


def rule(event):
    return event.get("count", 0) > LIMITS.get(event.get("user"), 100)
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
LIMITS = {"root": 1, "admin": 5}


def rule(event):
    return event.get("count", 0) > LIMITS.get(event.get("user"), 100)
`,
		},
		Spec: pd323,
	}
}

func pd323(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	type key struct {
		kind  python.ConstKind
		value string
	}
	for _, d := range b.dicts {
		if len(d.Keys) < 2 {
			continue
		}
		first := make(map[key]python.Expr, len(d.Keys))
		for _, k := range d.Keys {
			c, ok := k.(*python.Constant)
			if !ok {
				if k == nil {
					clear(first) // **other may change what is before it, on purpose
				}
				continue
			}
			id := key{c.Kind, c.Value}
			if was := first[id]; was != nil {
				out := p.ReportBody(b.header(c), "key %s is already in this dict", b.text(c))
				out.Key = c.Value
				out.Hint = "remove one of the two; only the last value counts"
				out.Related = append(out.Related, Location{Path: b.Source.Path, Range: b.rangeOf(was), Message: "same key"})
				continue
			}
			first[id] = c
		}
	}
}

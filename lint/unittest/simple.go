package unittest

import (
	"github.com/pdac-dev/pdac/internal/detection"
	"github.com/pdac-dev/pdac/repo"
)

// verdict is what Go decided about an event: true, false, or nil with the reason.
type verdict struct {
	value  *bool
	unsure string
}

func decided(v bool) verdict { return verdict{value: &v} }

// evaluate decides what the match expressions of a detection say about an event; all
// must hold.
func evaluate(list []*detection.Expression, event string) verdict {
	if len(list) == 0 {
		return decided(true)
	}
	return verdict{unsure: "pdac can't evaluate match expressions yet"}
}

// correlate decides a test of a correlation rule.
func correlate(*repo.Item, repo.UnitTest) verdict {
	return verdict{unsure: "pdac can't evaluate correlation rules yet"}
}

// judgeInGo judges the tests of a detection that is not Python.
func (r *run) judgeInGo(u *unit, code, own *repo.Item) {
	for i, t := range u.tests {
		if !u.chosen[i] || u.results[i].Status != "" {
			continue
		}
		if code.Type == repo.TypeCorrelationRule {
			u.results[i].judge(correlate(code, t))
			continue
		}
		if r.filter(u, i, code, own) {
			continue
		}
		spec, _ := detection.Read(code.Root)
		u.results[i].judge(evaluate(spec.Detection, t.Event))
	}
}

// filter applies inline filters, which Panther does before it calls the rule, and reports
// whether that decides the test.
func (r *run) filter(u *unit, i int, code, own *repo.Item) bool {
	from := code
	if u.spec.Filters {
		from = own
	}
	spec, _ := detection.Read(from.Root)
	v := evaluate(spec.Filters, u.tests[i].Event)
	if v.value != nil && *v.value {
		return false
	}
	u.results[i].judge(v)
	return true
}

package unittest

import (
	"encoding/json"
	"strings"

	"github.com/pdac-dev/pdac/internal/correlation"
	"github.com/pdac-dev/pdac/internal/detection"
	"github.com/pdac-dev/pdac/internal/verdict"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// judgeInGo judges the tests of a detection that is not Python.
func (r *run) judgeInGo(u *unit, code, own *repo.Item) {
	var spec *detection.Spec
	if code.Type != repo.TypeCorrelationRule {
		spec, _ = detection.Read(code.Root)
	}
	filters := u.filtersOf(code, own)
	for i, t := range u.tests {
		switch {
		case !u.chosen[i] || u.results[i].Status != "":
		case spec == nil:
			u.results[i].judge(correlate(code, t))
		case u.filter(i, filters):
		default:
			u.results[i].judge(match(spec, t.Event))
			u.results[i].Outputs = simpleOutputs(spec, t.Event, u.results[i].Returned)
		}
	}
}

// correlate decides a test of a correlation rule.
func correlate(it *repo.Item, t repo.UnitTest) verdict.Answer {
	rule, err := yamlcore.Value(yamlcore.Lookup(it.Root, "Detection"))
	if err != nil {
		return verdict.Open("the Detection can't be read: %v", err)
	}
	outputs, err := yamlcore.Value(yamlcore.Lookup(t.Node, "RuleOutputs"))
	if err != nil {
		return verdict.Open("the RuleOutputs can't be read: %v", err)
	}
	return correlation.Eval(rule, outputs)
}

// match decides about an event by match expressions.
func match(s *detection.Spec, event string) verdict.Answer {
	v, err := detection.DecodeEvent([]byte(event))
	if err != nil {
		return verdict.Open("the event can't be read: %v", err)
	}
	return s.Match(v)
}

// filters are the inline filters that apply to the tests of a detection.
type filters struct {
	*detection.Spec
	// foreign reports whether the tests are of a base that does not have these filters.
	foreign bool
}

// filtersOf returns the inline filters that count for a detection's tests; nil without any.
func (u *unit) filtersOf(code, own *repo.Item) *filters {
	s, of := filtersOf(code, own)
	if s == nil {
		return nil
	}
	return &filters{s, of == own && u.item.tests != u.item.spec}
}

// filtersOf returns the inline filters that count, and the spec that has them; nil without any.
// Those of a derived rule replace those of its base.
func filtersOf(code, own *repo.Item) (*detection.Spec, *repo.Item) {
	for _, it := range []*repo.Item{own, code} {
		if yamlcore.Lookup(it.Root, "InlineFilters") != nil {
			s, _ := detection.Read(it.Root)
			return s, it
		}
	}
	return nil, nil
}

// filter applies inline filters, which Panther does before it calls the rule, and reports
// whether that decides the test. A test that a derived rule has from its base was written
// without the filters of the derived rule, so an event that they drop says nothing.
func (u *unit) filter(i int, f *filters) bool {
	if f == nil {
		return false
	}
	a := verdict.Open("the event can't be read")
	if v, err := detection.DecodeEvent([]byte(u.tests[i].Event)); err == nil {
		a = f.Filter(v)
	}
	switch {
	case a.Verdict == verdict.True:
		return false
	case a.Verdict == verdict.False && f.foreign:
		a = verdict.Open("it is a test of the base, and the inline filters of the derived rule drop its event (%s); give the derived rule tests of its own", a.Reason)
	case a.Verdict == verdict.False:
		a.Reason = "the inline filters drop the event: " + a.Reason
	}
	u.results[i].judge(a)
	return true
}

// simpleOutputs are what the alert of a simple detection says, as far as the documentation
// leaves no doubt; nil without an alert.
func simpleOutputs(s *detection.Spec, event string, alert *bool) map[string]json.RawMessage {
	if alert == nil || !*alert {
		return nil
	}
	v, err := detection.DecodeEvent([]byte(event))
	if err != nil {
		return nil
	}
	out := map[string]json.RawMessage{}
	for name, text := range outputsOf(s, v) {
		if text != "" {
			out[name] = json.RawMessage(jsonText(text))
		}
	}
	return out
}

// outputsOf are the outputs of a simple detection that depend on the event.
func outputsOf(s *detection.Spec, event any) map[string]string {
	out := map[string]string{}
	if severity, open := s.SeverityFor(event, ""); open == "" {
		out["severity"] = strings.ToUpper(severity)
	}
	if title, open := s.TitleFor(event); open == "" {
		out["title"] = title
	}
	if context, open := s.ContextFor(event); open == "" && len(context) > 0 {
		if text, err := json.Marshal(context); err == nil {
			out["alert_context"] = string(text)
		}
	}
	return out
}

package detection

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/verdict"
)

// Verdict and Answer say whether an expression matches an event.
type (
	Verdict = verdict.Verdict
	Answer  = verdict.Answer
)

// The verdicts.
const (
	Unsure = verdict.Unsure
	False  = verdict.False
	True   = verdict.True
)

// maxSteps limits the cost of one evaluation. An expression looks at each part of the
// event at most once, so real ones need a few hundred.
const maxSteps = 2_000_000

// evaluation is one evaluation of expressions.
type evaluation struct {
	// filters is set for inline filters, where an empty All filters nothing.
	filters bool
	steps   int
}

// Eval reports whether an expression matches an event: a value of the JSON model (see
// DecodeEvent). It claims only what Panther documents: whatever the documentation leaves
// open is Unsure. An expression with problems is Unsure too.
func Eval(e *Expression, event any) Answer {
	return (&evaluation{}).expression(e, event)
}

// Match reports whether the expressions of Detection match an event: all of them must.
func (s *Spec) Match(event any) Answer {
	if s.flawed.detection {
		return verdict.Open("the match expressions have problems; pdac lint shows them")
	}
	if len(s.Detection) == 0 {
		return verdict.Open("the rule has no match expressions")
	}
	return (&evaluation{}).all(s.Detection, event)
}

// Filter reports whether an event passes the inline filters. Panther asks them before
// the rule sees the event. Without filters every event passes.
func (s *Spec) Filter(event any) Answer {
	if s.flawed.filters {
		return verdict.Open("the inline filters have problems; pdac lint shows them")
	}
	return (&evaluation{filters: true}).all(s.Filters, event)
}

func (v *evaluation) expression(e *Expression, at any) Answer {
	if v.steps++; v.steps > maxSteps {
		return verdict.Open("the event is too large for these match expressions")
	}
	switch {
	case e == nil:
		return verdict.Open("a match expression has problems; pdac lint shows them")
	case e.Combinator != "":
		return v.group(e, at)
	case e.Condition == nil:
		return verdict.Open("a match expression has no known condition; pdac lint shows its problems")
	case e.Condition.Name == "AlwaysTrue":
		return verdict.Yes
	case e.Condition.Name == "AlwaysFalse":
		return verdict.No("AlwaysFalse never matches")
	case e.Condition.Takes == TakesExpressions:
		return v.elements(e, at)
	}
	return v.condition(e, at)
}

// all is true if all expressions are, false if one is.
func (v *evaluation) all(list []*Expression, at any) Answer {
	out := verdict.Yes
	for _, e := range list {
		switch a := v.expression(e, at); {
		case a.Verdict == False:
			return a
		case a.Verdict == Unsure && out.Verdict == True:
			out = a
		}
	}
	return out
}

// tally counts the answers of a group or of the elements of a list.
type tally struct {
	n, matches, open int
	// missed and doubt are the first reasons of each kind.
	missed, doubt string
}

func (t *tally) add(a Answer) {
	t.n++
	switch a.Verdict {
	case True:
		t.matches++
	case False:
		if t.missed == "" {
			t.missed = a.Reason
		}
	default:
		if t.open++; t.doubt == "" {
			t.doubt = a.Reason
		}
	}
}

// any, every, one and none judge the tally; what names the members, such as "expressions".
func (t *tally) any(what string) Answer {
	switch {
	case t.matches > 0:
		return verdict.Yes
	case t.open > 0:
		return verdict.Open("%s", t.doubt)
	case t.n == 1:
		return verdict.No("%s", t.missed)
	}
	return verdict.No("none of the %d %s matches; the first: %s", t.n, what, t.missed)
}

func (t *tally) every() Answer {
	switch {
	case t.matches+t.open < t.n:
		return verdict.No("%s", t.missed)
	case t.open > 0:
		return verdict.Open("%s", t.doubt)
	}
	return verdict.Yes
}

func (t *tally) one(what string) Answer {
	switch {
	case t.matches > 1:
		return verdict.No("%d of the %d %s match, not exactly one", t.matches, t.n, what)
	case t.open > 0:
		return verdict.Open("%s", t.doubt)
	case t.matches == 1:
		return verdict.Yes
	}
	return verdict.No("none of the %d %s matches, not exactly one; the first: %s", t.n, what, t.missed)
}

func (t *tally) none(what string) Answer {
	switch {
	case t.matches > 0:
		return verdict.No("%d of the %d %s match, but none may", t.matches, t.n, what)
	case t.open > 0:
		return verdict.Open("%s", t.doubt)
	}
	return verdict.Yes
}

func (v *evaluation) group(e *Expression, at any) Answer {
	if len(e.Inner) == 0 {
		if v.filters && e.Combinator == "All" {
			return verdict.Yes
		}
		return verdict.Open("%s has no expressions, and Panther does not document what it is then", e.Combinator)
	}
	var t tally
	for _, i := range e.Inner {
		t.add(v.expression(i, at))
	}
	switch e.Combinator {
	case "All":
		return t.every()
	case "Any":
		return t.any("expressions of Any")
	case "OnlyOne":
		return t.one("expressions of OnlyOne")
	case "None":
		return t.none("expressions of None")
	}
	return verdict.Open("%s is not a known combinator", e.Combinator)
}

// elements applies expressions to the elements of a list.
func (v *evaluation) elements(e *Expression, at any) Answer {
	name := e.label()
	found := v.find(e.Key, at)
	if found.doubt != "" {
		return verdict.Open("%s: %s", name, found.doubt)
	}
	list, isList := found.value.([]any)
	positive := e.Condition.Name == "AnyElement" || e.Condition.Name == "OnlyOneElement"
	switch {
	case len(e.Inner) == 0:
		return verdict.Open("%s has no expressions for the elements", name)
	case found.missing && positive:
		return verdict.No("%s: the event has no such list", name)
	case found.missing || found.value == nil:
		return verdict.Open("%s: the event has no such list, and Panther does not document the result", name)
	case !isList:
		return verdict.Open("%s: the event has %s there, not a list", name, show(found.value))
	case len(list) == 0 && positive:
		return verdict.No("%s: the list is empty", name)
	case len(list) == 0:
		return verdict.Open("%s: the list is empty, and Panther does not document the result", name)
	case found.gaps:
		return verdict.Open("%s: some elements on the way to the list have no such key", name)
	}
	var t tally
	for i, x := range list {
		a := v.all(e.Inner, x)
		if a.Reason != "" {
			a.Reason = fmt.Sprintf("%s: element %d: %s", name, i, a.Reason)
		}
		t.add(a)
	}
	switch e.Condition.Name {
	case "AnyElement":
		return t.any("elements")
	case "AllElements":
		return t.every()
	case "OnlyOneElement":
		return t.one("elements")
	}
	if a := t.none("elements"); a.Verdict == False {
		return verdict.No("%s: %s", name, a.Reason)
	} else {
		return a
	}
}

// label names an expression in a reason: its key and its condition.
func (e *Expression) label() string {
	parts := []string{}
	switch {
	case e.Key != nil:
		parts = append(parts, e.Key.String())
	case len(e.Operands) == 2 && e.Operands[0].Key != nil && e.Operands[1].Key != nil:
		parts = append(parts, e.Operands[0].Key.String()+" and "+e.Operands[1].Key.String())
	}
	return strings.Join(append(parts, e.Condition.Name), " ")
}

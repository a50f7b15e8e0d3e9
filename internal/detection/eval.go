package detection

import (
	"fmt"
	"strings"
)

// Verdict is the answer of an expression for one event.
type Verdict int

// The verdicts. The zero value claims nothing.
const (
	Unsure Verdict = iota
	False
	True
)

func (v Verdict) String() string {
	return [...]string{"unsure", "false", "true"}[v]
}

// Answer says whether an expression matches an event.
type Answer struct {
	Verdict Verdict
	// Reason says why the verdict is not True, in one sentence without a full stop:
	// which condition failed, or what Panther's documentation leaves open.
	Reason string
}

var yes = Answer{Verdict: True}

func no(format string, args ...any) Answer {
	return Answer{False, fmt.Sprintf(format, args...)}
}

func unsure(format string, args ...any) Answer {
	return Answer{Unsure, fmt.Sprintf(format, args...)}
}

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
		return unsure("the match expressions have problems; pdac lint shows them")
	}
	if len(s.Detection) == 0 {
		return unsure("the rule has no match expressions")
	}
	return (&evaluation{}).all(s.Detection, event)
}

// Filter reports whether an event passes the inline filters. Panther asks them before
// the rule sees the event. Without filters every event passes.
func (s *Spec) Filter(event any) Answer {
	if s.flawed.filters {
		return unsure("the inline filters have problems; pdac lint shows them")
	}
	return (&evaluation{filters: true}).all(s.Filters, event)
}

func (v *evaluation) expression(e *Expression, at any) Answer {
	if v.steps++; v.steps > maxSteps {
		return unsure("the event is too large for these match expressions")
	}
	switch {
	case e == nil:
		return unsure("a match expression has problems; pdac lint shows them")
	case e.Combinator != "":
		return v.group(e, at)
	case e.Condition == nil:
		return unsure("a match expression has no known condition; pdac lint shows its problems")
	case e.Condition.Name == "AlwaysTrue":
		return yes
	case e.Condition.Name == "AlwaysFalse":
		return no("AlwaysFalse never matches")
	case e.Condition.Takes == TakesExpressions:
		return v.elements(e, at)
	}
	return v.condition(e, at)
}

// all is true if all expressions are, false if one is.
func (v *evaluation) all(list []*Expression, at any) Answer {
	out := yes
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
		return yes
	case t.open > 0:
		return unsure("%s", t.doubt)
	case t.n == 1:
		return no("%s", t.missed)
	}
	return no("none of the %d %s matches; the first: %s", t.n, what, t.missed)
}

func (t *tally) every() Answer {
	switch {
	case t.matches+t.open < t.n:
		return no("%s", t.missed)
	case t.open > 0:
		return unsure("%s", t.doubt)
	}
	return yes
}

func (t *tally) one(what string) Answer {
	switch {
	case t.matches > 1:
		return no("%d of the %d %s match, not exactly one", t.matches, t.n, what)
	case t.open > 0:
		return unsure("%s", t.doubt)
	case t.matches == 1:
		return yes
	}
	return no("none of the %d %s matches, not exactly one; the first: %s", t.n, what, t.missed)
}

func (t *tally) none(what string) Answer {
	switch {
	case t.matches > 0:
		return no("%d of the %d %s match, but none may", t.matches, t.n, what)
	case t.open > 0:
		return unsure("%s", t.doubt)
	}
	return yes
}

func (v *evaluation) group(e *Expression, at any) Answer {
	if len(e.Inner) == 0 {
		if v.filters && e.Combinator == "All" {
			return yes
		}
		return unsure("%s has no expressions, and Panther does not document what it is then", e.Combinator)
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
	return unsure("%s is not a known combinator", e.Combinator)
}

// elements applies expressions to the elements of a list.
func (v *evaluation) elements(e *Expression, at any) Answer {
	name := e.label()
	found := v.find(e.Key, at)
	if found.doubt != "" {
		return unsure("%s: %s", name, found.doubt)
	}
	list, isList := found.value.([]any)
	positive := e.Condition.Name == "AnyElement" || e.Condition.Name == "OnlyOneElement"
	switch {
	case len(e.Inner) == 0:
		return unsure("%s has no expressions for the elements", name)
	case found.missing && positive:
		return no("%s: the event has no such list", name)
	case found.missing || found.value == nil:
		return unsure("%s: the event has no such list, and Panther does not document the result", name)
	case !isList:
		return unsure("%s: the event has %s there, not a list", name, show(found.value))
	case len(list) == 0 && positive:
		return no("%s: the list is empty", name)
	case len(list) == 0:
		return unsure("%s: the list is empty, and Panther does not document the result", name)
	case found.gaps:
		return unsure("%s: some elements on the way to the list have no such key", name)
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
		return no("%s: %s", name, a.Reason)
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

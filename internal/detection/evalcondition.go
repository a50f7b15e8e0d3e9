package detection

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/verdict"
)

// positive returns the condition that a negative one negates.
func positive(name string) (base string, negative bool) {
	switch name {
	case "DoesNotEqual":
		return "Equals", true
	case "IDoesNotEqual":
		return "IEquals", true
	case "DoesNotContain", "IDoesNotContain":
		return strings.Replace(name, "DoesNotContain", "Contains", 1), true
	case "DoesNotStartWith", "IDoesNotStartWith":
		return strings.Replace(name, "DoesNotStartWith", "StartsWith", 1), true
	case "DoesNotEndWith", "IDoesNotEndWith":
		return strings.Replace(name, "DoesNotEndWith", "EndsWith", 1), true
	case "DoesNotExist":
		return "Exists", true
	case "IsNotIn":
		return "IsIn", true
	case "IsNotNull":
		return "IsNull", true
	case "IsNotNullOrEmpty":
		return "IsNullOrEmpty", true
	case "IsIPAddressNotInCIDR":
		return "IsIPAddressInCIDR", true
	case "CIDRDoesNotContainIPAddresses":
		return "CIDRContainsIPAddresses", true
	}
	return name, false
}

// finding is the answer of a positive condition for one value.
type finding struct {
	verdict Verdict
	// doubt says what is unclear. If the verdict is False it says why the negative
	// condition is not simply true: the value is of a type that the condition is not for.
	doubt string
}

func is(b bool) finding {
	if b {
		return finding{verdict: True}
	}
	return finding{verdict: False}
}

func doubtful(why string) finding { return finding{doubt: why} }

// condition evaluates a condition on one value, or on the values of a [*].
func (v *evaluation) condition(e *Expression, at any) Answer {
	name := e.label()
	key, operands := e.Key, e.Operands
	twoKeys := key == nil && len(operands) == 2 && operands[0].Key != nil && operands[1].Key != nil
	if twoKeys {
		key, operands = operands[0].Key, operands[1:]
	}
	got := v.find(key, at)
	with, doubt := v.operands(operands, at, twoKeys, got)
	if got.doubt != "" {
		doubt = got.doubt
	}
	if doubt == "" && e.Condition.Takes != TakesNothing && len(with) == 0 {
		doubt = "it has no value to compare with"
	}
	if doubt == "" && v.costs(got.value, with) {
		doubt = "the event is too large for these match expressions"
	}
	if doubt != "" {
		return verdict.Open("%s: %s", name, doubt)
	}
	base, negative := positive(e.Condition.Name)
	f := v.ask(base, got, with)
	switch {
	case f.verdict == Unsure, f.verdict == False && negative && f.doubt != "":
		return verdict.Open("%s: %s", name, f.doubt)
	case (f.verdict == True) != negative:
		return verdict.Yes
	case got.missing:
		return verdict.No("%s: the event has no such key", name)
	}
	return verdict.No("%s%s: the event has %s", name, shown(with), show(got.value))
}

// costs adds the steps that comparing a value costs, and reports whether there are too many.
func (v *evaluation) costs(value any, with []operand) bool {
	n := 1
	if list, ok := value.([]any); ok {
		n = len(list) + 1
	}
	v.steps += n * max(len(with), 1)
	return v.steps > maxSteps
}

// operands returns the values to compare with.
func (v *evaluation) operands(list []Operand, at any, twoKeys bool, got found) (out []operand, doubt string) {
	for _, o := range list {
		switch {
		case o.Key == nil:
			out = append(out, operand{scalar(o.Node), o.Node.Value})
		case !twoKeys:
			return nil, "Panther does not document a key as the value to compare with"
		default:
			other := v.find(o.Key, at)
			switch {
			case other.doubt != "":
				return nil, other.doubt
			case got.missing || other.missing || got.value == nil || other.value == nil || got.wild || other.wild:
				return nil, "Panther does not document the result unless the event has one value for each key"
			}
			out = append(out, operand{value: other.value})
		}
	}
	return out, ""
}

// shown returns the operands for a reason.
func shown(with []operand) string {
	switch len(with) {
	case 0:
		return ""
	case 1:
		return " " + show(with[0].value)
	}
	parts := []string{}
	for i, o := range with {
		if i == 3 {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, show(o.value))
	}
	return " [" + strings.Join(parts, ", ") + "]"
}

// ask answers a positive condition for what a key selects.
func (v *evaluation) ask(base string, got found, with []operand) finding {
	switch {
	case got.missing:
		return absent(base)
	case !got.wild:
		return test(base, got.value, with)
	}
	list := got.value.([]any)
	if f := test(base, got.value, with); base == "Contains" && f.verdict == True {
		return f
	}
	if got.gaps || len(list) == 0 {
		return doubtful("Panther does not document the result if [*] selects nothing in some or all elements")
	}
	// Whether any value, all values or the list as a whole must match is not documented.
	first := test(base, list[0], with)
	out := finding{test(base, got.value, with).verdict, first.doubt}
	for _, x := range list {
		f := test(base, x, with)
		if f.verdict != out.verdict {
			return doubtful("Panther does not document whether any or all values of [*] must match")
		}
		if f.doubt != "" {
			out.doubt = f.doubt
		}
	}
	return out
}

// absent answers a positive condition for a key that the event does not have.
func absent(base string) finding {
	switch base {
	case "Exists":
		return finding{verdict: False}
	case "IsNull", "IsNullOrEmpty":
		// Panther's own example of a simple detection has a test where IsNull is true for a
		// key that the event lacks.
		return finding{verdict: True}
	case "IsGreaterThan", "IsGreaterThanOrEquals", "IsGreaterThanOrEqual", "IsLessThan", "IsLessThanOrEquals", "IsLessThanOrEqual":
		return doubtful("the event has no such key, and Panther does not document how it compares with a value")
	}
	return finding{False, "the event has no such key, and Panther does not document whether a negative condition is true then"}
}

// test answers a positive condition for a value of the event.
func test(base string, value any, with []operand) finding {
	switch base {
	case "Exists":
		if value == nil {
			return doubtful("the event has null there, and Panther does not document whether that exists")
		}
		return finding{verdict: True}
	case "IsNull":
		return is(value == nil)
	case "IsNullOrEmpty":
		return empty(value)
	case "IsIPAddress", "IsIPv4Address", "IsIPv6Address", "IsIPAddressPublic", "IsIPAddressPrivate":
		return oneAddress(base, value)
	}
	if value == nil {
		f := absent(base)
		f.doubt = strings.Replace(f.doubt, "has no such key", "has null there", 1)
		return f
	}
	switch base {
	case "IsIPAddressInCIDR":
		return inNetworks(value, with)
	case "CIDRContainsIPAddresses":
		return containsAddresses(value, with)
	case "IsIn", "Equals":
		return anyOf(with, func(o operand) finding { return equal(value, o) })
	case "IEquals":
		return text(value, with[0], func(a, b string) bool { return a == b }, true)
	case "Contains", "IContains":
		if list, ok := value.([]any); ok && base == "Contains" {
			return member(list, with[0])
		}
		return text(value, with[0], strings.Contains, base[0] == 'I')
	case "StartsWith", "IStartsWith":
		return text(value, with[0], strings.HasPrefix, base[0] == 'I')
	case "EndsWith", "IEndsWith":
		return text(value, with[0], strings.HasSuffix, base[0] == 'I')
	case "IsGreaterThan":
		return compare(value, with[0], func(c int) bool { return c > 0 })
	case "IsGreaterThanOrEquals", "IsGreaterThanOrEqual":
		return compare(value, with[0], func(c int) bool { return c >= 0 })
	case "IsLessThan":
		return compare(value, with[0], func(c int) bool { return c < 0 })
	case "IsLessThanOrEquals", "IsLessThanOrEqual":
		return compare(value, with[0], func(c int) bool { return c <= 0 })
	}
	return doubtful("pdac does not know this condition")
}

// anyOf is true if a finding of one operand is.
func anyOf(with []operand, f func(operand) finding) finding {
	out := finding{verdict: False}
	for _, o := range with {
		switch x := f(o); {
		case x.verdict == True:
			return x
		case x.verdict == Unsure, x.doubt != "" && out.verdict == False:
			out = x
		}
	}
	return out
}

// empty answers IsNullOrEmpty.
func empty(value any) finding {
	switch x := value.(type) {
	case nil:
		return finding{verdict: True}
	case string:
		return is(x == "")
	case []any:
		return is(len(x) == 0)
	case map[string]any:
		return is(len(x) == 0)
	case bool:
		if !x {
			return doubtful("Panther does not document whether false is empty")
		}
		return finding{verdict: False}
	}
	if n, ok := numberOf(value); ok && n.isZero() {
		return doubtful("Panther does not document whether 0 is empty")
	}
	return finding{verdict: False}
}

package detection

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
)

// Takes is the kind of operand that a condition takes.
type Takes int

// The kinds of operand.
const (
	// TakesNothing: neither Value nor Values.
	TakesNothing Takes = iota
	// TakesValue: one Value, or two keys under Values instead of a key.
	TakesValue
	// TakesValues: a list under Values.
	TakesValues
	// TakesEither: one Value, or a list under Values.
	TakesEither
	// TakesExpressions: Expressions, which are applied to the elements of a
	// list.
	TakesExpressions
)

// Of is the type of the values.
type Of int

// The types of values.
const (
	// OfAny: strings, numbers, true and false.
	OfAny Of = iota
	// OfText: strings.
	OfText
	// OfOrdered: numbers, and strings such as times.
	OfOrdered
	// OfNetworks: networks such as 10.0.0.0/8, or single addresses.
	OfNetworks
	// OfAddresses: IP addresses.
	OfAddresses
)

// Condition is a valid value of the key Condition.
type Condition struct {
	Name  string
	Takes Takes
	Of    Of
	// Absolute conditions have no key.
	Absolute bool
	// InFilters reports whether InlineFilters support it (source: the list of
	// conditions of inline filters).
	InFilters bool
}

// conditions lists all conditions. Panther's documentation uses both spellings,
// with and without the last "s" of IsGreaterThanOrEquals.
var conditions = []Condition{
	{Name: "Equals", Takes: TakesValue, InFilters: true},
	{Name: "DoesNotEqual", Takes: TakesValue, InFilters: true},
	{Name: "IEquals", Takes: TakesValue, Of: OfText},
	{Name: "IDoesNotEqual", Takes: TakesValue, Of: OfText},
	{Name: "IsGreaterThan", Takes: TakesValue, Of: OfOrdered, InFilters: true},
	{Name: "IsGreaterThanOrEquals", Takes: TakesValue, Of: OfOrdered, InFilters: true},
	{Name: "IsGreaterThanOrEqual", Takes: TakesValue, Of: OfOrdered, InFilters: true},
	{Name: "IsLessThan", Takes: TakesValue, Of: OfOrdered, InFilters: true},
	{Name: "IsLessThanOrEquals", Takes: TakesValue, Of: OfOrdered, InFilters: true},
	{Name: "IsLessThanOrEqual", Takes: TakesValue, Of: OfOrdered, InFilters: true},
	{Name: "Contains", Takes: TakesValue, InFilters: true},
	{Name: "DoesNotContain", Takes: TakesValue, InFilters: true},
	{Name: "IContains", Takes: TakesValue, Of: OfText},
	{Name: "IDoesNotContain", Takes: TakesValue, Of: OfText},
	{Name: "StartsWith", Takes: TakesValue, Of: OfText, InFilters: true},
	{Name: "DoesNotStartWith", Takes: TakesValue, Of: OfText},
	{Name: "IStartsWith", Takes: TakesValue, Of: OfText},
	{Name: "IDoesNotStartWith", Takes: TakesValue, Of: OfText},
	{Name: "EndsWith", Takes: TakesValue, Of: OfText, InFilters: true},
	{Name: "DoesNotEndWith", Takes: TakesValue, Of: OfText},
	{Name: "IEndsWith", Takes: TakesValue, Of: OfText},
	{Name: "IDoesNotEndWith", Takes: TakesValue, Of: OfText},
	{Name: "IsIn", Takes: TakesValues, InFilters: true},
	{Name: "IsNotIn", Takes: TakesValues, InFilters: true},
	{Name: "Exists"},
	{Name: "DoesNotExist"},
	{Name: "IsNull"},
	{Name: "IsNotNull"},
	{Name: "IsNullOrEmpty", InFilters: true},
	{Name: "IsNotNullOrEmpty", InFilters: true},
	{Name: "IsIPAddress"},
	{Name: "IsIPv4Address"},
	{Name: "IsIPv6Address"},
	{Name: "IsIPAddressPublic", InFilters: true},
	{Name: "IsIPAddressPrivate", InFilters: true},
	{Name: "IsIPAddressInCIDR", Takes: TakesEither, Of: OfNetworks, InFilters: true},
	{Name: "IsIPAddressNotInCIDR", Takes: TakesEither, Of: OfNetworks, InFilters: true},
	{Name: "CIDRContainsIPAddresses", Takes: TakesEither, Of: OfAddresses, InFilters: true},
	{Name: "CIDRDoesNotContainIPAddresses", Takes: TakesEither, Of: OfAddresses, InFilters: true},
	{Name: "AnyElement", Takes: TakesExpressions},
	{Name: "AllElements", Takes: TakesExpressions},
	{Name: "OnlyOneElement", Takes: TakesExpressions},
	{Name: "NoElement", Takes: TakesExpressions},
	{Name: "AlwaysTrue", Absolute: true},
	{Name: "AlwaysFalse", Absolute: true},
}

// conditionNamed returns the condition with exactly this name.
func conditionNamed(name string) (Condition, bool) {
	for _, c := range conditions {
		if c.Name == name {
			return c, true
		}
	}
	return Condition{}, false
}

// spelt maps words from other languages, and from Panther's console, to
// conditions.
var spelt = map[string]string{
	"=": "Equals", "==": "Equals", "eq": "Equals", "is": "Equals", "!=": "DoesNotEqual", "isnot": "DoesNotEqual",
	"notequals": "DoesNotEqual", "notequal": "DoesNotEqual", "doesnotequals": "DoesNotEqual",
	">": "IsGreaterThan", ">=": "IsGreaterThanOrEquals", "<": "IsLessThan", "<=": "IsLessThanOrEquals",
	"greaterthan": "IsGreaterThan", "lessthan": "IsLessThan",
	"in": "IsIn", "oneof": "IsIn", "notin": "IsNotIn", "notcontains": "DoesNotContain",
	"startwith": "StartsWith", "endwith": "EndsWith", "notexists": "DoesNotExist", "notnull": "IsNotNull", "null": "IsNull",
	"any": "AnyElement", "all": "AllElements", "none": "NoElement", "onlyone": "OnlyOneElement",
	"incidr": "IsIPAddressInCIDR", "isincidr": "IsIPAddressInCIDR",
}

// nearestCondition returns the condition that was probably meant; same reports
// whether it differs only in case.
func nearestCondition(written string) (name string, same, ok bool) {
	names := make([]string, len(conditions))
	for i, c := range conditions {
		names[i] = c.Name
		if strings.EqualFold(c.Name, written) {
			return c.Name, true, true
		}
	}
	if n := spelt[strings.ToLower(strings.NewReplacer(" ", "", "_", "").Replace(written))]; n != "" {
		return n, false, true
	}
	n, ok := suggest.Nearest(written, names)
	return n, false, ok
}

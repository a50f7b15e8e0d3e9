package detection

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
)

// Takes says what a condition is given beside its key.
type Takes int

// What conditions take.
const (
	// TakesNothing: neither Value nor Values.
	TakesNothing Takes = iota
	// TakesValue: one Value, or in place of a key two keys under Values.
	TakesValue
	// TakesValues: a list under Values.
	TakesValues
	// TakesEither: one Value, or a list under Values.
	TakesEither
	// TakesExpressions: Expressions, which are held against the elements of a list.
	TakesExpressions
)

// Of says of what type the values are.
type Of int

// The types of values.
const (
	// OfAny: texts, numbers, true and false.
	OfAny Of = iota
	// OfText: texts.
	OfText
	// OfOrdered: numbers, and texts such as times.
	OfOrdered
	// OfNetworks: networks such as 10.0.0.0/8, or single addresses.
	OfNetworks
	// OfAddresses: IP addresses.
	OfAddresses
)

// Condition is a word that may stand after Condition.
type Condition struct {
	Name  string
	Takes Takes
	Of    Of
	// Absolute conditions have no key.
	Absolute bool
	// InFilters says that InlineFilters may use it (source: the list of conditions
	// of inline filters).
	InFilters bool
}

// conditions are all there are. The two spellings with and without the last "s"
// of IsGreaterThanOrEquals stand in Panther's own texts.
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

// conditionNamed gives the condition of a name, which is written just so.
func conditionNamed(name string) (Condition, bool) {
	for _, c := range conditions {
		if c.Name == name {
			return c, true
		}
	}
	return Condition{}, false
}

// spelt are words of other languages, and of Panther's console, for conditions.
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

// nearestCondition gives the condition that was probably meant; same says that it
// differs in case alone.
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

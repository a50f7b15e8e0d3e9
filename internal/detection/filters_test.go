package detection_test

import (
	"slices"
	"testing"

	"github.com/pdac-dev/pdac/internal/detection"
)

// filterConditions are those that Panther's documentation lists for inline filters.
var filterConditions = []string{
	"CIDRContainsIPAddresses", "CIDRDoesNotContainIPAddresses", "Contains", "DoesNotContain", "DoesNotEqual", "EndsWith", "Equals",
	"IsGreaterThan", "IsGreaterThanOrEqual", "IsGreaterThanOrEquals", "IsIPAddressInCIDR", "IsIPAddressNotInCIDR",
	"IsIPAddressPrivate", "IsIPAddressPublic", "IsIn", "IsLessThan", "IsLessThanOrEqual", "IsLessThanOrEquals",
	"IsNotIn", "IsNotNullOrEmpty", "IsNullOrEmpty", "StartsWith",
}

// TestConditionsOfInlineFilters: a filter takes the listed conditions and no others;
// everywhere else all of them may be used.
func TestConditionsOfInlineFilters(t *testing.T) {
	rest := map[detection.Takes]string{
		detection.TakesNothing: "", detection.TakesValue: ", Value: 10.0.0.1", detection.TakesValues: ", Values: [10.0.0.1]",
		detection.TakesEither: ", Value: 10.0.0.1", detection.TakesExpressions: ", Expressions: [{Key: a, Condition: Exists}]",
	}
	seen := 0
	for _, c := range detection.Conditions {
		key := "KeyPath: a, "
		if c.Absolute {
			key = ""
		}
		expression := "- {" + key + "Condition: " + c.Name + rest[c.Takes] + "}"
		_, problems := detection.Parse(parse(t, expression), detection.InFilters)
		refused := slices.ContainsFunc(problems, func(p detection.Problem) bool { return p.Kind == detection.NotInFilters })
		listed := slices.Contains(filterConditions, c.Name)
		if listed {
			seen++
		}
		if refused == listed {
			t.Errorf("%s is listed for filters: %v, and refused there: %v", c.Name, listed, refused)
		}
		for _, place := range []detection.Place{detection.InDetection, detection.InSeverity, detection.InElements} {
			if c.Absolute && place == detection.InElements {
				continue
			}
			if _, problems := detection.Parse(parse(t, expression), place); len(problems) > 0 {
				t.Errorf("%s in place %d: %s", c.Name, place, problems[0].Message)
			}
		}
	}
	if seen != len(filterConditions) {
		t.Errorf("%d of the %d listed conditions are known", seen, len(filterConditions))
	}
}

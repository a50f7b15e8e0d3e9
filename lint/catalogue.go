package lint

import (
	"cmp"
	"sync"
)

// firstVersion is the version of the rules that say no other.
const firstVersion = "1.0"

// catalogue lists pdac's own rules, sorted by id: one function a rule, in a file
// named for the rule's id and name.
var catalogue = []func() Rule{
	rulePD001, rulePD002, rulePD003, rulePD004, rulePD005, rulePD006,
	rulePD101, rulePD102, rulePD103, rulePD104, rulePD105, rulePD106, rulePD107, rulePD108, rulePD109, rulePD110, rulePD111, rulePD112, rulePD113, rulePD114, rulePD115, rulePD116, rulePD117, rulePD118, rulePD119, rulePD120,
	rulePD201, rulePD202, rulePD203, rulePD204, rulePD205, rulePD206, rulePD207, rulePD208, rulePD209, rulePD210, rulePD211, rulePD212, rulePD213, rulePD214, rulePD215, rulePD216,
	rulePD301, rulePD302, rulePD303, rulePD304, rulePD305, rulePD306, rulePD307, rulePD308, rulePD309, rulePD310, rulePD311, rulePD312, rulePD313, rulePD314, rulePD315, rulePD316, rulePD317, rulePD318, rulePD319, rulePD320, rulePD321, rulePD322, rulePD323, rulePD324, rulePD325, rulePD326, rulePD327, rulePD328, rulePD329, rulePD330, rulePD331, rulePD332, rulePD351, rulePD352, rulePD353, rulePD354, rulePD355, rulePD356, rulePD357, rulePD358,
	rulePD401, rulePD402, rulePD403, rulePD404, rulePD405, rulePD406, rulePD407, rulePD408, rulePD409, rulePD410, rulePD411, rulePD412,
	rulePD501, rulePD502, rulePD503, rulePD504, rulePD505, rulePD506, rulePD507, rulePD508, rulePD509, rulePD510, rulePD511, rulePD512, rulePD513, rulePD514, rulePD515, rulePD516, rulePD517, rulePD518,
	rulePD601, rulePD602, rulePD603, rulePD604,
}

// builtIn builds the set of pdac's own rules once; they never change.
var builtIn = sync.OnceValue(func() *ruleSet {
	list := make([]Rule, len(catalogue))
	for i, rule := range catalogue {
		list[i] = rule()
		list[i].Since = cmp.Or(list[i].Since, firstVersion)
	}
	set, err := newRuleSet(list)
	if err != nil {
		panic(err) // a mistake in the catalogue, which every test finds
	}
	return set
})

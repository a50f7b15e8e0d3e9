package report

import (
	"testing"

	"github.com/pdac-dev/pdac/sync"
)

func TestLimited(t *testing.T) {
	only := []string{"rule/A", "rule/B"}
	for _, c := range []struct {
		want string
		p    sync.Plan
	}{
		{"", sync.Plan{}},
		{"limited to rule/A, rule/B", sync.Plan{Only: only}},
		{"limited to everything except rule/C (2 entities)", sync.Plan{Only: only, Except: []string{"rule/C"}}},
		{"limited to rule/*, policy/* except rule/C (2 entities)", sync.Plan{Only: only, Within: []string{"rule/*", "policy/*"}, Except: []string{"rule/C"}}},
		{"limited to specs of rule/* with Severity=High (2 entities)", sync.Plan{Only: only, Within: []string{"rule/*"}, Filters: []string{"Severity=High"}}},
		{"limited to what belongs to @a in rule/* with Severity=High (2 entities)", sync.Plan{Only: only, Owners: []string{"@a"}, Within: []string{"rule/*"}, Filters: []string{"Severity=High"}}},
	} {
		if got := limited(&c.p, plain); got != c.want {
			t.Errorf("the plan is %q, not %q", got, c.want)
		}
	}
}

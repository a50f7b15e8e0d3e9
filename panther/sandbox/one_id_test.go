package sandbox_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

// TestAnIDBelongsToOneTypeOfRule: a create under another type is refused, whether by
// POST or by PUT, and from the console; a delete frees the id.
func TestAnIDBelongsToOneTypeOfRule(t *testing.T) {
	types := []sandbox.Collection{sandbox.Rules, sandbox.SimpleRules, sandbox.ScheduledRules, sandbox.CorrelationRules}
	for _, c := range types {
		s := open(t, sandbox.Options{})
		api := strict(t, s)
		api.do(200, "POST", "/"+string(c), sample(c, "One"))
		// Other kinds have ids of their own.
		api.do(200, "POST", "/policies", sample(sandbox.Policies, "One"))
		for _, other := range types {
			if other == c {
				continue
			}
			for _, said := range []string{
				api.do(409, "POST", "/"+string(other), sample(other, "One")).message(t),
				api.do(409, "PUT", "/"+string(other)+"/One", sample(other, "One")).message(t),
			} {
				if !strings.Contains(said, `the id "One" belongs to a `) || !strings.Contains(said, "delete the") {
					t.Errorf("%s, then %s: %s", c, other, said)
				}
			}
			if _, err := s.Put(t.Context(), other, sample(other, "One")); err == nil {
				t.Errorf("%s, then %s in the console: no error", c, other)
			}
			// Unit tests save nothing, so they can run.
			api.do(204, "POST", "/"+string(other)+"?run-tests-only=true", sample(other, "One"))
		}
		api.do(200, "PUT", "/"+string(c)+"/One", sample(c, "One"))
		api.do(204, "DELETE", "/"+string(c)+"/One", nil)
		next := types[0]
		if c == next {
			next = types[1]
		}
		api.do(201, "PUT", "/"+string(next)+"/One", sample(next, "One"))
	}
}

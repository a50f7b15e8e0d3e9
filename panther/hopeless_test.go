package panther_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pdac-dev/pdac/panther"
)

// TestRefusedTokens: an answer about the token as a whole is not taken for one
// about a permission, and the other way round.
func TestRefusedTokens(t *testing.T) {
	for _, tc := range []struct {
		status  int
		message string
		dead    bool
	}{
		{401, "", true},
		{401, "unauthorized", true},
		{403, "the token is invalid", true},
		{403, "API key has been revoked", true},
		{403, "The security token included in the request is expired", true},
		{403, "Invalid API token", true},
		{403, "the token needs RuleRead", false},
		{403, "Missing Authentication Token", false},
		{403, "Forbidden", false},
		{403, "this token's networks exclude this address", false},
		{400, "the token is invalid", false},
		{500, "the token is invalid", false},
	} {
		t.Run(fmt.Sprint(tc.status, tc.message), func(t *testing.T) {
			c, _ := dialOdd(t, roundTrip(func(*http.Request) (*http.Response, error) {
				return reply(tc.status, fmt.Sprintf(`{"message":%q}`, tc.message)), nil
			}), func(o *panther.Options) { o.Tries = 1 })
			_, err := c.List(t.Context(), panther.Rule)
			if panther.TokenRefused(err) != tc.dead {
				t.Errorf("got %v", err)
			}
			if said := strings.Contains(fmt.Sprint(err), "; check the token"); said != tc.dead {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestListThatNeverEnds: ever new cursors that lead to no new results end with an
// error.
func TestListThatNeverEnds(t *testing.T) {
	for name, results := range map[string]string{"empty": "", "repeated": `{"id":"a","body":"x = 1"}`} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			c, _ := dial(t, roundTrip(func(*http.Request) (*http.Response, error) {
				return reply(200, fmt.Sprintf(`{"results":[%s],"next":"c%d"}`, results, n.Add(1))), nil
			}))
			_, err := c.List(t.Context(), panther.Global)
			if err == nil || !strings.Contains(err.Error(), "list /globals: ") || !strings.Contains(err.Error(), "pages in a row") {
				t.Errorf("got %v", err)
			}
			if n.Load() > 110 {
				t.Errorf("%d pages were read", n.Load())
			}
		})
	}
}

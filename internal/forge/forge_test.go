package forge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/internal/forge"
)

const marker = "<!-- pdac:plan acme -->"

var markers = []string{marker, "<!-- pdac:result acme -->"}

func put(t *testing.T, c *forge.Comments, body string) forge.Outcome {
	t.Helper()
	outcome, _, err := c.Put(t.Context(), markers, body)
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func (f *fake) bodies() []string {
	var out []string
	for _, c := range f.Comments {
		out = append(out, c.User+": "+c.Body)
	}
	return out
}

func expect(t *testing.T, f *fake, want ...string) {
	t.Helper()
	if got := f.bodies(); !slices.Equal(got, want) {
		t.Errorf("the comments are %q, want %q", got, want)
	}
}

// TestOneComment creates, updates, shrinks and removes a comment on both forges.
func TestOneComment(t *testing.T) {
	for name, forgeOf := range map[string]func(*fake, *testing.T) *forge.Comments{"GitHub": (*fake).gitHub, "GitLab": (*fake).gitLab} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			c := forgeOf(f, t)
			me := map[string]string{"GitHub": bot, "GitLab": "robot"}[name]
			f.Comments = []comment{{ID: 1, Body: "Looks good", User: "ada"}, {ID: 2, Body: "I quote " + marker, User: me}, {ID: 3, Body: marker + " x\nnot this one", User: me}}
			others := f.bodies()
			check := func(want forge.Outcome, got forge.Outcome, body string) {
				t.Helper()
				if got != want {
					t.Errorf("%s, want %s", got, want)
				}
				if body == "" {
					expect(t, f, others...)
				} else {
					expect(t, f, append(slices.Clone(others), me+": "+body)...)
				}
			}
			check(forge.Nothing, put(t, c, ""), "")
			long := marker + "\n" + strings.Repeat("a long plan\n", 4_000)
			check(forge.Created, put(t, c, long), long)
			check(forge.Unchanged, put(t, c, long), long)
			check(forge.Updated, put(t, c, marker+"\nshort"), marker+"\nshort")
			check(forge.Updated, put(t, c, markers[1]+"\napplied"), markers[1]+"\napplied")
			check(forge.Removed, put(t, c, ""), "")
			if f.Denied {
				t.Error("a call had no token")
			}
		})
	}
}

// TestOnlyOwnComments: what somebody else writes below the marker is never edited, since
// they could edit it again.
func TestOnlyOwnComments(t *testing.T) {
	f := newFake(t)
	f.Comments = []comment{{ID: 1, Body: marker + "\nNo changes, trust me", User: "mallory"}}
	put(t, f.gitHub(t), marker+"\nplan")
	expect(t, f, "mallory: "+marker+"\nNo changes, trust me", bot+": "+marker+"\nplan")
	put(t, f.gitHub(t), "")
	expect(t, f, "mallory: "+marker+"\nNo changes, trust me")
	// The token of a person finds the comments of that person only.
	f.Login = "ada"
	f.Comments = append(f.Comments, comment{ID: 2, Body: marker + "\nof the bot", User: bot})
	put(t, f.gitHub(t), marker+"\nplan")
	if got := f.bodies(); len(got) != 3 || got[2] != "ada: "+marker+"\nplan" {
		t.Errorf("got %q", got)
	}
}

func TestFindsItsCommentOnALaterPage(t *testing.T) {
	for _, name := range []string{"GitHub", "GitLab"} {
		f := newFake(t)
		c := f.gitHub(t)
		if name == "GitLab" {
			c = f.gitLab(t)
		}
		put(t, c, marker+"\nold")
		mine := f.Comments[0]
		f.Comments = nil
		for i := range 250 {
			f.Comments = append(f.Comments, comment{ID: int64(1_000 + i), Body: "talk", User: "ada"})
		}
		f.Comments = append(f.Comments, mine)
		if got := put(t, c, marker+"\nnew"); got != forge.Updated || len(f.Comments) != 251 {
			t.Errorf("%s: %s, with %d comments", name, got, len(f.Comments))
		}
	}
}

// TestSecondComment: of the comments that two runs made at the same time, one stays.
func TestSecondComment(t *testing.T) {
	f := newFake(t)
	f.Comments = []comment{{ID: 1, Body: marker + "\na", User: bot}, {ID: 2, Body: "talk", User: "ada"}, {ID: 3, Body: marker + "\nb", User: bot}}
	put(t, f.gitHub(t), marker+"\nc")
	expect(t, f, bot+": "+marker+"\nc", "ada: talk")
}

// TestUpdatesWhatItCan: a comment that is gone, or that the token can't edit, is written
// again.
func TestUpdatesWhatItCan(t *testing.T) {
	for _, status := range []int{403, 404, 410} {
		f := newFake(t)
		put(t, f.gitHub(t), marker+"\nold")
		f.Faults = []fault{{Method: "PATCH", Status: status, Body: `{"message":"no"}`}}
		if got := put(t, f.gitHub(t), marker+"\nnew"); got != forge.Created {
			t.Errorf("%d: %s", status, got)
		}
	}
}

// TestFaults: whatever fails for a while, there is one comment in the end, with the last
// body.
func TestFaults(t *testing.T) {
	second := http.Header{"Retry-After": {"0"}}
	kinds := []fault{
		{Status: 500}, {Status: 502, Body: "<html>bad gateway</html>"}, {Status: 503, After: true}, {Drop: true}, {Drop: true, After: true},
		{Status: 403, Header: second, Body: `{"message":"You have exceeded a secondary rate limit"}`},
		{Status: 403, Body: `{"message":"You have exceeded a secondary rate limit. Please wait."}`},
		{Status: 429, Header: second}, {Status: 200, Body: "<html>a proxy's page</html>", After: true},
	}
	rapid.Check(t, func(r *rapid.T) {
		f := newFake(t)
		defer f.Close()
		c := f.gitHub(t)
		lab := rapid.Bool().Draw(r, "GitLab")
		if lab {
			c = f.gitLab(t)
		}
		f.Comments = []comment{{ID: 1, Body: "talk", User: "ada"}}
		for i := range rapid.IntRange(1, 4).Draw(r, "runs") {
			for range rapid.IntRange(0, 2).Draw(r, "faults") {
				x := rapid.SampledFrom(kinds).Draw(r, "fault")
				if x.Method = rapid.SampledFrom([]string{"GET", "POST", "PATCH", "PUT"}).Draw(r, "method"); x.Status == 200 && x.Method != "POST" {
					continue // such an answer looks like the truth
				}
				f.Faults = append(f.Faults, x)
			}
			body := fmt.Sprint(marker, "\nplan ", i)
			if _, _, err := c.Put(t.Context(), markers, body); err != nil {
				r.Fatalf("run %d: %v, after %q", i, err, f.Calls)
			}
			if got := f.bodies(); len(got) != 2 || !strings.HasSuffix(got[1], ": "+body) {
				r.Fatalf("run %d: the comments are %q, after %q", i, got, f.Calls)
			}
		}
	})
}

func TestGivesUp(t *testing.T) {
	for name, c := range map[string]struct {
		fault fault
		n     int
		want  string
		calls int
	}{
		"server errors":      {fault{Method: "GET", Status: 503, Body: `{"message":"unavailable"}`}, 9, "find the comment: GET /api/v3/user answered 503: unavailable", 4},
		"the wrong token":    {fault{Method: "GET", Status: 401, Body: `{"message":"Bad credentials"}`}, 9, "find the comment: GET /api/v3/user answered 401: Bad credentials; check the token in GITHUB_TOKEN or GH_TOKEN", 1},
		"a long rate limit":  {fault{Method: "GET", Status: 403, Header: http.Header{"Retry-After": {"3600"}}, Body: `{"message":"You have exceeded a secondary rate limit"}`}, 9, "this is a rate limit; run the command again later", 1},
		"the primary limit":  {fault{Method: "GET", Status: 403, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"99999999999"}}, Body: `{"message":"API rate limit exceeded"}`}, 9, "this is a rate limit; run the command again later", 1},
		"too long a comment": {fault{Method: "POST", Status: 422, Body: `{"message":"Body is too long (maximum is 65536 characters)"}`}, 1, "create the comment: POST /api/v3/repos/acme/rules/issues/7/comments answered 422: Body is too long (maximum is 65536 characters)", 0},
		"no permission":      {fault{Method: "POST", Status: 403, Body: `{"message":"Resource not accessible by integration"}`}, 1, "answered 403: Resource not accessible by integration; give the job the permission pull-requests: write", 0},
		"a renamed one":      {fault{Method: "POST", Status: 301, Header: http.Header{"Location": {"https://evil.example/"}}, Body: `{"message":"Moved Permanently"}`}, 1, "the repository may have another name now", 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if !strings.Contains(name, "token") && !strings.Contains(name, "limit") {
				f.Login = "ada"
			}
			for range c.n {
				f.Faults = append(f.Faults, c.fault)
			}
			_, _, err := f.gitHub(t).Put(t.Context(), markers, marker)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
			if c.calls > 0 && len(f.Calls) != c.calls {
				t.Errorf("it called %q", f.Calls)
			}
		})
	}
}

// TestGitLabErrors names what to do.
func TestGitLabErrors(t *testing.T) {
	f := newFake(t)
	c := f.gitLab(t)
	f.ReadOnly = true
	_, _, err := c.Put(t.Context(), markers, marker)
	if err == nil || !strings.Contains(err.Error(), "the token needs the scope api and the role Reporter") || !forge.ReadOnly(err) {
		t.Errorf("got %v", err)
	}
}

// TestWaitsEnd: a run that is stopped does not wait for the end of a rate limit.
func TestWaitsEnd(t *testing.T) {
	f := newFake(t)
	f.Faults = []fault{{Method: "GET", Status: 429, Header: http.Header{"Retry-After": {"3"}}}}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := f.gitHub(t).Put(ctx, markers, marker)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestLabels(t *testing.T) {
	for _, name := range []string{"GitHub", "GitLab"} {
		f := newFake(t)
		c := f.gitHub(t)
		if name == "GitLab" {
			c = f.gitLab(t)
		}
		f.Labels = []string{"kept", "old"}
		for range 2 {
			if err := c.Label(t.Context(), []string{"pdac:weaker"}, []string{"old", "pdac:drift"}); err != nil {
				t.Fatal(err)
			}
		}
		if slices.Sort(f.Labels); !slices.Equal(slices.Compact(f.Labels), []string{"kept", "pdac:weaker"}) {
			t.Errorf("%s: %q", name, f.Labels)
		}
	}
}

// TestTheTokenStays: it is sent to the API's address only.
func TestTheTokenStays(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host got %s with %q", r.URL, r.Header)
	}))
	defer other.Close()
	f := newFake(t)
	f.Faults = []fault{{Method: "GET", Status: 302, Header: http.Header{"Location": {other.URL + "/user"}}}}
	if _, _, err := f.gitHub(t).Put(t.Context(), markers, marker); err == nil {
		t.Error("a redirect was followed")
	}
	for api, want := range map[string]string{
		"http://github.example/api/v3":           `GITHUB_API_URL "http://github.example/api/v3" must start with https://, because the token is sent there`,
		"https://user:secret@github.example":     "GITHUB_API_URL has more than a host and a path; pass the token separately",
		"https://github.example/api?x":           "GITHUB_API_URL has more than a host and a path; pass the token separately",
		"github.example":                         "GITHUB_API_URL is not an address; write it like https://github.example/api/v3",
		"ftp://127.0.0.1/":                       `GITHUB_API_URL "ftp://127.0.0.1" must start with https://, because the token is sent there`,
		"https://github.example\nx: y/api/v3   ": "GITHUB_API_URL is not an address; write it like https://github.example/api/v3",
	} {
		o := f.options()
		o.API = api
		if _, err := forge.GitHub(o); err == nil || err.Error() != want {
			t.Errorf("%q: %v", api, err)
		}
	}
	for _, repo := range []string{"", "acme", "acme/", "/x", "a/b/c", "acme/x?y", "acme/../x"} {
		o := f.options()
		o.Repository = repo
		if _, err := forge.GitHub(o); err == nil || !strings.Contains(err.Error(), "is not of the form OWNER/NAME") {
			t.Errorf("%q: %v", repo, err)
		}
	}
	for _, token := range []string{"", "a b", "a\nb", "é"} {
		o := f.options()
		o.Token = token
		if _, err := forge.GitHub(o); err == nil || !strings.Contains(err.Error(), "the token is empty or has characters") {
			t.Errorf("%q: %v", token, err)
		}
	}
}

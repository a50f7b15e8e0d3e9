package forge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/internal/forge"
	"github.com/pdac-dev/pdac/internal/forge/forgetest"
)

var driftMarker = []string{"<!-- pdac:drift acme -->"}

func (f *fake) issues(t *testing.T, gitLab bool) *forge.Issues {
	t.Helper()
	o := f.options()
	o.Number = 0
	make := forge.GitHubIssues
	if gitLab {
		f.Login, o.API, make = "robot", f.URL+"/api/v4", forge.GitLabIssues
	}
	i, err := make(o)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (f *fake) issueTexts() []string {
	var out []string
	for _, i := range f.Issues {
		out = append(out, fmt.Sprintf("%d %s %s %v %s", i.Number, i.User, i.Title, i.Closed, strings.TrimPrefix(i.Body, driftMarker[0]+"\n")))
	}
	return out
}

// TestOneIssue opens, updates, closes and reopens an issue on both forges, and touches
// nothing of others.
func TestOneIssue(t *testing.T) {
	for _, gitLab := range []bool{false, true} {
		t.Run(fmt.Sprint("GitLab ", gitLab), func(t *testing.T) {
			f := newFake(t)
			c := f.issues(t, gitLab)
			me := map[bool]string{false: bot, true: "robot"}[gitLab]
			f.Issues = []forgetest.Issue{
				{Number: 1, Title: "x", Body: driftMarker[0] + "\nNo drift, trust me", User: "mallory"}, {Number: 2, Title: "y", Body: "I quote " + driftMarker[0], User: me},
				{Number: 3, Title: "z", Body: driftMarker[0] + "\na pull request", User: me, PullRequest: true},
			}
			others := f.issueTexts()
			step := func(want forge.Outcome, title, body string, open bool, mine ...string) {
				t.Helper()
				got, _, err := c.Put(t.Context(), driftMarker, forge.IssueText{Title: title, Body: driftMarker[0] + "\n" + body, Open: open})
				if err != nil || got != want {
					t.Errorf("%s, %v; want %s", got, err, want)
				}
				if got := f.issueTexts(); !slices.Equal(got, append(slices.Clone(others), mine...)) {
					t.Errorf("the issues are %q, want %q", got, mine)
				}
			}
			step(forge.Nothing, "Drift: none", "none", false)
			step(forge.Created, "Drift: 1", "one", true, "4 "+me+" Drift: 1 false one")
			step(forge.Unchanged, "Drift: 1", "one", true, "4 "+me+" Drift: 1 false one")
			step(forge.Updated, "Drift: 2", "two", true, "4 "+me+" Drift: 2 false two")
			step(forge.Closed, "Drift: none", "none", false, "4 "+me+" Drift: none true none")
			step(forge.Nothing, "Drift: none", "none", false, "4 "+me+" Drift: none true none")
			step(forge.Reopened, "Drift: 1", "again", true, "4 "+me+" Drift: 1 false again")
			if f.Denied {
				t.Error("a call had no token")
			}
		})
	}
}

// TestIssueOnALaterPage: it is found among many, also with the token of a person.
func TestIssueOnALaterPage(t *testing.T) {
	f := newFake(t)
	f.Login = "ada"
	f.Issues = []forgetest.Issue{{Number: 1, Title: "Drift", Body: driftMarker[0] + "\nold", User: "ada"}}
	for i := range 250 {
		f.Issues = append(f.Issues, forgetest.Issue{Number: int64(i + 2), Title: "talk", Body: "talk", User: "grace"})
	}
	got, address, err := f.issues(t, false).Put(t.Context(), driftMarker, forge.IssueText{Title: "Drift", Body: driftMarker[0] + "\nnew", Open: true})
	if err != nil || got != forge.Updated || len(f.Issues) != 251 || address != "https://forge.example/issues/1" {
		t.Errorf("%s %s %v, with %d issues", got, address, err, len(f.Issues))
	}
	if !slices.ContainsFunc(f.Calls, func(c string) bool { return strings.Contains(c, "creator=ada") }) {
		t.Errorf("the calls are %q", f.Calls)
	}
}

// TestIssueFaults: whatever fails on the way, there is one open issue in the end, or an
// error that says what to do.
func TestIssueFaults(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := forgetest.New()
		defer f.Close()
		w := &fake{f}
		for range rapid.IntRange(0, 3).Draw(rt, "faults") {
			f.Faults = append(f.Faults, fault{Method: rapid.SampledFrom([]string{"GET", "POST", "PATCH"}).Draw(rt, "method"), Status: rapid.SampledFrom([]int{500, 502, 429}).Draw(rt, "status"),
				After: rapid.Bool().Draw(rt, "after"), Drop: rapid.Bool().Draw(rt, "drop"), Header: http.Header{"Retry-After": {"0"}}})
		}
		// A rate limit answers before anything happens.
		for i := range f.Faults {
			if f.Faults[i].Status == 429 {
				f.Faults[i].After = false
			}
		}
		c := w.issues(t, false)
		for _, body := range []string{"one", "two"} {
			if _, _, err := c.Put(t.Context(), driftMarker, forge.IssueText{Title: "Drift", Body: driftMarker[0] + "\n" + body, Open: true}); err != nil {
				rt.Fatal(err)
			}
		}
		if got := w.issueTexts(); len(got) != 1 || got[0] != "1 "+bot+" Drift false two" {
			rt.Fatalf("the issues are %q", got)
		}
	})
	f := newFake(t)
	f.ReadOnly = true
	_, _, err := f.issues(t, false).Put(t.Context(), driftMarker, forge.IssueText{Title: "Drift", Body: driftMarker[0], Open: true})
	if err == nil || !strings.Contains(err.Error(), "create the issue: POST /api/v3/repos/acme/rules/issues answered 403: Resource not accessible by integration; give the job the permission issues: write") {
		t.Error(err)
	}
	f = newFake(t)
	f.Faults = []fault{{Method: "GET", Status: 403, Body: `{"message":"x"}`}, {Method: "GET", Status: 410, Body: `{"message":"Issues are disabled for this repo"}`}}
	_, _, err = f.issues(t, false).Put(t.Context(), driftMarker, forge.IssueText{Title: "Drift", Body: driftMarker[0], Open: true})
	if err == nil || !strings.Contains(err.Error(), "answered 410: Issues are disabled for this repo; check that the repository has issues") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := f.issues(t, false).Put(ctx, driftMarker, forge.IssueText{Open: true}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

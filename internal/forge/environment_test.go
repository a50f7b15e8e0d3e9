package forge_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/internal/forge"
)

func detect(t *testing.T, event string, env map[string]string) (forge.Environment, error) {
	t.Helper()
	if event != "" {
		name := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(name, []byte(event), 0o600); err != nil {
			t.Fatal(err)
		}
		env["GITHUB_EVENT_PATH"] = name
	}
	return forge.Detect(func(name string) string { return env[name] })
}

func TestDetect(t *testing.T) {
	gitHub := forge.Environment{Kind: forge.OnGitHub, API: "https://api.github.com", TokenNames: "GITHUB_TOKEN or GH_TOKEN", Repository: "acme/rules", Web: "https://github.com/acme/rules"}
	with := func(e forge.Environment, change func(*forge.Environment)) forge.Environment {
		change(&e)
		return e
	}
	gitLab := forge.Environment{Kind: forge.OnGitLab, API: "https://gitlab.example/api/v4", TokenNames: "GITLAB_TOKEN", Repository: "12", Number: 3, Web: "https://gitlab.example/acme/rules", Separator: "/-"}
	const forks = "GitHub gives pull requests from forks a token that can only read"
	for name, c := range map[string]struct {
		event string
		env   map[string]string
		want  forge.Environment
	}{
		"nothing": {"", nil, with(gitHub, func(e *forge.Environment) { e.Repository, e.Web = "", "" })},
		"a pull request": {`{"pull_request":{"number":7,"head":{"repo":{"full_name":"acme/rules"}},"base":{"repo":{"full_name":"acme/rules"}}}}`,
			map[string]string{"GITHUB_RUN_ID": "9", "GITHUB_TOKEN": " t\n", "GH_TOKEN": "u", "GITHUB_STEP_SUMMARY": "/s", "GITHUB_SHA": "abc", "GITHUB_REF": "refs/pull/8/merge"},
			with(gitHub, func(e *forge.Environment) {
				e.Number, e.Run, e.Token, e.Summary, e.Commit = 7, "https://github.com/acme/rules/actions/runs/9", "t", "/s", "abc"
			})},
		"a fork": {`{"pull_request":{"number":7,"head":{"repo":{"full_name":"mallory/rules"}},"base":{"repo":{"full_name":"acme/rules"}}}}`, nil,
			with(gitHub, func(e *forge.Environment) { e.Number, e.ReadOnly = 7, forks })},
		"a deleted fork": {`{"pull_request":{"number":7,"head":{"repo":null},"base":{"repo":{"full_name":"acme/rules"}}}}`, nil,
			with(gitHub, func(e *forge.Environment) { e.Number, e.ReadOnly = 7, forks })},
		"a ref":          {"", map[string]string{"GITHUB_REF": "refs/pull/8/merge"}, with(gitHub, func(e *forge.Environment) { e.Number = 8 })},
		"another ref":    {"", map[string]string{"GITHUB_REF": "refs/pull/8/merge/x"}, gitHub},
		"a push":         {`{"ref":"refs/heads/main"}`, map[string]string{"GITHUB_REF": "refs/heads/main"}, with(gitHub, func(e *forge.Environment) { e.OnBranch = true })},
		"a comment":      {`{"issue":{"number":4,"pull_request":{"url":"x"}}}`, nil, with(gitHub, func(e *forge.Environment) { e.Number = 4 })},
		"an issue":       {`{"issue":{"number":4}}`, nil, gitHub},
		"a finished run": {`{"workflow_run":{"pull_requests":[{"number":5}]}}`, nil, with(gitHub, func(e *forge.Environment) { e.Number = 5 })},
		"Enterprise": {"", map[string]string{"GITHUB_API_URL": "https://ghe.example/api/v3", "GITHUB_SERVER_URL": "https://ghe.example", "GH_TOKEN": "u"},
			with(gitHub, func(e *forge.Environment) {
				e.API, e.Web, e.Token = "https://ghe.example/api/v3", "https://ghe.example/acme/rules", "u"
			})},
		"Dependabot": {"", map[string]string{"GITHUB_ACTOR": "dependabot[bot]"}, with(gitHub, func(e *forge.Environment) { e.ReadOnly = "GitHub gives jobs of Dependabot a token that can only read" })},
		"GitLab":     {"", map[string]string{"GITLAB_CI": "true"}, gitLab},
		"a fork on GitLab": {"", map[string]string{"GITLAB_CI": "true", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "99"},
			with(gitLab, func(e *forge.Environment) {
				e.ReadOnly = "GitLab gives merge requests from forks no protected variables"
			})},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{
				"CI_API_V4_URL": "", "CI_PROJECT_ID": "99", "CI_MERGE_REQUEST_PROJECT_ID": "12", "CI_MERGE_REQUEST_IID": "3", "CI_PROJECT_URL": "https://gitlab.example/acme/rules",
			}
			if c.env["GITLAB_CI"] != "" {
				env["CI_API_V4_URL"] = "https://gitlab.example/api/v4"
			}
			if name != "nothing" {
				env["GITHUB_REPOSITORY"] = "acme/rules"
			}
			for k, v := range c.env {
				env[k] = v
			}
			got, err := detect(t, c.event, env)
			if d := cmp.Diff(c.want, got); d != "" || err != nil {
				t.Errorf("%v\n%s", err, d)
			}
		})
	}
	if _, err := detect(t, "{", map[string]string{}); err == nil || !strings.Contains(err.Error(), "read the event in GITHUB_EVENT_PATH: ") {
		t.Errorf("got %v", err)
	}
	if _, err := detect(t, "", map[string]string{"GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "x"}); err == nil || err.Error() != "CI_MERGE_REQUEST_IID is not the number of a merge request" {
		t.Errorf("got %v", err)
	}
}

func TestNumberOfCommit(t *testing.T) {
	f := newFake(t)
	o := f.options()
	for commit, want := range map[string]int{"abc": 7, "last": 9, "older": 5, "": 0} {
		e := forge.Environment{Kind: forge.OnGitHub, API: o.API, Token: o.Token, Repository: o.Repository, Commit: commit, OnBranch: true}
		if n, err := e.NumberOfCommit(t.Context(), o); n != want || err != nil {
			t.Errorf("%q: got %d, %v", commit, n, err)
		}
		e.OnBranch = false
		if n, err := e.NumberOfCommit(t.Context(), o); n != 0 || err != nil {
			t.Errorf("%q on no branch: got %d, %v", commit, n, err)
		}
	}
}

func FuzzDetect(f *testing.F) {
	f.Add(`{"pull_request":{"number":7,"head":{"repo":null}}}`, "refs/pull/8/merge", "3")
	f.Add(`{"issue":{"pull_request":{}}}`, "", "-1")
	f.Fuzz(func(t *testing.T, event, ref, iid string) {
		for _, env := range []map[string]string{{"GITHUB_REF": ref}, {"GITLAB_CI": "1", "CI_MERGE_REQUEST_IID": iid}} {
			e, err := detect(t, event, env)
			if _, made := e.Comments(forge.Options{}); made == nil && err == nil && e.Number <= 0 {
				t.Errorf("comments of pull request %d", e.Number)
			}
		}
	})
}

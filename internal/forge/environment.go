package forge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/readfile"
)

// Kind is a kind of forge.
type Kind string

// The forges.
const (
	OnGitHub Kind = "GitHub"
	OnGitLab Kind = "GitLab"
)

// Environment is what the environment of a CI job says.
type Environment struct {
	Kind Kind
	// API and Token are for Options. TokenNames are the variables that a token was looked
	// for in.
	API, Token string
	TokenNames string
	Repository string
	// Number is that of the pull request or merge request; 0 if the job is not about one.
	Number int
	// Commit is the commit that the job is about, and OnBranch is set if it was pushed to a
	// branch, so that it may belong to a pull request.
	Commit   string
	OnBranch bool
	// ReadOnly is why the token can't write; "" if it should be able to.
	ReadOnly string
	// Web is the address of the repository for people, Separator what follows it in the
	// addresses of files and commits, and Run the address of the job.
	Web, Separator, Run string
	// Summary is the file of the job summary; "" for none.
	Summary string
}

// maxEvent is the largest file of an event that is read, in bytes. GitHub's are at most
// 25 MB (source: GitHub's documentation of webhooks).
const maxEvent = 26 << 20

var pullRef = lazyregexp.New(`^refs/pull/([0-9]+)/(merge|head)$`)

// Detect reads the variables that GitHub Actions or GitLab CI sets for a job. Outside of
// both it returns what GitHub's variables say, so that flags can add the rest.
func Detect(getenv func(string) string) (Environment, error) {
	if getenv("GITHUB_ACTIONS") == "" && (getenv("GITLAB_CI") != "" || getenv("CI_API_V4_URL") != "") {
		return gitLabEnvironment(getenv)
	}
	return gitHubEnvironment(getenv)
}

func gitHubEnvironment(getenv func(string) string) (Environment, error) {
	e := Environment{
		Kind: OnGitHub, API: cmp.Or(getenv("GITHUB_API_URL"), "https://api.github.com"),
		Token: strings.TrimSpace(cmp.Or(getenv("GITHUB_TOKEN"), getenv("GH_TOKEN"))), TokenNames: "GITHUB_TOKEN or GH_TOKEN",
		Repository: getenv("GITHUB_REPOSITORY"), Commit: getenv("GITHUB_SHA"), Summary: getenv("GITHUB_STEP_SUMMARY"),
		OnBranch: strings.HasPrefix(getenv("GITHUB_REF"), "refs/heads/"),
	}
	if e.Repository != "" {
		e.Web = strings.TrimRight(cmp.Or(getenv("GITHUB_SERVER_URL"), "https://github.com"), "/") + "/" + e.Repository
		if id := getenv("GITHUB_RUN_ID"); id != "" {
			if _, err := strconv.ParseInt(id, 10, 64); err == nil {
				e.Run = e.Web + "/actions/runs/" + id
			}
		}
	}
	if name := getenv("GITHUB_EVENT_PATH"); name != "" {
		if err := e.event(name); err != nil {
			return e, fmt.Errorf("read the event in GITHUB_EVENT_PATH: %w", err)
		}
	}
	if m := pullRef.FindStringSubmatch(getenv("GITHUB_REF")); m != nil && e.Number == 0 {
		e.Number, _ = strconv.Atoi(m[1])
	}
	if getenv("GITHUB_ACTOR") == "dependabot[bot]" && e.ReadOnly == "" {
		e.ReadOnly = "GitHub gives jobs of Dependabot a token that can only read"
	}
	return e, nil
}

// event reads what happened on GitHub.
func (e *Environment) event(name string) error {
	text, err := readfile.Bounded(name, maxEvent)
	if err != nil {
		return err
	}
	type repository struct {
		FullName string `json:"full_name"`
	}
	type side struct {
		Repo *repository `json:"repo"`
		SHA  string      `json:"sha"`
	}
	var event struct {
		PullRequest *struct {
			Number int  `json:"number"`
			Head   side `json:"head"`
			Base   side `json:"base"`
		} `json:"pull_request"`
		Issue *struct {
			Number      int       `json:"number"`
			PullRequest *struct{} `json:"pull_request"`
		} `json:"issue"`
		WorkflowRun *struct {
			PullRequests []struct {
				Number int `json:"number"`
			} `json:"pull_requests"`
		} `json:"workflow_run"`
	}
	if err := json.Unmarshal(text, &event); err != nil {
		return err
	}
	switch {
	case event.PullRequest != nil:
		pr := event.PullRequest
		e.Number = pr.Number
		// A deleted fork has no repository.
		if pr.Head.Repo == nil || pr.Base.Repo != nil && pr.Head.Repo.FullName != pr.Base.Repo.FullName {
			e.ReadOnly = "GitHub gives pull requests from forks a token that can only read"
		}
	case event.Issue != nil && event.Issue.PullRequest != nil:
		e.Number = event.Issue.Number
	case event.WorkflowRun != nil && len(event.WorkflowRun.PullRequests) == 1:
		e.Number = event.WorkflowRun.PullRequests[0].Number
	}
	return nil
}

func gitLabEnvironment(getenv func(string) string) (Environment, error) {
	e := Environment{
		Kind: OnGitLab, API: cmp.Or(getenv("CI_API_V4_URL"), "https://gitlab.com/api/v4"),
		Token: strings.TrimSpace(getenv("GITLAB_TOKEN")), TokenNames: "GITLAB_TOKEN",
		// In a pipeline of a fork, CI_PROJECT_ID is the fork.
		Repository: cmp.Or(getenv("CI_MERGE_REQUEST_PROJECT_ID"), getenv("CI_PROJECT_ID")),
		Commit:     getenv("CI_COMMIT_SHA"), Web: getenv("CI_PROJECT_URL"), Separator: "/-", Run: getenv("CI_JOB_URL"),
	}
	if s := getenv("CI_MERGE_REQUEST_IID"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			return e, errors.New("CI_MERGE_REQUEST_IID is not the number of a merge request")
		}
		e.Number = n
	}
	if source := getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"); source != "" && source != getenv("CI_MERGE_REQUEST_PROJECT_ID") {
		e.ReadOnly = "GitLab gives merge requests from forks no protected variables"
	}
	return e, nil
}

// Comments returns the comments of the pull request or merge request.
func (e Environment) Comments(o Options) (*Comments, error) {
	if e.Kind == OnGitLab {
		return GitLab(e.options(o))
	}
	return GitHub(e.options(o))
}

// NumberOfCommit returns the number of the pull request whose merge made the commit of the
// job, or of the open one that it is the last commit of; 0 for none.
func (e Environment) NumberOfCommit(ctx context.Context, o Options) (int, error) {
	if e.Kind != OnGitHub || !e.OnBranch || e.Commit == "" {
		return 0, nil
	}
	return pullRequestOf(ctx, e.options(o), e.Commit)
}

// options adds what the environment says.
func (e Environment) options(o Options) Options {
	o.API, o.Token, o.Repository, o.Number = e.API, e.Token, e.Repository, e.Number
	return o
}

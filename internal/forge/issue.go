package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-github/v75/github"
)

// Issues keeps one issue of a repository. It finds its own issue by a marker, as Comments
// does, updates it in place, closes it, and opens it again.
type Issues struct {
	host issueHost
	o    Options
}

// issueHost is what both forges can do with issues.
type issueHost interface {
	// issues returns the open issues, or the closed ones that were updated last.
	issues(ctx context.Context, open bool) ([]issue, error)
	createIssue(ctx context.Context, title, body string) (issue, error)
	updateIssue(ctx context.Context, number int64, title, body string, open bool) (issue, error)
}

// issue is an issue. Its note has its number as id.
type issue struct {
	note
	title string
}

// The outcomes of an issue that comments don't have.
const (
	Closed   Outcome = "closed"
	Reopened Outcome = "reopened"
)

// IssueText is what an issue says. Its body begins with a marker.
type IssueText struct {
	Title, Body string
	// Open says whether the issue is open. Closed ones are not created.
	Open bool
}

// Put makes the issue that begins with one of the markers say this. Only issues of the
// owner of the token count.
func (c *Issues) Put(ctx context.Context, markers []string, want IssueText) (Outcome, string, error) {
	if len(want.Body) > maxBytes {
		return Nothing, "", fmt.Errorf("the issue has %d bytes; the limit is %d", len(want.Body), maxBytes)
	}
	found, err := c.find(ctx, markers, true)
	if err != nil {
		return Nothing, "", fmt.Errorf("find the issue: %w", err)
	}
	if len(found) > 0 {
		i := found[0]
		if want.Open && same(i.body, want.Body) && i.title == want.Title {
			return Unchanged, i.url, nil
		}
		done, err := c.host.updateIssue(ctx, i.id, want.Title, want.Body, want.Open)
		if err == nil {
			return map[bool]Outcome{true: Updated, false: Closed}[want.Open], done.url, nil
		}
		// It may also be of another app, whose issues this one can't edit.
		if !gone(err) && !ReadOnly(err) || !want.Open {
			return Nothing, "", fmt.Errorf("update issue %d: %w", i.id, err)
		}
	}
	if !want.Open {
		return Nothing, "", nil
	}
	if len(found) == 0 {
		if found, err = c.find(ctx, markers, false); err != nil {
			return Nothing, "", fmt.Errorf("find the issue: %w", err)
		}
		if len(found) > 0 {
			done, err := c.host.updateIssue(ctx, found[0].id, want.Title, want.Body, true)
			if err == nil {
				return Reopened, done.url, nil
			}
			if !gone(err) && !ReadOnly(err) {
				return Nothing, "", fmt.Errorf("reopen issue %d: %w", found[0].id, err)
			}
		}
	}
	done, err := createOnce(ctx, c.o, func() ([]issue, error) { return c.find(ctx, markers, true) },
		func() (issue, error) { return c.host.createIssue(ctx, want.Title, want.Body) })
	if err != nil {
		return Nothing, "", fmt.Errorf("create the issue: %w", err)
	}
	return Created, done.url, nil
}

// find returns the own issues that begin with a marker.
func (c *Issues) find(ctx context.Context, markers []string, open bool) ([]issue, error) {
	all, err := c.host.issues(ctx, open)
	var out []issue
	for _, i := range all {
		if i.own && marked(i.body, markers) {
			out = append(out, i)
		}
	}
	return out, err
}

// createOnce creates something. After a failure that may have created it, it looks before
// it tries again, so that there are never two.
func createOnce[T any](ctx context.Context, o Options, find func() ([]T, error), create func() (T, error)) (T, error) {
	var none T
	uncertain := false
	return backoff.Retry(ctx, func() (T, error) {
		if uncertain {
			found, err := find()
			if err != nil {
				return none, backoff.Permanent(err)
			}
			if len(found) > 0 {
				return found[0], nil
			}
		}
		made, err := create()
		if uncertain = mayHaveHappened(err); err != nil && !uncertain {
			err = backoff.Permanent(err)
		}
		return made, err
	}, backoff.WithBackOff(o.waits()), backoff.WithMaxTries(uint(o.Tries)), backoff.WithMaxElapsedTime(0))
}

// GitHubIssues returns the issues of a repository. It sends no request.
func GitHubIssues(o Options) (*Issues, error) {
	g, o, err := newGitHub(o)
	if err != nil {
		return nil, err
	}
	return &Issues{host: g, o: o}, nil
}

func (g *gitHub) issues(ctx context.Context, open bool) ([]issue, error) {
	if err := g.whoAmI(ctx); err != nil {
		return nil, err
	}
	o := &github.IssueListByRepoOptions{State: "open", Creator: g.login, Sort: "created", ListOptions: github.ListOptions{PerPage: 100}}
	pages := maxPages
	if !open {
		o.State, o.Sort, o.Direction, pages = "closed", "updated", "desc", 1
	}
	var out []issue
	for page := 1; ; page++ {
		list, resp, err := g.client.Issues.ListByRepo(ctx, g.owner, g.repo, o)
		if err != nil {
			return nil, issueError(gitHubError(err))
		}
		for _, i := range list {
			if !i.IsPullRequest() {
				out = append(out, g.issue(i))
			}
		}
		if resp.NextPage == 0 || page >= pages {
			return out, nil
		}
		o.ListOptions.Page = resp.NextPage
	}
}

func (g *gitHub) issue(i *github.Issue) issue {
	user := i.GetUser()
	return issue{note: note{id: int64(i.GetNumber()), body: i.GetBody(), url: i.GetHTMLURL(), own: g.own(user)}, title: i.GetTitle()}
}

func (g *gitHub) createIssue(ctx context.Context, title, body string) (issue, error) {
	i, _, err := g.client.Issues.Create(ctx, g.owner, g.repo, &github.IssueRequest{Title: &title, Body: &body})
	if err != nil {
		return issue{}, issueError(gitHubError(err))
	}
	return g.issue(i), nil
}

func (g *gitHub) updateIssue(ctx context.Context, number int64, title, body string, open bool) (issue, error) {
	state := "closed"
	if open {
		state = "open"
	}
	i, _, err := g.client.Issues.Edit(ctx, g.owner, g.repo, int(number), &github.IssueRequest{Title: &title, Body: &body, State: &state})
	if err != nil {
		return issue{}, issueError(gitHubError(err))
	}
	return g.issue(i), nil
}

// issueError says what a token needs for issues.
func issueError(err error) error {
	var e *Error
	if errors.As(err, &e) {
		switch e.Status {
		case http.StatusForbidden:
			e.advice = "give the job the permission issues: write"
		case http.StatusGone, http.StatusNotFound:
			if e.advice == "" {
				e.advice = "check that the repository has issues, and that the token may see it"
			}
		}
	}
	return err
}

// GitLabIssues returns the issues of a project. It sends no request.
func GitLabIssues(o Options) (*Issues, error) {
	g, o, err := newGitLab(o)
	if err != nil {
		return nil, err
	}
	return &Issues{host: g, o: o}, nil
}

// gitLabIssue is an issue as GitLab's API has it.
type gitLabIssue struct {
	Number      int64  `json:"iid"`
	Title       string `json:"title"`
	Description string `json:"description"`
	WebURL      string `json:"web_url"`
	Author      struct {
		ID int64 `json:"id"`
	} `json:"author"`
}

func (g *gitLab) issue(i gitLabIssue) issue {
	return issue{note: note{id: i.Number, body: i.Description, url: i.WebURL, own: i.Author.ID == g.me}, title: i.Title}
}

func (g *gitLab) issues(ctx context.Context, open bool) ([]issue, error) {
	if err := g.whoAmI(ctx); err != nil {
		return nil, err
	}
	query, pages := "/issues?state=opened&order_by=created_at", maxPages
	if !open {
		query, pages = "/issues?state=closed&order_by=updated_at&sort=desc", 1
	}
	var out []issue
	next := "1"
	for page := 0; next != "" && page < pages; page++ {
		var list []gitLabIssue
		header, err := g.call(ctx, http.MethodGet, g.project+query+"&per_page=100&author_id="+strconv.FormatInt(g.me, 10)+"&page="+next, nil, &list)
		if err != nil {
			return nil, err
		}
		for _, i := range list {
			out = append(out, g.issue(i))
		}
		next = header.Get("X-Next-Page")
		if _, err := strconv.Atoi(next); err != nil {
			next = ""
		}
	}
	return out, nil
}

func (g *gitLab) createIssue(ctx context.Context, title, body string) (issue, error) {
	var i gitLabIssue
	_, err := g.call(ctx, http.MethodPost, g.project+"/issues", map[string]string{"title": title, "description": body}, &i)
	return g.issue(i), err
}

func (g *gitLab) updateIssue(ctx context.Context, number int64, title, body string, open bool) (issue, error) {
	event := "close"
	if open {
		event = "reopen"
	}
	var i gitLabIssue
	_, err := g.call(ctx, http.MethodPut, fmt.Sprintf("%s/issues/%d", g.project, number), map[string]string{"title": title, "description": body, "state_event": event}, &i)
	return g.issue(i), err
}

// Issues returns the issues of the repository.
func (e Environment) Issues(o Options) (*Issues, error) {
	if e.Kind == OnGitLab {
		return GitLabIssues(e.options(o))
	}
	return GitHubIssues(e.options(o))
}

// marked reports whether a body begins with one of the markers.
func marked(body string, markers []string) bool {
	for _, m := range markers {
		if rest, ok := strings.CutPrefix(body, m); ok && (rest == "" || rest[0] == '\n' || rest[0] == '\r') {
			return true
		}
	}
	return false
}

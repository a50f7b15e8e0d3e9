package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v75/github"
)

// maxPages bounds how many pages of 100 comments are searched.
const maxPages = 50

type gitHub struct {
	client      *github.Client
	owner, repo string
	number      int
	// login is the owner of the token; "" for an app, such as that of GitHub Actions,
	// which can't ask for its own name.
	login string
	asked bool
}

// GitHub returns the comments of a pull request. It sends no request.
func GitHub(o Options) (*Comments, error) {
	g, o, err := newGitHub(o)
	if err != nil {
		return nil, err
	}
	if o.Number <= 0 {
		return nil, errors.New("the number of the pull request is unknown")
	}
	return &Comments{host: g, o: o}, nil
}

func newGitHub(o Options) (*gitHub, Options, error) {
	o.defaults()
	api, err := parseAPI("GITHUB_API_URL", o.API)
	if err != nil {
		return nil, o, err
	}
	if err := checkToken(o.Token); err != nil {
		return nil, o, err
	}
	owner, repo, ok := strings.Cut(o.Repository, "/")
	if !ok || owner == "" || repo == "" || strings.ContainsAny(o.Repository, "?#% ") || strings.Contains(repo, "/") {
		return nil, o, fmt.Errorf("the repository %q is not of the form OWNER/NAME", o.Repository)
	}
	client := github.NewClient(o.client(api, "Authorization", "Bearer "+o.Token))
	client.BaseURL = api.JoinPath("/") // it must end with a slash
	client.UserAgent = o.UserAgent
	return &gitHub{client: client, owner: owner, repo: repo, number: o.Number}, o, nil
}

// pullRequestOf returns the number of the pull request that a commit belongs to; 0 for
// none. The one whose merge made it comes first.
func pullRequestOf(ctx context.Context, o Options, commit string) (int, error) {
	g, _, err := newGitHub(o)
	if err != nil {
		return 0, err
	}
	list, _, err := g.client.PullRequests.ListPullRequestsWithCommit(ctx, g.owner, g.repo, commit, &github.ListOptions{PerPage: 100})
	if err != nil {
		return 0, fmt.Errorf("find the pull request of commit %.12s: %w", commit, gitHubError(err))
	}
	for _, is := range []func(*github.PullRequest) bool{
		func(p *github.PullRequest) bool { return p.MergedAt != nil && p.GetMergeCommitSHA() == commit },
		func(p *github.PullRequest) bool { return p.GetState() == "open" && p.GetHead().GetSHA() == commit },
		func(p *github.PullRequest) bool { return p.MergedAt != nil }, // a rebase makes other commits, too
	} {
		if i := slices.IndexFunc(list, is); i >= 0 {
			return list[i].GetNumber(), nil
		}
	}
	return 0, nil
}

func (g *gitHub) list(ctx context.Context) ([]note, error) {
	if err := g.whoAmI(ctx); err != nil {
		return nil, err
	}
	var out []note
	o := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for page := 1; ; page++ {
		list, resp, err := g.client.Issues.ListComments(ctx, g.owner, g.repo, g.number, o)
		if err != nil {
			return nil, gitHubError(err)
		}
		for _, c := range list {
			out = append(out, g.note(c))
		}
		if resp.NextPage == 0 || page == maxPages {
			return out, nil
		}
		o.Page = resp.NextPage
	}
}

// whoAmI finds out whose the token is, once. The token of an app can't: its comments are
// those of a bot.
func (g *gitHub) whoAmI(ctx context.Context) error {
	if g.asked {
		return nil
	}
	user, _, err := g.client.Users.Get(ctx, "")
	switch err = gitHubError(err); {
	case err == nil:
		g.login = user.GetLogin()
	case status(err) != http.StatusForbidden && status(err) != http.StatusNotFound:
		return err
	}
	g.asked = true
	return nil
}

func (g *gitHub) note(c *github.IssueComment) note {
	return note{id: c.GetID(), body: c.GetBody(), url: c.GetHTMLURL(), own: g.own(c.GetUser())}
}

// own reports whether a user is the owner of the token; any bot may be if that is an app.
func (g *gitHub) own(user *github.User) bool {
	return user.GetLogin() == g.login && g.login != "" || g.login == "" && user.GetType() == "Bot"
}

func (g *gitHub) create(ctx context.Context, body string) (note, error) {
	c, _, err := g.client.Issues.CreateComment(ctx, g.owner, g.repo, g.number, &github.IssueComment{Body: &body})
	if err != nil {
		return note{}, gitHubError(err)
	}
	return g.note(c), nil
}

func (g *gitHub) update(ctx context.Context, id int64, body string) (note, error) {
	c, _, err := g.client.Issues.EditComment(ctx, g.owner, g.repo, id, &github.IssueComment{Body: &body})
	if err != nil {
		return note{}, gitHubError(err)
	}
	return g.note(c), nil
}

func (g *gitHub) remove(ctx context.Context, id int64) error {
	_, err := g.client.Issues.DeleteComment(ctx, g.owner, g.repo, id)
	return gitHubError(err)
}

func (g *gitHub) label(ctx context.Context, add, remove []string) error {
	list, _, err := g.client.Issues.ListLabelsByIssue(ctx, g.owner, g.repo, g.number, &github.ListOptions{PerPage: 100})
	if err != nil {
		return gitHubError(err)
	}
	var has []string
	for _, l := range list {
		has = append(has, l.GetName())
	}
	isSet := func(name string) bool {
		return slices.ContainsFunc(has, func(h string) bool { return strings.EqualFold(h, name) })
	}
	if add = slices.DeleteFunc(slices.Clone(add), isSet); len(add) > 0 {
		if _, _, err := g.client.Issues.AddLabelsToIssue(ctx, g.owner, g.repo, g.number, add); err != nil {
			return gitHubError(err)
		}
	}
	for _, name := range remove {
		if !isSet(name) {
			continue
		}
		if _, err := g.client.Issues.RemoveLabelForIssue(ctx, g.owner, g.repo, g.number, name); err != nil && !gone(gitHubError(err)) {
			return gitHubError(err)
		}
	}
	return nil
}

// gitHubError returns what GitHub answered as an Error; other errors stay.
func gitHubError(err error) error {
	var resp *http.Response
	message := ""
	var answer *github.ErrorResponse
	var limit *github.RateLimitError
	var abuse *github.AbuseRateLimitError
	var moved *github.RedirectionError
	switch {
	case errors.As(err, &answer):
		resp, message = answer.Response, answer.Message
	case errors.As(err, &limit):
		resp, message = limit.Response, limit.Message
	case errors.As(err, &abuse):
		resp, message = abuse.Response, abuse.Message
	case errors.As(err, &moved):
		resp, message = moved.Response, "it is a redirect"
	}
	if resp == nil || resp.Request == nil {
		return err
	}
	out := &Error{Method: resp.Request.Method, Path: resp.Request.URL.Path, Status: resp.StatusCode, Message: firstLine(message)}
	switch {
	case limited(resp, message):
		out.Status, out.advice = http.StatusTooManyRequests, limitAdvice
	case out.Status == http.StatusUnauthorized:
		out.advice = "check the token in GITHUB_TOKEN or GH_TOKEN"
	case out.Status == http.StatusForbidden:
		out.advice = "give the job the permission pull-requests: write"
	case out.Status >= 300 && out.Status < 400:
		out.advice = "the repository may have another name now"
	}
	return out
}

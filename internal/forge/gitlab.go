package forge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

type gitLab struct {
	client *http.Client
	// base is the address of the merge request, project that of its project, and api that
	// of the API.
	api, project, base string
	me                 int64
}

// GitLab returns the notes of a merge request. It sends no request.
func GitLab(o Options) (*Comments, error) {
	g, o, err := newGitLab(o)
	if err != nil {
		return nil, err
	}
	if o.Number <= 0 {
		return nil, errors.New("the number of the merge request is unknown")
	}
	return &Comments{host: g, o: o}, nil
}

func newGitLab(o Options) (*gitLab, Options, error) {
	o.defaults()
	api, err := parseAPI("CI_API_V4_URL", o.API)
	if err != nil {
		return nil, o, err
	}
	if err := checkToken(o.Token); err != nil {
		return nil, o, err
	}
	if o.Repository == "" {
		return nil, o, errors.New("the project is unknown")
	}
	g := &gitLab{client: o.client(api, "Private-Token", o.Token), api: api.String()}
	g.project = g.api + "/projects/" + url.PathEscape(o.Repository)
	g.base = fmt.Sprintf("%s/merge_requests/%d", g.project, o.Number)
	return g, o, nil
}

// gitLabNote is a note as GitLab's API has it.
type gitLabNote struct {
	ID     int64  `json:"id"`
	Body   string `json:"body"`
	System bool   `json:"system"`
	Author struct {
		ID int64 `json:"id"`
	} `json:"author"`
}

func (g *gitLab) note(n gitLabNote) note {
	return note{id: n.ID, body: n.Body, own: n.Author.ID == g.me && !n.System}
}

func (g *gitLab) list(ctx context.Context) ([]note, error) {
	if err := g.whoAmI(ctx); err != nil {
		return nil, err
	}
	var out []note
	next := "1"
	for page := 0; next != "" && page < maxPages; page++ {
		var list []gitLabNote
		header, err := g.call(ctx, http.MethodGet, g.base+"/notes?sort=asc&order_by=created_at&per_page=100&page="+next, nil, &list)
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			out = append(out, g.note(n))
		}
		next = header.Get("X-Next-Page")
		if _, err := strconv.Atoi(next); err != nil {
			next = ""
		}
	}
	return out, nil
}

// whoAmI finds out whose the token is, once.
func (g *gitLab) whoAmI(ctx context.Context) error {
	if g.me != 0 {
		return nil
	}
	var user struct {
		ID int64 `json:"id"`
	}
	if _, err := g.call(ctx, http.MethodGet, g.api+"/user", nil, &user); err != nil {
		return err
	}
	if user.ID == 0 {
		return errors.New("GitLab does not say whose the token is")
	}
	g.me = user.ID
	return nil
}

func (g *gitLab) create(ctx context.Context, body string) (note, error) {
	var n gitLabNote
	_, err := g.call(ctx, http.MethodPost, g.base+"/notes", map[string]string{"body": body}, &n)
	return g.note(n), err
}

func (g *gitLab) update(ctx context.Context, id int64, body string) (note, error) {
	var n gitLabNote
	_, err := g.call(ctx, http.MethodPut, fmt.Sprintf("%s/notes/%d", g.base, id), map[string]string{"body": body}, &n)
	return g.note(n), err
}

func (g *gitLab) remove(ctx context.Context, id int64) error {
	_, err := g.call(ctx, http.MethodDelete, fmt.Sprintf("%s/notes/%d", g.base, id), nil, nil)
	return err
}

func (g *gitLab) label(ctx context.Context, add, remove []string) error {
	_, err := g.call(ctx, http.MethodPut, g.base, map[string]string{"add_labels": strings.Join(add, ","), "remove_labels": strings.Join(remove, ",")}, nil)
	return err
}

// call sends a request with a JSON body, and reads the answer into a value.
func (g *gitLab) call(ctx context.Context, method, address string, body, into any) (http.Header, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := g.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		out := &Error{Method: method, Path: req.URL.Path, Status: resp.StatusCode, Message: firstLine(string(answer))}
		switch resp.StatusCode {
		case http.StatusTooManyRequests:
			out.advice = limitAdvice
		case http.StatusUnauthorized:
			out.advice = "check the token in GITLAB_TOKEN"
		case http.StatusForbidden:
			out.advice = "the token needs the scope api and the role Reporter"
		}
		return nil, out
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			return nil, fmt.Errorf("read the answer to %s %s: %w", method, req.URL.Path, err)
		}
	}
	return resp.Header, nil
}

// Package forgetest has a GitHub and a GitLab for tests.
package forgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Fake is a GitHub and a GitLab with one pull request. Its faults are used up one by one:
// each answers a call, before or after the call took effect.
type Fake struct {
	*httptest.Server
	// The lock is for the fields below.
	sync.Mutex
	// login is the owner of the token; "" for the app of GitHub Actions.
	Login    string
	ReadOnly bool
	PageSize int
	Comments []Comment
	Labels   []string
	Issues   []Issue
	next     int64
	Faults   []Fault
	Calls    []string
	// Denied is set if a request came without the token.
	Denied bool
}

// Comment is a comment, with the name of who wrote it.
type Comment struct {
	ID   int64
	Body string
	User string
}

// Fault is an answer in place of the real one to calls of a method.
type Fault struct {
	Method string
	Status int
	Header http.Header
	Body   string
	// After says that the call took effect, and Drop that the connection ends.
	After, Drop bool
}

// Bot is who writes with the token of GitHub Actions.
const Bot = "github-actions[bot]"

// Token is the only one that is accepted.
const Token = "secret"

// New starts one. Close ends it.
func New() *Fake {
	f := &Fake{PageSize: 100, next: 100}
	f.Server = httptest.NewServer(f)
	return f
}

func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	defer f.Unlock()
	path := r.URL.Path
	if r.URL.RawQuery != "" && r.Method == http.MethodGet {
		path += "?" + r.URL.RawQuery
	}
	f.Calls = append(f.Calls, r.Method+" "+path)
	if r.Header.Get("Authorization") != "Bearer "+Token && r.Header.Get("Private-Token") != Token {
		f.Denied = true
		http.Error(w, `{"message":"Bad credentials"}`, http.StatusUnauthorized)
		return
	}
	i := slices.IndexFunc(f.Faults, func(x Fault) bool { return x.Method == r.Method })
	if i < 0 {
		f.serve(w, r)
		return
	}
	x := f.Faults[i]
	f.Faults = slices.Delete(f.Faults, i, i+1)
	if x.After {
		f.serve(httptest.NewRecorder(), r)
	}
	if x.Drop {
		panic(http.ErrAbortHandler)
	}
	for k, v := range x.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(x.Status)
	fmt.Fprint(w, x.Body)
}

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	gitLab := strings.HasPrefix(r.URL.Path, "/api/v4")
	write := r.Method != http.MethodGet
	if write && f.ReadOnly {
		http.Error(w, `{"message":"Resource not accessible by integration"}`, http.StatusForbidden)
		return
	}
	if f.serveIssues(w, r, gitLab) {
		return
	}
	var in struct {
		Body         string
		Labels       []string
		AddLabels    string `json:"add_labels"`
		RemoveLabels string `json:"remove_labels"`
	}
	var labels []string
	if strings.HasSuffix(r.URL.Path, "/labels") && write {
		_ = json.NewDecoder(r.Body).Decode(&labels)
	} else if write {
		_ = json.NewDecoder(r.Body).Decode(&in)
	}
	last := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	id, _ := strconv.ParseInt(last, 10, 64)
	at := slices.IndexFunc(f.Comments, func(c Comment) bool { return c.ID == id })
	switch {
	case last == "user" && f.Login == "":
		http.Error(w, `{"message":"Resource not accessible by integration"}`, http.StatusForbidden)
	case last == "user":
		answer(w, map[string]any{"login": f.Login, "type": "User", "id": userID(f.Login)})
	case last == "pulls":
		answer(w, []any{
			map[string]any{"number": 9, "state": "open", "head": map[string]any{"sha": "last"}},
			map[string]any{"number": 5, "state": "closed", "merge_commit_sha": "other", "merged_at": "2026-11-01T00:00:00Z"},
			map[string]any{"number": 6, "state": "closed", "merge_commit_sha": "abc", "merged_at": nil},
			map[string]any{"number": 7, "state": "closed", "merge_commit_sha": "abc", "merged_at": "2026-11-01T00:00:00Z"},
		})
	case last == "labels" && !write:
		var out []any
		for _, l := range f.Labels {
			out = append(out, map[string]any{"name": l})
		}
		answer(w, out)
	case last == "labels":
		f.Labels = append(f.Labels, labels...)
		answer(w, []any{})
	case strings.Contains(r.URL.Path, "/labels/"):
		f.Labels = slices.DeleteFunc(f.Labels, func(l string) bool { return l == last })
		answer(w, []any{})
	case r.Method == http.MethodGet:
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		page = max(page, 1)
		from, to := min((page-1)*f.PageSize, len(f.Comments)), min(page*f.PageSize, len(f.Comments))
		if to < len(f.Comments) {
			w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, f.URL, r.URL.Path, page+1))
			w.Header().Set("X-Next-Page", strconv.Itoa(page+1))
		}
		out := []any{}
		for _, c := range f.Comments[from:to] {
			out = append(out, c.json(gitLab))
		}
		answer(w, out)
	case r.Method == http.MethodPost:
		f.next++
		user := f.Login
		if user == "" {
			user = Bot
		}
		c := Comment{f.next, in.Body, user}
		f.Comments = append(f.Comments, c)
		answer(w, c.json(gitLab))
	case in.AddLabels+in.RemoveLabels != "":
		f.Labels = slices.DeleteFunc(append(f.Labels, strings.Split(in.AddLabels, ",")...), func(l string) bool {
			return l == "" || slices.Contains(strings.Split(in.RemoveLabels, ","), l)
		})
		answer(w, map[string]any{})
	case at < 0:
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
	case r.Method == http.MethodDelete:
		f.Comments = slices.Delete(f.Comments, at, at+1)
		w.WriteHeader(http.StatusNoContent)
	default:
		f.Comments[at].Body = in.Body
		answer(w, f.Comments[at].json(gitLab))
	}
}

func (c Comment) json(gitLab bool) map[string]any {
	if gitLab {
		return map[string]any{"id": c.ID, "body": c.Body, "author": map[string]any{"id": userID(c.User)}}
	}
	kind := "User"
	if strings.HasSuffix(c.User, "[bot]") {
		kind = "Bot"
	}
	// GitHub changes line ends.
	body := strings.ReplaceAll(c.Body, "\n", "\r\n")
	return map[string]any{"id": c.ID, "body": body, "html_url": fmt.Sprint("https://github.example/c/", c.ID), "user": map[string]any{"login": c.User, "type": kind}}
}

func userID(login string) int { return 1000 + len(login) }

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

package forgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Issue is an issue, with the name of who opened it.
type Issue struct {
	Number      int64
	Title, Body string
	User        string
	Closed      bool
	// PullRequest says that it is a pull request, which GitHub lists, too.
	PullRequest bool
}

// serveIssues answers calls about issues, and reports whether it did.
func (f *Fake) serveIssues(w http.ResponseWriter, r *http.Request, gitLab bool) bool {
	_, rest, ok := strings.Cut(r.URL.Path, "/issues")
	number, err := strconv.ParseInt(strings.TrimPrefix(rest, "/"), 10, 64)
	if !ok || rest != "" && err != nil {
		return false
	}
	var in struct {
		Title, Body, Description, State string
		Event                           string `json:"state_event"`
	}
	if r.Method != http.MethodGet {
		_ = json.NewDecoder(r.Body).Decode(&in)
	}
	body := in.Body + in.Description
	at := slices.IndexFunc(f.Issues, func(i Issue) bool { return i.Number == number })
	switch {
	case r.Method == http.MethodGet:
		closed := r.URL.Query().Get("state") == "closed"
		list := slices.DeleteFunc(slices.Clone(f.Issues), func(i Issue) bool {
			return i.Closed != closed || gitLab && i.PullRequest
		})
		slices.Reverse(list) // the newest first
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		page = max(page, 1)
		from, to := min((page-1)*f.PageSize, len(list)), min(page*f.PageSize, len(list))
		if to < len(list) {
			w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, f.URL, r.URL.Path, page+1))
			w.Header().Set("X-Next-Page", strconv.Itoa(page+1))
		}
		out := []any{}
		for _, i := range list[from:to] {
			out = append(out, i.json(gitLab))
		}
		answer(w, out)
	case r.Method == http.MethodPost:
		user := f.Login
		if user == "" {
			user = Bot
		}
		i := Issue{Number: int64(len(f.Issues) + 1), Title: in.Title, Body: body, User: user}
		f.Issues = append(f.Issues, i)
		answer(w, i.json(gitLab))
	case at < 0:
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
	default:
		i := &f.Issues[at]
		i.Title, i.Body = in.Title, body
		i.Closed = in.State == "closed" || in.Event == "close"
		answer(w, i.json(gitLab))
	}
	return true
}

func (i Issue) json(gitLab bool) map[string]any {
	address := fmt.Sprint("https://forge.example/issues/", i.Number)
	if gitLab {
		return map[string]any{"iid": i.Number, "title": i.Title, "description": i.Body, "web_url": address, "author": map[string]any{"id": userID(i.User)}}
	}
	kind := "User"
	if strings.HasSuffix(i.User, "[bot]") {
		kind = "Bot"
	}
	out := map[string]any{"number": i.Number, "title": i.Title, "body": strings.ReplaceAll(i.Body, "\n", "\r\n"), "html_url": address, "user": map[string]any{"login": i.User, "type": kind}}
	if i.PullRequest {
		out["pull_request"] = map[string]any{"url": address}
	}
	return out
}

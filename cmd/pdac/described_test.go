package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// described serves an embedded Panther, and reports each request and response that the
// published description doesn't have.
func described(t *testing.T, s *sandbox.Server) (url string, calls func() map[string]int) {
	t.Helper()
	var mu sync.Mutex
	seen := map[string]int{}
	through := sandbox.Contract(s.Transport(), sandbox.ContractOptions{}, func(err error) { t.Error(err) })
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		collection, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		mu.Lock()
		seen[r.Method+" "+collection]++
		mu.Unlock()
		r.URL.Scheme, r.URL.Host, r.RequestURI = "http", r.Host, ""
		resp, err := through.RoundTrip(r)
		if err != nil {
			t.Error(err)
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	t.Cleanup(front.Close)
	return front.URL, func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

// TestSandboxFollowsTheDescription has a deployment live through all that pdac does
// with Panther. No request and no response has anything that the description lacks.
func TestSandboxFollowsTheDescription(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole life of a deployment")
	}
	gittest.Need(t)
	s, err := sandbox.Open(t.Context(), sandbox.Options{Token: "sesame"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	url, calls := described(t, s)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/acme")); err != nil {
		t.Fatal(err)
	}
	gittest.Run(t, dir, "init", "-q", "-b", "main")
	commit := func(subject string) {
		t.Helper()
		gittest.Run(t, dir, "add", "-A")
		gittest.Run(t, dir, "commit", "-q", "-m", subject)
	}
	env := map[string]string{"PANTHER_API_HOST": url, "PANTHER_API_TOKEN": "sesame"}
	for _, e := range os.Environ() {
		if name, value, _ := strings.Cut(e, "="); env[name] == "" {
			env[name] = value
		}
	}
	run := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		p := process(&out, env, append(args, "-C", dir)...)
		p.Err = &errs
		if code := Main(t.Context(), p); code != want {
			t.Fatalf("pdac %s ended with %d:\n%s%s", strings.Join(args, " "), code, &out, &errs)
		}
		return out.String()
	}
	edit := func(c sandbox.Collection, id, field string, value any) {
		t.Helper()
		if err := s.Edit(t.Context(), c, id, func(e map[string]any) { e[field] = value }); err != nil {
			t.Fatal(err)
		}
	}
	rule := filepath.Join(dir, "rules", "aws_rules", "trail_stopped.yml")
	change := func(old, new string) {
		t.Helper()
		text, err := os.ReadFile(rule)
		if err != nil || !bytes.Contains(text, []byte(old)) {
			t.Fatalf("%s doesn't have %q (%v)", rule, old, err)
		}
		if err := os.WriteFile(rule, bytes.Replace(text, []byte(old), []byte(new), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	commit("first")
	run(exitOK, "auth", "status")
	run(exitOK, "apply", "--auto-approve")
	change("Severity: High", "Severity: Critical")
	commit("second")
	edit(sandbox.Rules, "Acme.Okta.MfaFactorReset", "dedupPeriodMinutes", 240)
	run(exitOK, "plan")
	if out := run(exitChanges, "drift"); !strings.Contains(out, "in the console by Console User") {
		t.Errorf("the report doesn't name who made the edit:\n%s", out)
	}
	run(exitOK, "apply", "--auto-approve", "--on-drift", "keep")
	run(exitOK, "pull")
	commit("third")
	run(exitOK, "apply", "--auto-approve")
	if err := os.Remove(rule); err != nil {
		t.Fatal(err)
	}
	run(exitOK, "apply", "--auto-approve", "--allow-delete")
	run(exitOK, "rollback", "--auto-approve")
	for _, c := range sandbox.Collections() {
		ids, err := s.IDs(c)
		if err != nil || len(ids) == 0 {
			t.Fatalf("%s: %d live, %v", c, len(ids), err)
		}
		field, value := "description", any("edited")
		if c == sandbox.DataModels {
			field, value = "displayName", "Edited"
		}
		edit(c, ids[0], field, value)
	}
	run(exitChanges, "drift")
	run(exitOK, "apply", "--auto-approve", "--allow-delete")
	run(exitOK, "plan", "--detailed-exitcode")
	run(exitOK, "import", filepath.Join(t.TempDir(), "imported"))
	seen := calls()
	for _, c := range sandbox.Collections() {
		update := "PUT "
		if c == sandbox.Queries {
			update = "POST "
		}
		if seen["GET "+string(c)] == 0 || seen["POST "+string(c)] == 0 || seen[update+string(c)] == 0 {
			t.Errorf("%s: not all of it was called: %v", c, seen)
		}
	}
	if seen["DELETE rules"] == 0 || seen["GET users"] == 0 || seen["GET api-tokens"] == 0 {
		t.Errorf("not all was called: %v", seen)
	}
}

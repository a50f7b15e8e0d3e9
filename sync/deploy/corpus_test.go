package deploy_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// TestPullOfACorpus edits a hundred entities of a real repository in the console,
// every field of every kind in turn, and pulls. It needs a clone of a repository
// of detections, which PDAC_CORPUS names and which isn't touched:
//
//	PDAC_CORPUS=~/panther-analysis go test -run TestPullOfACorpus -v ./sync/deploy
func TestPullOfACorpus(t *testing.T) {
	corpus := os.Getenv("PDAC_CORPUS")
	if corpus == "" {
		t.Skip("PDAC_CORPUS names no repository of detections")
	}
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "clone")
	gittest.Run(t, ".", "clone", "-q", corpus, dir)
	server, err := sandbox.Open(ctx, sandbox.Options{Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client, err := panther.NewClient(panther.Options{Host: "localhost", Token: "secret", Transport: server.Transport(), RequestsPerSecond: -1})
	if err != nil {
		t.Fatal(err)
	}
	open := func() *deploy.Session {
		s, err := deploy.Open(ctx, deploy.Options{Root: dir, Content: repo.Options{ExcludeStatus: []string{"Experimental", "Deprecated"}}, Tenant: "corpus"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	plan := func() (*deploy.Session, *sync.Plan) {
		s := open()
		p, err := s.Plan(ctx, client, deploy.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return s, p
	}
	s, p := plan()
	if r := s.Apply(ctx, client, p, deploy.ApplyOptions{}); !r.OK() || r.Record.Problem != "" {
		t.Fatalf("the first apply: %+v", r.Record)
	}
	edited := editAll(t, client, 100)
	pull, err := open().Pull(ctx, client, deploy.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if n := pull.Count(deploy.PullEdited); n != len(edited) {
		t.Errorf("%d of %d edits were pulled", n, len(edited))
	}
	for _, e := range pull.Entities {
		if e.What != deploy.PullEdited {
			t.Errorf("%s: %s %s", e.Key(), e.What, e.Reason)
		}
	}
	s = open()
	if _, err := s.Pull(ctx, client, deploy.PullOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(pull, false); err != nil {
		t.Fatal(err)
	}
	stat := gittest.Run(t, dir, "diff", "--stat=120")
	t.Logf("git diff --stat:\n%s", stat)
	lines := map[string][]int{}
	for _, e := range pull.Entities {
		n := 0
		for _, row := range strings.Split(strings.TrimSpace(gittest.Run(t, dir, append([]string{"diff", "--numstat", "--"}, e.Files...)...)), "\n") {
			var added, removed int
			if _, err := fmt.Sscanf(row, "%d\t%d", &added, &removed); err == nil {
				n += max(added, removed)
			}
		}
		lines[e.Fields[0]] = append(lines[e.Fields[0]], n)
	}
	for _, field := range slices.Sorted(maps.Keys(lines)) {
		t.Logf("%-24s lines changed by an edit: %v", field, lines[field])
	}
	if _, p := plan(); p.Summary.Drifted+p.Summary.Conflicts > 0 || len(p.Changes) > 0 {
		t.Errorf("after the pull the plan still has %d drifted, %d conflicts, %d changes: %+v", p.Summary.Drifted, p.Summary.Conflicts, len(p.Changes), p.Changes)
	}
}

// editAll changes one field of each of n entities over the API, the fields in turn.
func editAll(t *testing.T, client *panther.Client, n int) []panther.Key {
	t.Helper()
	ctx := context.Background()
	var rows []struct {
		kind  panther.Kind
		field panther.Field
	}
	for _, k := range panther.Kinds() {
		for _, f := range k.Fields() {
			rows = append(rows, struct {
				kind  panther.Kind
				field panther.Field
			}{k, f})
		}
	}
	lists := map[panther.Kind][]panther.Entity{}
	for _, k := range panther.Kinds() {
		list, err := client.List(ctx, k)
		if err != nil {
			t.Fatal(err)
		}
		lists[k] = list
	}
	var out []panther.Key
	used := map[panther.Key]bool{}
	for i := 0; len(out) < n; i++ {
		row := rows[i%len(rows)]
		for _, e := range lists[row.kind] {
			v, ok := otherValue(row.field, e.Fields[row.field.Name])
			if used[e.Key] || !ok {
				continue
			}
			if _, err := client.Update(ctx, e.With(map[string]any{row.field.Name: v}), panther.WriteOptions{SkipTests: true}); err != nil {
				continue // such as a log type that another data model has
			}
			used[e.Key] = true
			out = append(out, e.Key)
			break
		}
		if i > 20*len(rows) {
			t.Fatalf("only %d edits could be made", len(out))
		}
	}
	return out
}

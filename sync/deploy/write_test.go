package deploy_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// TestAFileThatChangesMeanwhileIsNotOverwritten: somebody saves a file while
// Panther is asked, and not even --force means what nobody has seen.
func TestAFileThatChangesMeanwhileIsNotOverwritten(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	files := synth.Files{"rules/a.yml": "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: High\nDetection: [{Key: k, Condition: Exists}]\n"}
	if err := files.Write(dir); err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.Open(ctx, sandbox.Options{Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client, err := panther.NewClient(panther.Options{Host: "localhost", Token: "secret", Transport: server.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	open := func() *deploy.Session {
		s, err := deploy.Open(ctx, deploy.Options{Root: dir, Tenant: "t", NoRecord: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	plan, err := s.Plan(ctx, client, deploy.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Apply(ctx, client, plan, deploy.ApplyOptions{}); !r.OK() {
		t.Fatalf("the apply: %+v", r)
	}
	if err := server.Edit(ctx, "simple-rules", "A", func(m map[string]any) { m["severity"] = "LOW" }); err != nil {
		t.Fatal(err)
	}
	s = open()
	pull, err := s.Pull(ctx, client, deploy.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "rules", "a.yml")
	if err := os.WriteFile(path, []byte("work\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const want = "nothing was written, because rules/a.yml has changed since it was read; pull again"
	if err := s.Write(pull, true); err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
	if text, _ := os.ReadFile(path); string(text) != "work\n" {
		t.Errorf("the file holds %q", text)
	}
	if err := files.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(pull, true); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); !strings.Contains(string(text), "Severity: Low") {
		t.Errorf("the file holds %q", text)
	}
}

package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint"
)

// TestRulesPage compares docs/rules.md with the rules; -update rewrites it.
func TestRulesPage(t *testing.T) {
	want, err := report.RulesPage(t.Context(), lint.Rules())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "..", "docs", "rules.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("docs/rules.md is missing; make it with: go test ./cmd/pdac/report -run TestRulesPage -update (%v)", err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("docs/rules.md is stale; renew it with: go test ./cmd/pdac/report -run TestRulesPage -update (-page +rules):\n%s", diff)
	}
}

// TestRuleShowsItsExample makes sure that every rule's text says what lint finds in
// its bad example.
func TestRuleShowsItsExample(t *testing.T) {
	for _, r := range lint.Rules() {
		var b bytes.Buffer
		if err := report.Rule(t.Context(), &b, r, report.RulesOptions{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(b.Bytes(), []byte(" "+r.ID+" "+r.Name+": ")) {
			t.Errorf("the text about %s has no finding of it:\n%s", r.ID, &b)
		}
	}
}

func TestRulesRefuseOtherFormats(t *testing.T) {
	err := report.Rules(&bytes.Buffer{}, nil, report.RulesOptions{Format: report.SARIF})
	if err == nil || err.Error() != `rules can't be shown as "sarif"; use one of text, json, markdown` {
		t.Errorf("got %v", err)
	}
	r, _ := lint.FindRule("PD101")
	if err := report.Rule(t.Context(), &bytes.Buffer{}, r, report.RulesOptions{Format: report.JUnit}); err == nil {
		t.Error("a rule as JUnit is no error")
	}
}

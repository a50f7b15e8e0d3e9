package report

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/lint"
)

// TestHelpURL: a link to pdac's docs would lead nowhere for a rule of one's own.
func TestHelpURL(t *testing.T) {
	if got := helpURL(lint.Rule{ID: "ACME01"}); got != "" {
		t.Errorf("a custom rule links to %s", got)
	}
	if got, want := helpURL(lint.Rule{ID: "PD107"}), rulesURL+"#pd107"; got != want {
		t.Errorf("PD107 links to %s, want %s", got, want)
	}
}

// TestMarkdownLinksBuiltInRules: the table of findings links the same rules as SARIF.
func TestMarkdownLinksBuiltInRules(t *testing.T) {
	var b strings.Builder
	r := &lint.Result{
		Findings: []lint.Finding{{Rule: "ACME01", Severity: lint.Error, Path: "a.yml"}, {Rule: "PD107", Severity: lint.Error, Path: "a.yml"}},
		Running:  []lint.Rule{{ID: "ACME01", Name: "own"}},
	}
	if err := Findings(&b, r, FindingsOptions{Format: Markdown}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| ACME01 own |", "| [PD107](" + rulesURL + "#pd107) bad-enum |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &b)
		}
	}
}

package report

import (
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

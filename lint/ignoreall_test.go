package lint_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// TestEveryRuleCanBeIgnored puts a comment above or on the line of each finding of each
// rule's example, or at the head of the file where the line is inside of something that
// takes no comment, and expects that the finding is gone and the comment has an effect.
func TestEveryRuleCanBeIgnored(t *testing.T) {
	for _, r := range lint.Rules() {
		if r.AboutComments() || r.ID == "PD101" || r.ID == "PD301" || r.ID == "PD102" {
			continue // a broken file has no lines to speak of; the rules of ignores have tests of their own
		}
		t.Run(r.ID, func(t *testing.T) {
			files := map[string][]byte{}
			for _, f := range lint.Example(r.Doc.Bad) {
				files[f.Path] = []byte(f.Text)
			}
			run := func(files map[string][]byte) *lint.Result {
				res, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{Files: files}},
					lint.Options{Select: []string{r.ID, "PD001"}, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
				if err != nil {
					t.Fatal(err)
				}
				return res
			}
			all := run(files).Findings
			if len(all) == 0 {
				t.Fatal("the example has no finding")
			}
			for _, f := range all {
				works := func(text string) bool {
					changed := maps.Clone(files)
					changed[f.Path] = []byte(text)
					res := run(changed)
					gone := len(res.Findings) < len(all) && res.Ignored > 0
					for _, g := range res.Findings {
						gone = gone && g.Rule == r.ID
					}
					return gone
				}
				text := string(files[f.Path])
				comment := "# pdac:ignore " + r.ID + " -- tested"
				lines := strings.Split(text, "\n")
				if n := f.Range.Line; n > 1 {
					above, on := append([]string{}, lines...), append([]string{}, lines...)
					indent := lines[n-1][:len(lines[n-1])-len(strings.TrimLeft(lines[n-1], " "))]
					above[n-1] = indent + comment + "\n" + lines[n-1]
					on[n-1] = lines[n-1] + " " + comment
					if works(strings.Join(above, "\n")) && works(strings.Join(on, "\n")) {
						continue
					}
				}
				if !works(comment + "\n" + text) {
					t.Errorf("no comment ignores %s: %s", f.Where(), f.Message)
				}
			}
		})
	}
}

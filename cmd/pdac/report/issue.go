package report

import (
	"strings"

	"github.com/pdac-dev/pdac/sync"
)

// longestTitle limits the title of an issue, in characters. GitHub and GitLab accept 255.
const longestTitle = 200

// DriftIssue returns the title and the body of the issue about a drift. The body begins
// with its marker.
func DriftIssue(d *sync.Drift, o DriftOptions) (title, body string, err error) {
	o.Format = Markdown
	var b strings.Builder
	if err := Drift(&b, d, o); err != nil {
		return "", "", err
	}
	words := driftWords(d)
	p := words.turn(asPlan(d))
	counts := words.totals(p.Summary)
	if p.Empty() {
		counts = "none"
	}
	text, next := b.String(), "Fix it in one of three ways: `pdac pull` writes the edits into files, `pdac apply` takes them back, and `drift.accept` in `pdac.yaml` lets them stay."
	if p.Empty() {
		next = ""
	}
	marker, rest, _ := strings.Cut(text, "\n")
	body = marker + "\n" + rest + "\n" + strings.TrimSpace(next+" pdac updates this issue, and closes it when the drift is gone.") + "\n"
	return clip(words.heading(&sync.Plan{Tenant: d.Tenant})+": "+counts, longestTitle), body, nil
}

package report

import (
	"fmt"

	"github.com/pdac-dev/pdac/sync"
)

// guardText says what a guard does, on one line: with its file and line, and with who
// lets its changes through.
func guardText(g sync.GuardHit, q quoter) string {
	text := "guard " + q(g.ID, 100) + " (" + q(fmt.Sprintf("%s:%d", g.Path, g.Line), 200) + ") "
	what := Count(len(g.Changes), "change", "changes")
	switch {
	case g.Allowed != nil && g.Allowed.By == "commit":
		text += "lets " + what + " through, because of Pdac-Allow in " + q(g.Allowed.Commit[:min(len(g.Allowed.Commit), 7)], 20) + " by " + q(g.Allowed.Author, 100)
	case g.Allowed != nil:
		text += "lets " + what + " through, because of --allow"
	case g.Do == sync.GuardHold:
		text += "holds " + what + " back; let through once with --allow " + q(g.ID, 100)
	default:
		text += "stops this plan because of " + what
	}
	text += ": " + elementsOf(g.Changes, q)
	if g.Message != "" && g.Allowed == nil {
		text += ": " + q(g.Message, 300)
	}
	if g.Deployed {
		text += " (of the last deployment; this plan changes or removes the guard)"
	}
	return text
}

// elementsOf quotes the first few names.
func elementsOf(list []string, q quoter) string {
	out := ""
	for i, s := range list {
		if i == maxAffected {
			return out + " and " + number(len(list)-i) + " more"
		}
		if i > 0 {
			out += ", "
		}
		out += q(s, 120)
	}
	return out
}

package report

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/sync"
)

// longestAcceptance limits the reason of an acceptance, in characters.
const longestAcceptance = 200

// acceptanceText says what drift.accept of pdac.yaml says about a value; "" for nothing.
func acceptanceText(a *sync.Acceptance, q quoter) string {
	if a == nil {
		return ""
	}
	place := q(a.Place(), 200)
	out := ""
	switch a.State {
	case sync.Accepted:
		out = "accepted in " + place
		if a.Until != "" {
			out += " until " + q(a.Until, 20)
		}
	case sync.AcceptanceEnded:
		out = "the acceptance in " + place + " ended on " + q(a.Until, 20)
	case sync.AcceptanceOfOther:
		out = place + " accepts another value"
	default:
		out = place + " says " + q(string(a.State), 40)
	}
	return out + ": " + q(a.Reason, longestAcceptance)
}

func isAccepted(a *sync.Acceptance) bool { return a != nil && a.State == sync.Accepted }

func sameAcceptance(a, b *sync.Acceptance) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// acceptanceNotes returns what drift.accept says about the fields of a change, each
// text once. The fields of what is created, replaced or deleted as a whole are named.
func acceptanceNotes(c sync.Change, q quoter) []string {
	var out []string
	for _, f := range c.Fields {
		text := acceptanceText(f.Acceptance, q)
		if text == "" {
			continue
		}
		if c.Action != sync.Update {
			text = "the live " + q(f.Name, 40) + " is " + text
			if f.Carried {
				text = strings.Replace(text, " is accepted", " goes along, accepted", 1)
			}
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	const most = 6
	if more := len(out) - most; more > 0 {
		out = append(out[:most], number(more)+" more accepted")
	}
	return out
}

// why returns the lines above a group of fields: who changed them, what happens to the
// change, and what drift.accept says about it. It returns none if all that is unknown.
func (t telling) why(p *sync.Plan, c sync.Change, g group, kept bool) []said {
	out, accepted := t.who(p, c, g, kept), acceptanceText(g.acceptance, plain)
	switch {
	case accepted == "":
	case isAccepted(g.acceptance) && len(out) > 0:
		out[0].then = accepted
	default:
		out = append(out, said{who: accepted})
	}
	return out
}

// whole returns the lines below the change of a whole entity: who made it, what happens
// to it, and what drift.accept says about its fields.
func (t telling) whole(p *sync.Plan, c sync.Change, kept bool) []said {
	out := t.wholeWho(p, c, kept)
	for _, note := range acceptanceNotes(c, plain) {
		out = append(out, said{who: note})
	}
	return out
}

// keptWords is the wording of what differs and is left as it is.
type keptWords struct {
	title, legend string
	// verb returns the words before an entity; "" for those of other changes.
	verb func(sync.Action) string
}

// left returns the wording of the kept differences: in a drift report they are accepted.
func (ws wording) left() keptWords {
	if ws.drift {
		return keptWords{title: "Accepted in pdac.yaml, so no drift", legend: ws.legend, verb: func(sync.Action) string { return "accepted:" }}
	}
	return keptWords{title: "Left unchanged in Panther", legend: keptLegend, verb: func(a sync.Action) string { return keptVerbs[a] }}
}

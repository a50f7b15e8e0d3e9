package report

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff/behaviour"
)

// behaviourGroup is a detection that behaves differently, or several whose alerts say other
// things because of the same global or data model.
type behaviourGroup struct {
	// Detection is the sum of the members if there are any.
	behaviour.Detection
	members []behaviour.Name
}

// smallestGroup is how many detections are shown as one.
const smallestGroup = 3

// grouped puts detections with the same single cause and the same outputs into groups, but
// for those with other verdicts. With each, none are.
func grouped(list []behaviour.Detection, each bool) (out []behaviourGroup) {
	of := func(d behaviour.Detection) string {
		if each || len(d.Causes) != 1 || !strings.HasPrefix(d.Causes[0], "global ") && !strings.HasPrefix(d.Causes[0], "data model ") {
			return ""
		}
		key := d.Causes[0]
		for _, c := range d.Changes {
			if c.What == behaviour.Verdict {
				return ""
			}
			key += "\x00" + c.What
		}
		return key
	}
	count, at := map[string]int{}, map[string]int{}
	for _, d := range list {
		count[of(d)]++
	}
	for _, d := range list {
		key := of(d)
		if key == "" || count[key] < smallestGroup {
			out = append(out, behaviourGroup{Detection: d})
			continue
		}
		i, known := at[key]
		if !known {
			i = len(out)
			at[key] = i
			out = append(out, behaviourGroup{Detection: behaviour.Detection{Causes: d.Causes}})
		}
		out[i].add(d)
	}
	return out
}

// add adds a detection to a group.
func (g *behaviourGroup) add(d behaviour.Detection) {
	g.members = append(g.members, d.Name)
	g.Events += d.Events
	g.NotComparable += d.NotComparable
	for _, n := range d.NotRun {
		if i := slices.IndexFunc(g.NotRun, func(x behaviour.NotRun) bool { return x.Reason == n.Reason }); i >= 0 {
			g.NotRun[i].Events += n.Events
		} else {
			g.NotRun = append(g.NotRun, n)
		}
	}
	for i, c := range d.Changes {
		if i == len(g.Changes) {
			g.Changes = append(g.Changes, behaviour.Change{What: c.What})
		}
		into := &g.Changes[i]
		into.Events += c.Events
		if len(into.Examples) < smallestGroup {
			into.Examples = append(into.Examples, c.Examples[:min(1, len(c.Examples))]...)
		}
	}
}

// title names the detection, or says how many there are.
func (g *behaviourGroup) title(q quoter) string {
	if g.members == nil {
		return q(g.Kind+" "+g.ID, 120)
	}
	return Count(len(g.members), "detection", "detections")
}

// maxMembers is how many detections of a group are named.
const maxMembers = 5

// names lists the detections of a group; "" for a single one.
func (g *behaviourGroup) names(q quoter) string {
	var out []string
	for i, m := range g.members {
		if i == maxMembers {
			return strings.Join(out, ", ") + " and " + number(len(g.members)-i) + " more"
		}
		out = append(out, q(m.Kind+" "+m.ID, 120))
	}
	return strings.Join(out, ", ")
}

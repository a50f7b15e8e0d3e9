package unittest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff/behaviour"
)

// conclude makes the report from the results.
func (c *comparison) conclude() {
	r := c.report
	events := map[int]bool{}
	sources := map[behaviour.Name]*behaviour.Source{}
	sourceEvents := map[behaviour.Name]map[int]bool{}
	for _, p := range c.pairs {
		d := behaviour.Detection{Name: behaviour.Name{Kind: p.items[1].kind(), ID: p.items[1].spec.ID}, Path: p.items[1].spec.Path, Causes: p.causes, Changes: []behaviour.Change{}, LeftOut: p.leftOut}
		ran := map[int]bool{}
		for j, t := range p.trials {
			b, a := p.results[0][j], p.results[1][j]
			switch {
			case b.Verdict == "" || a.Verdict == "":
				d.Skip(cmp.Or(a.Reason, b.Reason))
				r.Summary.NotRun++
				continue
			case p.unstable[j]:
				d.NotComparable++
				r.Summary.NotComparable++
				continue
			}
			d.Events++
			ran[t.event] = true
			found := behaviour.Compare(b, a)
			d.Add(t.origin, found)
			for _, f := range found {
				if f.What == behaviour.Verdict {
					r.Summary.Verdicts++
				} else {
					r.Summary.Outputs[f.What]++
				}
			}
		}
		d.Sort()
		slices.SortFunc(d.NotRun, func(a, b behaviour.NotRun) int { return strings.Compare(a.Reason, b.Reason) })
		r.Summary.Compared++
		r.Summary.Runs += d.Events
		r.Summary.LeftOut += d.LeftOut
		switch {
		case len(d.Changes) > 0:
			r.Summary.Changed++
		case d.Events == 0:
			r.Summary.Unknown++
		default:
			r.Summary.Same++
		}
		if len(d.Changes) > 0 || d.Events == 0 || len(d.NotRun) > 0 || d.NotComparable > 0 {
			r.Detections = append(r.Detections, d)
		}
		maps.Copy(events, ran)
		for _, name := range p.sources {
			s := sources[name]
			if s == nil {
				s = &behaviour.Source{Name: name}
				sources[name], sourceEvents[name] = s, map[int]bool{}
			}
			s.Users++
			if len(d.Changes) == 0 && d.Events > 0 {
				s.Same++
			}
			maps.Copy(sourceEvents[name], ran)
		}
	}
	delete(events, -1)
	r.Summary.Events = len(events)
	for i := range events {
		if c.pool.events[i].corpus {
			r.Summary.Corpus++
		}
	}
	for _, name := range c.changedGlobals() {
		if sources[name] == nil {
			sources[name] = &behaviour.Source{Name: name}
		}
	}
	for name, s := range sources {
		s.Events = len(sourceEvents[name])
		r.Sources = append(r.Sources, *s)
	}
	slices.SortFunc(r.Sources, func(a, b behaviour.Source) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID))
	})
	slices.SortFunc(r.Detections, func(a, b behaviour.Detection) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID))
	})
	c.countLines()
}

// countLines adds the lines that differ, and which of them were not reached.
func (c *comparison) countLines() {
	l := &c.report.Lines
	l.Changed, l.Reached, l.Missed = countedLines(c.lines[1], c.reached[1])
	l.Removed, l.RemovedReached, l.RemovedMissed = countedLines(c.lines[0], c.reached[0])
}

func countedLines(lines, ran map[string]map[int]bool) (all, reached int, missed []behaviour.FileLines) {
	missed = []behaviour.FileLines{}
	for _, path := range sortedKeys(lines) {
		var others []int
		for n := range lines[path] {
			if all++; ran[path][n] {
				reached++
			} else {
				others = append(others, n)
			}
		}
		if slices.Sort(others); len(others) > 0 {
			missed = append(missed, behaviour.FileLines{Path: path, Lines: others})
		}
	}
	return all, reached, missed
}

// changedGlobals lists the globals that differ, used or not; none if the detections are limited.
func (c *comparison) changedGlobals() (out []behaviour.Name) {
	if len(c.in.Paths)+len(c.opts.Only) > 0 {
		return nil
	}
	for id, g := range c.sides[1].globals {
		if was := c.sides[0].globals[id]; was != nil && c.sides[0].bodyHash(was) != c.sides[1].bodyHash(g) {
			out = append(out, behaviour.Name{Kind: "global", ID: id})
		}
	}
	return out
}

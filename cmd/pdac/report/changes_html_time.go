package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

// htmlTimeline shows deployments, commits and edits in the order of their times.
type htmlTimeline struct {
	Label  string
	Lanes  []htmlLane
	Ticks  []htmlTick
	Events []htmlEvent
	// More counts the events that are not listed.
	More int
}

// htmlLane is a row of the chart with one kind of event.
type htmlLane struct {
	Class, Name string
	Count       int
	Bars        []htmlBar
}

// htmlBar is the events of a part of the time: its place and its height, in percent.
type htmlBar struct {
	At, Height float64
	Title      string
}

type htmlTick struct {
	At   float64
	Text string
	Last bool
}

// htmlEvent is a line of the list below the chart.
type htmlEvent struct {
	Class, Time, Name string
	Text              template.HTML
	// Rows are the first changes that it is about, and More counts the others.
	Rows []htmlRow
	More int
	at   time.Time
	lane int
	key  string
	rows []int
}

const (
	// timelineParts is how many parts the chart has.
	timelineParts = 60
	// maxEvents is how many events are listed, and maxEventRows how many changes of each.
	maxEvents, maxEventRows = 60, 4
)

// The lanes of the chart.
const (
	laneDeployments = iota
	laneCommits
	laneEdits
)

// timeline returns what is known of when something happened; nil for nothing.
func (c comment) timeline(page *changesHTMLPage) *htmlTimeline {
	events := c.deployments()
	at := map[string]int{}
	add := func(e htmlEvent, row int) {
		if i, ok := at[e.key]; ok {
			events[i].rows = append(events[i].rows, row)
			if e.at.After(events[i].at) {
				events[i].at = e.at
			}
			return
		}
		e.rows = []int{row}
		at[e.key] = len(events)
		events = append(events, e)
	}
	for i, change := range slices.Concat(c.p.Changes, c.p.Kept) {
		if c.edited(change) && change.Edited != nil && change.Edited.At != nil && !change.Edited.At.IsZero() {
			who := editor(change.Edited)
			if who == "" {
				who = "somebody"
			}
			day := change.Edited.At.UTC().Format("2006-01-02")
			add(htmlEvent{Class: "edit", Name: "Edited in Panther", Text: template.HTML("by " + tag(who, longestName)), at: change.Edited.At.UTC(), lane: laneEdits, key: "edit " + day + who}, i)
		}
		for _, commit := range distinct(change.Commits) {
			if commit.Time == nil || commit.Hash == "" {
				continue
			}
			text := c.m.commit(commit)
			if commit.Subject != "" {
				text += ": " + tag(commit.Subject, longestSubject)
			}
			add(htmlEvent{Class: "commit", Name: "Committed", Text: template.HTML(text), at: commit.Time.UTC(), lane: laneCommits, key: "commit " + commit.Hash}, i)
		}
	}
	if len(events) == 0 {
		return nil
	}
	slices.SortStableFunc(events, func(a, b htmlEvent) int { return b.at.Compare(a.at) })
	out := &htmlTimeline{Lanes: []htmlLane{{Class: "deployment", Name: "Deployments"}, {Class: "commit", Name: "Commits"}, {Class: "edit", Name: "Edits in Panther"}}}
	out.chart(events)
	for i, e := range events {
		if i == maxEvents {
			out.More = len(events) - i
			break
		}
		e.Time = moment(&e.at)
		for n, row := range e.rows {
			if n == maxEventRows {
				e.More = len(e.rows) - n
				break
			}
			e.Rows = append(e.Rows, page.Rows[row])
		}
		out.Events = append(out.Events, e)
	}
	return out
}

// deployments returns the recorded deployments, or else the last one if it is known.
func (c comment) deployments() []htmlEvent {
	var out []htmlEvent
	for _, d := range c.o.Deployments {
		text := "revision " + c.m.revision(d.Revision)
		if d.Revision == "" {
			text = "uncommitted files"
		}
		text += " by " + person(d.Actor, tag)
		if d.Rollback != "" {
			text += ", a rollback"
		}
		if counts := deployedCounts(d.Counts.Created, d.Counts.Updated, d.Counts.Replaced, d.Counts.Deleted); counts != "" {
			text += ": " + counts
		}
		out = append(out, htmlEvent{Class: "deployment", Name: "Deployed", Text: template.HTML(text), at: d.Time.UTC(), lane: laneDeployments})
	}
	if b := c.p.Base; len(out) == 0 && b != nil && b.Record != "" && b.Time != nil {
		text := "uncommitted files"
		if b.Revision != "" {
			text = "revision " + c.m.revision(b.Revision)
		}
		out = append(out, htmlEvent{Class: "deployment", Name: "Deployed", Text: template.HTML(text + " by " + person(b.Actor, tag)), at: b.Time.UTC(), lane: laneDeployments})
	}
	return slices.DeleteFunc(out, func(e htmlEvent) bool { return e.at.IsZero() })
}

func deployedCounts(created, updated, replaced, deleted int) string {
	var out []string
	for _, n := range []struct {
		n    int
		word string
	}{{created, "created"}, {updated, "updated"}, {replaced, "replaced"}, {deleted, "deleted"}} {
		if n.n > 0 {
			out = append(out, number(n.n)+" "+n.word)
		}
	}
	return strings.Join(out, ", ")
}

// chart fills in the bars and the labels of the axis. The events are sorted, the newest
// first.
func (t *htmlTimeline) chart(events []htmlEvent) {
	first, last := events[len(events)-1].at, events[0].at
	span := last.Sub(first)
	if span < time.Hour {
		first, span = first.Add(-(time.Hour-span)/2), time.Hour
	}
	part := func(at time.Time) int {
		return min(int(float64(at.Sub(first))/float64(span)*timelineParts), timelineParts-1)
	}
	counts := [3][timelineParts]int{}
	for _, e := range events {
		n := max(len(e.rows), 1)
		counts[e.lane][part(e.at)] += n
		t.Lanes[e.lane].Count += n
	}
	layout := "2 Jan 2006"
	if span < 4*24*time.Hour {
		layout = "2 Jan 15:04"
	}
	for lane := range counts {
		most := max(slices.Max(counts[lane][:]), 1)
		for i, n := range counts[lane] {
			if n > 0 {
				from := first.Add(span * time.Duration(i) / timelineParts)
				t.Lanes[lane].Bars = append(t.Lanes[lane].Bars, htmlBar{float64(i) * 100 / timelineParts, 30 + 70*float64(n)/float64(most), fmt.Sprintf("%s, %s", number(n), from.Format(layout))})
			}
		}
	}
	t.Lanes = slices.DeleteFunc(t.Lanes, func(l htmlLane) bool { return l.Count == 0 })
	const ticks = 4
	for i := range ticks + 1 {
		t.Ticks = append(t.Ticks, htmlTick{float64(i) * 100 / ticks, first.Add(span * time.Duration(i) / ticks).Format(layout), i == ticks})
	}
	var parts []string
	for _, l := range t.Lanes {
		parts = append(parts, strings.ToLower(l.Name[:1])+l.Name[1:]+": "+number(l.Count))
	}
	t.Label = fmt.Sprintf("From %s to %s; %s", first.Format(layout), first.Add(span).Format(layout), strings.Join(parts, ", "))
}

// MaxDeployments is how many recorded deployments the timeline of a page shows.
const MaxDeployments = 30

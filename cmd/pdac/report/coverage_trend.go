package report

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/lint/coverage"
)

// trendSince names the earlier state of a trend.
func trendSince(t *coverage.Trend) string { return Clean(shortRevision(t.Since)) }

// signed writes a difference with its sign; "" for none.
func signed(n int) string {
	switch {
	case n > 0:
		return "+" + number(n)
	case n < 0:
		return "−" + number(-n)
	}
	return ""
}

// trendSummary is a trend in one clause, such as "+3 techniques since v3.94".
func trendSummary(t *coverage.Trend) string {
	var parts []string
	add := func(sign string, n int, one, many string) {
		if n > 0 {
			parts = append(parts, sign+Count(n, one, many))
		}
	}
	techniques, subs := coverage.Techniques(t.Gained)
	lost, lostSubs := coverage.Techniques(t.Lost)
	add("+", techniques, "technique", "techniques")
	add("−", lost, "technique", "techniques")
	add("+", subs, "sub-technique", "sub-techniques")
	add("−", lostSubs, "sub-technique", "sub-techniques")
	text := "the same techniques as"
	if len(parts) > 0 {
		text = strings.Join(parts, ", ") + " since"
	} else {
		return text + " in " + trendSince(t)
	}
	return text + " " + trendSince(t)
}

// trend lists the techniques that were gained and lost.
func (p *printer) trend(t *coverage.Trend, all bool) {
	p.gap()
	p.line(p.bold.Sprint("Since " + trendSince(t) + ":"))
	if len(t.Gained)+len(t.Lost) == 0 {
		p.line("  ", p.faint.Sprint("the same techniques are covered"))
	}
	list := func(mark string, steps []coverage.Step) {
		for i, s := range steps {
			if !all && i == maxListed && len(steps) > maxListed+1 {
				p.line("  ", p.faint.Sprintf("… %s (-v lists all)", Count(len(steps)-i, "more technique", "more techniques")))
				break
			}
			p.line("  ", mark, " ", p.cyan.Sprint(s.ID), " ", s.Name, p.faint.Sprint("  "+stepDetections(s)))
		}
	}
	list(p.green.Sprint("+"), t.Gained)
	list(p.red.Sprint("−"), t.Lost)
	if n := len(t.Unread); n > 0 {
		p.line("  ", p.yellow.Sprint(fmt.Sprintf("%s of %s can't be read, and so covers nothing there: %s", Count(n, "file", "files"), trendSince(t), Clean(t.Unread[0]))))
	}
}

// stepDetections names the detections of a step, the first few of many.
func stepDetections(s coverage.Step) string {
	const most = 3
	ids := make([]string, 0, most)
	for i, id := range s.Detections {
		if i == most {
			ids = append(ids, fmt.Sprintf("%d more", len(s.Detections)-most))
			break
		}
		ids = append(ids, Clean(id))
	}
	return strings.Join(ids, ", ")
}

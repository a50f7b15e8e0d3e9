package report

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// The values of changes without a direction, an owner or anybody who made them.
const (
	noDirection = "neutral or unknown"
	noOwner     = "no owner"
	noWho       = "unknown"
)

func (c comment) htmlRow(page *changesHTMLPage, change sync.Change, kept bool) htmlRow {
	row := htmlRow{
		Index: len(page.Rows), Values: map[string]string{}, Key: string(change.Kind) + "/" + change.ID, Kind: Clean(string(change.Kind)), ID: title(change.ID), Class: string(change.Action),
		Verb: strings.TrimSuffix(c.word(change.Action).verb, ":"),
		Type: template.HTML(strings.TrimPrefix(c.typeNote(change, tag), ", ")),
	}
	if _, known := c.of[change.Action]; !known {
		row.Class = string(sync.Update)
	}
	if kept {
		row.Class, row.Verb = "kept", strings.TrimSuffix(cmp.Or(c.left().verb(change.Action), row.Verb), ":")
	}
	judged := (!kept || c.drift) && change.Action != sync.Create
	if judged {
		mark, reasons := directionText(change.Direction, change.Reasons)
		row.Mark, row.Reasons = strings.TrimSuffix(mark, ":"), plain(reasons, longestReasons)
		if mark != "" {
			row.Direction = string(change.Direction)
		}
	}
	row.Facts = template.HTML(c.htmlFacts(change, judged))
	who := c.people(change)
	row.Who = whoText(who)
	value := func(key string, names ...string) {
		var numbers []string
		for _, name := range names {
			numbers = append(numbers, strconv.Itoa(page.facet(key).number(name, row.Class)))
		}
		row.Values[key] = strings.Join(numbers, " ")
	}
	value(facetKind, row.Kind)
	value(facetAction, row.Verb)
	value(facetWho, cmpOr(who, noWho)...)
	value(facetDirection, cmp.Or(row.Direction, noDirection))
	var owners []string
	for _, o := range change.Owners {
		if o = plain(o, longestName); !slices.Contains(owners, o) {
			owners = append(owners, o)
		}
	}
	value(facetOwner, cmpOr(owners, noOwner)...)
	return row
}

func cmpOr(list []string, otherwise string) []string {
	if len(list) == 0 {
		return []string{otherwise}
	}
	return list
}

// htmlFacts says what matters most about a change, without its direction.
func (c comment) htmlFacts(change sync.Change, judged bool) string {
	change.Affected, change.Guards = nil, slices.Clone(change.Guards)
	m := c.m
	m.links = Links{} // no links where a click opens the row
	var out []string
	switch {
	case detailed(change):
		out = append(out, fieldNames(change, judged, m))
	case change.Action == sync.Create && !c.drift:
		out = append(out, m.quote(hint(change), 40))
	}
	if len(change.Guards) > 0 {
		out = append(out, "held back by "+elementsOf(change.Guards, m.quote))
	}
	return strings.Join(slices.DeleteFunc(out, func(s string) bool { return s == "" || s == tag("", 1) }), "; ")
}

// htmlMade says who made a change, each commit on its own line, and what it reaches. The
// texts are HTML, quoted by tag.
func (c comment) htmlMade(change sync.Change, kept bool) []string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	if len(change.Owners) > 0 {
		add("Owners: " + ownersText(change.Owners, tag))
	}
	for _, commit := range distinct(change.Commits) {
		if what := uncommitted(commit); what != "" {
			add(strings.ToUpper(what[:1]) + what[1:])
			continue
		}
		line := "Commit " + c.m.commit(commit)
		if commit.Time != nil {
			line += ", " + commit.Time.UTC().Format("2006-01-02")
		}
		if commit.Subject != "" {
			line += ": " + tag(commit.Subject, longestSubject)
		}
		add(line)
	}
	if c.drift || c.edited(change) {
		if about := inPanther(change, tag); about != "" {
			add("In Panther: " + about)
		}
	}
	if text := affectedText(change.Affected, 20, tag); text != "" {
		add(strings.ToUpper(text[:1]) + text[1:])
	}
	if kept && change.Reason != "" {
		add("Left unchanged: " + tag(change.Reason, 200))
	}
	return out
}

// edited reports whether a change is also about an edit in Panther.
func (c comment) edited(change sync.Change) bool {
	edited := func(cause sync.Cause) bool { return cause == sync.CauseDrift || cause == sync.CauseConflict }
	return c.drift || change.Edited != nil && (edited(change.Cause) || slices.ContainsFunc(change.Fields, func(f sync.FieldChange) bool { return edited(f.Cause) }))
}

// people lists who made a change: who edited it in Panther, and the authors of its
// commits.
func (c comment) people(change sync.Change) []string {
	var out []string
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if c.edited(change) {
		add(editor(change.Edited))
	}
	if !c.drift {
		for _, commit := range distinct(change.Commits) {
			if commit.Uncommitted || commit.Hash == "" {
				add("not committed yet")
			} else {
				add(person(commit.Author, plain))
			}
		}
	}
	return out
}

// editor names who edited something in Panther; "" if that is unknown.
func editor(e *sync.Edit) string {
	switch {
	case e == nil || e.ChangedBy == nil:
		return ""
	case e.ChangedBy.Type == panther.ActorUser:
		return plain(cmp.Or(e.ChangedBy.Name, "somebody in the console"), longestName)
	case e.ChangedBy.Type == panther.ActorToken:
		return plain("API token "+cmp.Or(e.ChangedBy.Name, e.ChangedBy.ID, "(unknown)"), longestName)
	}
	return "Panther itself"
}

// whoText lists the first people.
func whoText(who []string) string {
	const most = 2
	if len(who) > most {
		return strings.Join(who[:most], ", ") + " and " + number(len(who)-most) + " more"
	}
	return strings.Join(who, ", ")
}

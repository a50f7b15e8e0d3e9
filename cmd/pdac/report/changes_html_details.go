package report

import (
	"encoding/json"
	"html/template"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/sync"
)

// The limits of a page: how many bytes all differences have, how many lines those of a
// field, and how many characters a line.
const (
	maxPageDetails = 32 << 20
	maxPageLines   = 5_000
	longestPage    = 20_000
)

// The differences of a change, as the page's script reads them.
type (
	detailsJSON struct {
		File    string `json:"f,omitempty"`
		Address string `json:"a,omitempty"`
		// Made are lines of HTML.
		Made   []string    `json:"o,omitempty"`
		Groups []groupJSON `json:"g"`
		// More says what is missing; "" for nothing.
		More string `json:"m,omitempty"`
	}
	groupJSON struct {
		Why    []string    `json:"w,omitempty"`
		Fields []fieldJSON `json:"f"`
	}
	fieldJSON struct {
		Name string `json:"n"`
		// Direction is that of the field, and Old the last deployed value.
		Direction diff.Direction `json:"d,omitempty"`
		Old       string         `json:"o,omitempty"`
		Blocks    []blockJSON    `json:"b"`
	}
	// blockJSON is a part of a difference. Lines begin with their sign; Before and After
	// are the numbers of the first ones, 0 for lines without numbers.
	blockJSON struct {
		Head   string   `json:"h,omitempty"`
		Before int      `json:"x,omitempty"`
		After  int      `json:"y,omitempty"`
		Lines  []string `json:"l"`
	}
)

// details returns the differences of a change as JSON, whose characters can't end the
// element around it. budget is how many bytes are left.
func (c comment) details(change sync.Change, kept bool, budget *int) (template.JS, error) {
	out := detailsJSON{File: Clean(change.Path), Address: c.address(change), Made: c.htmlMade(change, kept)}
	kept = kept && !c.drift
	t := telling{room: longestPage}
	if change.Action != sync.Update && !c.drift {
		if why := whyTexts(change, t.whole(c.p, change, kept)); len(why) > 0 {
			out.Groups = append(out.Groups, groupJSON{Why: why, Fields: []fieldJSON{}})
		}
	}
	for _, g := range groups(change) {
		group := groupJSON{}
		if change.Action == sync.Update {
			group.Why = whyTexts(change, t.why(c.p, change, g, kept))
		}
		for _, f := range g.fields {
			field := fieldJSON{Name: Clean(f.Name), Blocks: blocks(look(change, f), change.Action)}
			if directionMarks[f.Direction] != "" {
				field.Direction = f.Direction
			}
			if detailed(change) {
				field.Old = cut(lastDeployed(change, f), longestPage)
			}
			if edit, ok := consoleEdit(change, f); ok {
				more := blocks(edit, sync.Update)
				if len(more) > 0 {
					more[0].Head = consoleSays + " " + more[0].Head
				}
				field.Blocks = append(field.Blocks, more...)
			}
			group.Fields = append(group.Fields, field)
		}
		out.Groups = append(out.Groups, group)
	}
	if out.Groups == nil {
		out.Groups = []groupJSON{}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return "", err
	}
	if *budget -= len(text); *budget < 0 {
		*budget += len(text)
		text, err = json.Marshal(detailsJSON{File: out.File, Address: out.Address, Groups: []groupJSON{}, More: "These differences are omitted to limit the size of the page; pdac show -v has them."})
	}
	return template.JS(text), err
}

// whyTexts returns the lines about the origin of a group of fields, without a commit that
// is the only one of the change.
func whyTexts(change sync.Change, list []said) []string {
	var out []string
	only := distinct(change.Commits)
	for _, s := range list {
		text := s.String()
		if len(only) == 1 && (uncommitted(only[0]) != "" && text == uncommitted(only[0]) || uncommitted(only[0]) == "" && (strings.HasPrefix(text, "committed in ") || strings.HasPrefix(text, "removed in "))) {
			continue
		}
		out = append(out, text)
	}
	return out
}

// blocks returns the lines of a field's change.
func blocks(v view, action sync.Action) []blockJSON {
	b := blockJSON{Lines: []string{}}
	put := func(op diff.Op, s string) { b.Lines = append(b.Lines, string(op)+cut(s, longestPage)) }
	pair := func(before, after string) {
		before, after = cutPair(before, after, longestPage)
		if action != sync.Create {
			put(diff.Delete, before)
		}
		if action != sync.Delete {
			put(diff.Insert, after)
		}
	}
	switch {
	case v.empty():
		put(' ', "different notation, same meaning")
	case v.scalar:
		pair(v.before, v.after)
	case v.sets != nil:
		for _, s := range v.sets {
			for _, e := range s.Removed {
				put(diff.Delete, s.Name+": "+e)
			}
			for _, e := range s.Added {
				put(diff.Insert, s.Name+": "+e)
			}
		}
	case v.hunks != nil:
		return hunkBlocks(v)
	case v.leaves != nil:
		for _, l := range v.leaves {
			if full(l.Before) || full(l.After) {
				for _, line := range leafLines(l) {
					put(line.op, line.text)
				}
				continue
			}
			before, after := compactPair(l.Before, l.After)
			before, after = cutPair(before, after, longestPage)
			if l.Op != diff.Insert {
				put(diff.Delete, Clean(l.Path)+": "+before)
			}
			if l.Op != diff.Delete {
				put(diff.Insert, Clean(l.Path)+": "+after)
			}
		}
	default:
		for _, e := range v.removed {
			put(diff.Delete, e)
		}
		for _, e := range v.added {
			put(diff.Insert, e)
		}
	}
	return limitBlocks([]blockJSON{b})
}

func hunkBlocks(v view) []blockJSON {
	var out []blockJSON
	for _, h := range v.hunks {
		b := blockJSON{Before: max(h.OldStart, 1), After: max(h.NewStart, 1)}
		if h.OldLines > 0 && h.NewLines > 0 { // otherwise it is all of a text
			b.Head = h.Header()
		}
		for i, text := range revealLines(h.Lines) {
			b.Lines = append(b.Lines, string(rune(h.Lines[i].Op))+cut(cleanLine(text), longestPage))
		}
		out = append(out, b)
	}
	return limitBlocks(out)
}

// limitBlocks drops lines beyond the limit of a field, and says so.
func limitBlocks(list []blockJSON) []blockJSON {
	left := maxPageLines
	for i := range list {
		if n := len(list[i].Lines); n > left {
			more := n - left
			for _, b := range list[i+1:] {
				more += len(b.Lines)
			}
			list[i].Lines = append(list[i].Lines[:left], "@"+Count(more, "more line is", "more lines are")+" omitted; pdac show -v has them")
			return list[:i+1]
		}
		left -= len(list[i].Lines)
	}
	return list
}

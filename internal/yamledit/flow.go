package yamledit

import (
	"encoding/json"
	"strings"
)

// replaceFlow rewrites a value inside a flow collection.
func (e *editor) replaceFlow(n *node, in *entry, parent *node, want any) error {
	r := renderer{e.style}
	text := r.flow(want, isJSON(parent, isJSON(n, false)))
	switch {
	case n.form != null:
	case in != nil && in.key != nil && in.colon < 0:
		e.splice(in.key.end, in.key.end, ": "+text)
		return nil
	default:
		text = " " + text
	}
	e.splice(n.start, n.end, text)
	return nil
}

// arrangeFlow changes the entries of a flow collection to those of the steps.
func (e *editor) arrangeFlow(n *node, in *entry, parent *node, steps []step, p Path) error {
	t := e.text
	r := renderer{e.style}
	asJSON := isJSON(n, false)
	write := func(s step) string {
		if s.move >= 0 {
			en := n.entries[s.move]
			return string(t.src[en.mark:e.entryEnd(en)])
		}
		if n.form == flowMap {
			return r.flowPair(KeyValue{s.key, s.value}, asJSON)
		}
		if text, ok := bare(n, s.value); ok {
			return text
		}
		return r.flow(s.value, asJSON)
	}
	if len(steps) == 0 {
		e.splice(n.body+1, n.end-1, "")
		return nil
	}
	if len(n.entries) == 0 {
		return e.fillFlow(n, in, parent, steps, write, p)
	}
	// In each gap between entries that stay, new entries replace removed ones.
	gone := make([]bool, len(n.entries))
	for i := range gone {
		gone[i] = true
	}
	for _, s := range steps {
		if s.keep >= 0 {
			gone[s.keep] = false
		}
	}
	replaced := make([]bool, len(n.entries))
	type insertion struct {
		after int // the entry that stays or is replaced; -1 for the front
		texts []string
	}
	var inserts []insertion
	last := -1
	for _, s := range steps {
		if s.keep >= 0 {
			last = s.keep
			continue
		}
		if next := last + 1; next < len(gone) && gone[next] {
			en := n.entries[next]
			e.splice(en.mark, e.entryEnd(en), write(s))
			gone[next], replaced[next] = false, true
			last = next
			continue
		}
		if k := len(inserts) - 1; k >= 0 && inserts[k].after == last {
			inserts[k].texts = append(inserts[k].texts, write(s))
		} else {
			inserts = append(inserts, insertion{last, []string{write(s)}})
		}
	}
	for _, ins := range inserts {
		e.insertFlow(n, ins.after, ins.texts)
	}
	for i := 0; i < len(n.entries); i++ {
		if !gone[i] {
			continue
		}
		from := i
		for i+1 < len(n.entries) && gone[i+1] {
			i++
		}
		e.deleteFlow(n, from, i)
	}
	return nil
}

func (e *editor) entryEnd(en *entry) int {
	end := en.value.end
	if en.key != nil {
		end = max(end, en.key.end)
	}
	return max(end, en.colon+1)
}

// fillFlow adds the first entries to an empty collection. Under a key it is
// written as a block unless the entries are short.
func (e *editor) fillFlow(n *node, in *entry, parent *node, steps []step, write func(step) string, p Path) error {
	parts := make([]string, len(steps))
	size, deep := 0, false
	for i, s := range steps {
		parts[i] = write(s)
		size += len(parts[i]) + 2
		switch s.value.(type) {
		case Map, []any:
			deep = true
		}
	}
	if parent != nil && !parent.flow() && !in.explicit && (deep || size > 70 || n.form == flowMap) {
		var want any
		if n.form == flowMap {
			m := make(Map, len(steps))
			for i, s := range steps {
				m[i] = KeyValue{s.key, s.value}
			}
			want = m
		} else {
			l := make([]any, len(steps))
			for i, s := range steps {
				l[i] = s.value
			}
			want = l
		}
		return e.replace(n, in, parent, want, p)
	}
	e.splice(n.body+1, n.end-1, strings.Join(parts, ", "))
	return nil
}

// comma returns the position of the comma after an entry, or -1.
func (e *editor) comma(n *node, i int) int {
	at := e.text.skip(e.entryEnd(n.entries[i]))
	if at < len(e.text.src) && e.text.src[at] == ',' {
		return at
	}
	return -1
}

// ownLine reports whether an entry is the first thing on its line.
func (e *editor) ownLine(en *entry) bool {
	return e.text.blank(e.text.lineStart(en.mark), en.mark)
}

// insertFlow inserts new entries after an existing one, or at the front.
func (e *editor) insertFlow(n *node, after int, texts []string) {
	t := e.text
	if after < 0 {
		first := n.entries[0]
		sep := ", "
		if e.ownLine(first) {
			sep = "," + t.newline() + string(t.src[t.lineStart(first.mark):first.mark])
		}
		e.splice(first.mark, first.mark, strings.Join(texts, sep)+sep)
		return
	}
	en := n.entries[after]
	end := e.entryEnd(en)
	comma := e.comma(n, after)
	if !e.ownLine(en) || t.line(en.mark) == t.line(n.body) {
		e.splice(end, end, ", "+strings.Join(texts, ", "))
		return
	}
	pad := t.newline() + string(t.src[t.lineStart(en.mark):en.mark])
	s := pad + strings.Join(texts, ","+pad)
	behind := end
	if comma >= 0 {
		behind = comma + 1
	}
	// A comment after the entry stays with it.
	eol := t.lineEnd(behind)
	rest := strings.TrimSpace(string(t.src[behind:eol]))
	switch {
	case rest != "" && !strings.HasPrefix(rest, "#"), t.line(behind) != t.line(end):
		e.splice(end, end, ","+s)
	case comma < 0:
		e.splice(end, end, ",")
		e.splice(eol, eol, s)
	default:
		e.splice(eol, eol, s+",")
	}
}

// ownLines reports whether the lines of an entry contain nothing else, except for
// its comma and a comment.
func (e *editor) ownLines(n *node, i int) bool {
	t := e.text
	en := n.entries[i]
	behind := e.entryEnd(en)
	if comma := e.comma(n, i); comma >= 0 {
		behind = comma + 1
	}
	rest := strings.TrimSpace(string(t.src[behind:t.lineEnd(behind)]))
	return e.ownLine(en) && (rest == "" || strings.HasPrefix(rest, "#")) && t.line(en.mark) > t.line(n.body)
}

// deleteFlow deletes consecutive entries and their commas. The comments of the
// entries around them stay.
func (e *editor) deleteFlow(n *node, from, to int) {
	t := e.text
	own := true
	for i := from; i <= to; i++ {
		own = own && e.ownLines(n, i)
	}
	tail := to == len(n.entries)-1
	first, behind := n.entries[from], e.entryEnd(n.entries[to])
	trailing := e.comma(n, to)
	if trailing >= 0 {
		behind = trailing + 1
	}
	// The entry that becomes the last loses its comma, unless the last one had a
	// trailing comma.
	comma := -1
	if tail && trailing < 0 {
		comma = e.comma(n, from-1)
	}
	switch {
	case own:
		if comma >= 0 {
			e.splice(comma, comma+1, "")
		}
		for i := from; i <= to; i++ {
			after := e.entryEnd(n.entries[i])
			if c := e.comma(n, i); c >= 0 {
				after = c + 1
			}
			e.splice(t.lineStart(n.entries[i].mark), t.nextLine(after), "")
		}
	case tail && e.ownLine(first) && e.commented(n, from-1):
		if comma >= 0 {
			e.splice(comma, comma+1, "")
		}
		e.splice(first.mark, behind, "")
	case tail, !e.ownLine(first) && from > 0 && t.line(n.entries[to+1].mark) > t.line(behind):
		e.splice(e.entryEnd(n.entries[from-1]), e.entryEnd(n.entries[to]), "")
	case e.ownLine(first) && t.line(first.mark) > t.line(n.body) && t.line(n.entries[to+1].mark) > t.line(behind):
		e.splice(t.lineStart(first.mark), t.nextLine(behind), "")
	default:
		e.splice(first.mark, n.entries[to+1].mark, "")
	}
}

// commented reports whether a comment follows an entry and its comma on their line.
func (e *editor) commented(n *node, i int) bool {
	t := e.text
	at := e.comma(n, i) + 1
	return at > 0 && strings.HasPrefix(strings.TrimSpace(string(t.src[at:t.lineEnd(at)])), "#")
}

// bare returns a string without quotes if the neighbouring numbers are unquoted
// strings: a list such as [1.10, 3.5] whose elements are used as written.
func bare(n *node, v any) (string, bool) {
	t, ok := v.(Text)
	if !ok || plainValue(string(t)) == nil || !plainShape(string(t), n.flow()) {
		return "", false
	}
	if _, number := plainValue(string(t)).(json.Number); !number {
		return "", false
	}
	for _, en := range n.entries {
		if _, number := plainValue(en.value.y.Value).(json.Number); number && en.value.form == plain {
			return string(t), true
		}
	}
	return "", false
}

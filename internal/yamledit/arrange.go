package yamledit

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// arrange changes the entries of a collection to those of the steps. Entries
// that stay keep their order.
func (e *editor) arrange(n *node, in *entry, parent *node, steps []step, p Path) error {
	unchanged := len(steps) == len(n.entries)
	placed := make([]bool, len(n.entries))
	for _, s := range steps {
		if s.keep < 0 {
			unchanged = false
		} else {
			placed[s.keep] = true
		}
		if s.move >= 0 {
			placed[s.move] = true
		}
	}
	if unchanged {
		return nil
	}
	for i, en := range n.entries {
		var name any = i
		if en.key != nil {
			name = yamlcore.Deref(en.key.y).Value
		}
		if en.explicit {
			return e.fail(p.with(name), en.key, "the key is written with \"?\", so its siblings can't be reordered; edit it by hand")
		}
		if !placed[i] {
			for _, c := range []*node{en.key, en.value} {
				if c == nil {
					continue
				}
				if err := e.disposable(c, p.with(name)); err != nil {
					return err
				}
			}
		}
	}
	switch {
	case n.form == flowPair:
		return e.fail(p, n, "the mapping is in a list without braces; edit it by hand")
	case n.flow():
		return e.arrangeFlow(n, in, parent, steps, p)
	case len(steps) == 0:
		if n.form == blockMap {
			return e.replace(n, in, parent, Map{}, p)
		}
		return e.replace(n, in, parent, []any{}, p)
	}
	e.arrangeBlock(n, steps)
	return nil
}

// chunk is the lines of an entry of a block collection, with its comments. If
// the first entry is on the line of a dash, from is the start of the entry.
type chunk struct {
	from, to int
	// inline marks an entry that shares its first line with a dash.
	inline bool
}

func (e *editor) chunks(n *node) []chunk {
	out := make([]chunk, len(n.entries))
	t := e.text
	for i, en := range n.entries {
		c := &out[i]
		start := t.lineStart(en.mark)
		c.from = start
		if !t.blank(start, en.mark) {
			c.from, c.inline = en.mark, true
		} else if i > 0 {
			c.from, _ = e.comments(start, out[i-1].to, n.column)
		} else if from, parted := e.comments(start, 0, n.column); parted {
			c.from = from
		}
		c.to = e.behind(en, n.column)
	}
	return out
}

// comments returns where the comments directly above a line start, but not
// above floor. parted reports whether a blank line separates them from comments
// further up, so that they are not about the whole collection.
func (e *editor) comments(start, floor, column int) (from int, parted bool) {
	t := e.text
	from = start
	l := t.line(start) - 1
	for ; l >= 0 && t.starts[l] >= floor; l-- {
		if col, ok := t.commentLine(t.starts[l]); !ok || col != column {
			break
		}
		from = t.starts[l]
	}
	blank := l
	for l >= 0 && t.starts[l] >= floor && t.blankLine(t.starts[l]) {
		l--
	}
	if l < 0 || l == blank {
		return from, false
	}
	_, parted = t.commentLine(t.starts[l])
	return from, parted
}

// behind returns where the lines of an entry end: after its value and the
// comments below that are indented deeper than the entry.
func (e *editor) behind(en *entry, column int) int {
	t := e.text
	end := max(en.mark, en.colon, en.value.end)
	if en.key != nil {
		end = max(end, en.key.end)
	}
	to := t.nextLine(end)
	if v := en.value; !v.flow() && len(v.entries) > 0 {
		to = max(to, e.behind(v.entries[len(v.entries)-1], v.column))
	}
	for at := to; at < len(t.src); at = t.nextLine(at) {
		col, comment := t.commentLine(at)
		if comment && col > column {
			to = t.nextLine(at)
		} else if !t.blankLine(at) {
			break
		}
		if t.nextLine(at) <= at {
			break
		}
	}
	return to
}

func (e *editor) arrangeBlock(n *node, steps []step) {
	t := e.text
	cs := e.chunks(n)
	nl := t.newline()
	stays := make([]bool, len(n.entries))
	for _, s := range steps {
		if s.keep >= 0 {
			stays[s.keep] = true
		}
	}
	// If the first entry on a dash's line is removed, the next one moves up.
	headless := cs[0].inline && !stays[0]
	lines := func(s step) []string {
		if s.move >= 0 {
			en := n.entries[s.move]
			// A block scalar that keeps blank lines may absorb those below.
			if !e.careful || !e.keeps(en.value) {
				return e.moveLines(n, en, cs[s.move])
			}
			s.value = wanted(en.value.y)
			if en.key != nil {
				s.key = yamlcore.Deref(en.key.y).Value
			}
		}
		r := renderer{e.style}
		if n.form == blockMap {
			return r.pair(KeyValue{s.key, s.value}, n.column)
		}
		if text, ok := bare(n, s.value); ok {
			return []string{strings.Repeat(" ", n.column) + "- " + text}
		}
		return r.item(s.value, n.column)
	}
	last := -1 // the last entry that stays, after which new lines are inserted
	for i := 0; i < len(steps); {
		if steps[i].keep >= 0 {
			last = steps[i].keep
			i++
			continue
		}
		at := cs[0].from
		if last >= 0 {
			at = cs[last].to
		}
		var fresh []string
		for ; i < len(steps) && steps[i].keep < 0; i++ {
			fresh = append(fresh, lines(steps[i])...)
		}
		text := strings.Join(fresh, nl)
		switch {
		case last >= 0:
			if at == len(t.src) && !endsInBreak(t.src) {
				text = nl + text
				e.seal(n.entries[last].value)
			} else {
				text += nl
			}
			e.splice(at, at, text)
		case !cs[0].inline:
			e.splice(at, at, text+nl)
		case !headless:
			e.splice(at, at, text[min(n.column, len(text)):]+nl+strings.Repeat(" ", n.column))
		default:
			e.splice(at, at, text[min(n.column, len(text)):]+nl)
			headless = false
		}
	}
	e.deleteChunks(n, cs, stays, headless)
}

// deleteChunks removes the lines of deleted entries.
func (e *editor) deleteChunks(n *node, cs []chunk, stays []bool, headless bool) {
	t := e.text
	i := 0
	if headless {
		// Remove everything up to the next entry, so that it moves to the
		// dash's line.
		end := cs[0].to
		for i = 1; i < len(cs) && !stays[i] && cs[i].from == end; i++ {
			end = cs[i].to
		}
		e.splice(cs[0].from, t.indentation(end), "")
	}
	for ; i < len(cs); i++ {
		if stays[i] {
			continue
		}
		from, to := cs[i].from, cs[i].to
		if i > 0 && !stays[i-1] && !cs[i].inline {
			from = max(from, cs[i-1].to)
		}
		e.splice(e.blankAbove(n, i, from, to, stays), e.blankBelow(n, i, to, stays), "")
	}
}

// blankBelow includes the blank lines below if a block scalar above would
// otherwise absorb them.
func (e *editor) blankBelow(n *node, i, to int, stays []bool) int {
	t := e.text
	if i+1 < len(stays) && !stays[i+1] {
		return to
	}
	for i--; i >= 0 && !stays[i]; i-- {
	}
	if i < 0 || !e.keeps(n.entries[i].value) {
		return to
	}
	for to < len(t.src) && t.blankLine(to) {
		to = t.nextLine(to)
	}
	return to
}

// keeps reports whether a value ends with a block scalar that keeps blank lines.
func (e *editor) keeps(v *node) bool {
	v = lastLeaf(v)
	return (v.form == literal || v.form == folded) && strings.Contains(blockHeader(string(e.text.src[v.body:v.header])), "+")
}

// lastLeaf returns the last node in the lines of a value.
func lastLeaf(v *node) *node {
	for len(v.entries) > 0 && !v.flow() {
		v = v.entries[len(v.entries)-1].value
	}
	return v
}

// blankAbove includes the blank lines above if the document would otherwise end
// with them.
func (e *editor) blankAbove(n *node, i, from, to int, stays []bool) int {
	t := e.text
	if to < len(t.src) || i == 0 || !stays[i-1] || from != t.lineStart(from) {
		return from
	}
	floor := t.nextLine(n.entries[i-1].value.end)
	for l := t.line(from) - 1; l >= 0 && t.starts[l] >= floor && t.blankLine(t.starts[l]); l-- {
		from = t.starts[l]
	}
	return from
}

// moveLines returns the unchanged lines of an entry, for writing elsewhere in
// the same collection.
func (e *editor) moveLines(n *node, en *entry, c chunk) []string {
	t := e.text
	var out []string
	for at := c.from; at < c.to; at = t.nextLine(at) {
		out = append(out, string(t.src[at:t.lineEnd(at)]))
		if t.nextLine(at) <= at {
			break
		}
	}
	if v := lastLeaf(en.value); e.unsealed(v) {
		l := t.line(v.body) - t.line(c.from)
		at := v.body + len(blockHeader(string(t.src[v.body:v.header]))) - max(t.lineStart(v.body), c.from)
		out[l] = out[l][:at] + "-" + out[l][at:]
	}
	if c.inline {
		out[0] = strings.Repeat(" ", n.column) + out[0]
	}
	return out
}

// seal prevents a block scalar that ends the text without a line end from
// getting one when text is added after it.
func (e *editor) seal(v *node) {
	v = lastLeaf(v)
	if v.form != literal && v.form != folded {
		return
	}
	for i, s := range e.out {
		if s.Start < v.header && s.End > v.body {
			if e.cut[v] {
				e.out[i].Text += "-"
			}
			return // it is rewritten
		}
	}
	if e.unsealed(v) {
		head := blockHeader(string(e.text.src[v.body:v.header]))
		e.splice(v.body+len(head), v.body+len(head), "-")
	}
}

// unsealed reports whether a value is a block scalar without a final line end
// only because the text has none.
func (e *editor) unsealed(v *node) bool {
	return (v.form == literal || v.form == folded) && v.end == len(e.text.src) && !strings.HasSuffix(v.y.Value, "\n") &&
		!strings.ContainsAny(blockHeader(string(e.text.src[v.body:v.header])), "+-")
}

// blockHeader returns the header of a block scalar with all its indicators.
func blockHeader(s string) string {
	i := 1
	for i < len(s) && strings.IndexByte("+-123456789", s[i]) >= 0 {
		i++
	}
	return s[:i]
}

package yamledit

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// indentStep is the number of spaces per level.
const indentStep = 2

// Reindent indents every block mapping and list by two spaces below its key,
// with one space after each dash. Flow style, quotes, line breaks, blank lines
// and comments are preserved. The result is verified to have the same meaning;
// otherwise Reindent returns an error. A text without a document is returned
// unchanged.
func Reindent(src []byte) ([]byte, error) {
	doc, err := yamlcore.Parse(src, yamlcore.Limits{})
	if err != nil {
		return nil, err
	}
	if doc.Root == nil || doc.More {
		return src, nil
	}
	body := yamlcore.TrimBOM(src)
	r := &reindenter{lines: newText(body).lines()}
	r.shift = make([]int, len(r.lines))
	r.known = make([]bool, len(r.lines))
	r.least = make([]int, len(r.lines))
	r.place(doc.Root, 0, doc.Root.Line-1)
	r.comments()
	out := append(bytes.Clone(src[:len(src)-len(body)]), r.write()...)
	was, err := yamlcore.Value(doc.Root)
	if err != nil {
		return nil, err
	}
	after, err := yamlcore.Parse(out, yamlcore.Limits{})
	if err != nil {
		return nil, fmt.Errorf("the text can't be reindented: %w", err)
	}
	is, err := yamlcore.Value(after.Root)
	if err != nil || !yamlcore.Equal(was, is) || !bytes.Equal(unindented(body), unindented(yamlcore.TrimBOM(out))) {
		return nil, fmt.Errorf("the text can't be reindented without changing its meaning")
	}
	return out, nil
}

// unindented removes spaces and tabs, the only allowed difference between the
// texts.
func unindented(text []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, text)
}

// reindenter computes the shift of each line. Lines break where the parser breaks
// them, since its positions count them, but what follows a break of Unicode is the
// same line to YAML 1.2, and never moves.
type reindenter struct {
	lines [][]byte
	shift []int
	known []bool
	// least is the minimum indentation of each line.
	least []int
	// gaps lists the lines with several spaces after a dash: the column of the
	// dash, and the number of extra spaces.
	gaps map[int][]gap
}

type gap struct{ at, extra int }

// place moves a block collection to a column (from 0); line is the line (from
// 0) on which it starts.
func (r *reindenter) place(n *yaml.Node, column, line int) {
	if n.Kind == yaml.AliasNode || n.Style&yaml.FlowStyle != 0 {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		if r.explicit(n) {
			r.moveWhole(n, column)
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			r.move(key.Line-1, key.Column-1, column)
			r.value(value, key, column)
		}
	case yaml.SequenceNode:
		dash := n.Column - 1
		at := n.Line - 1
		for i, item := range n.Content {
			if i > 0 {
				at = r.dash(at+1, item.Line-1, dash)
			}
			r.move(at, dash, column)
			if item.Line-1 == at {
				// Everything after the dash starts two columns later.
				if extra := r.behind(at, dash) - indentStep; extra > 0 && r.first(at) == dash {
					r.note(at, gap{dash, extra})
				}
			}
			r.value(item, &yaml.Node{Line: at + 1, Column: dash + 1}, column)
		}
	}
}

// explicit reports whether a mapping has a key after a "?", which can be on a line
// of its own, and its value after a ":" on another.
func (r *reindenter) explicit(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		line := r.lines[n.Content[i].Line-1]
		before := bytes.TrimSpace(line[:min(max(n.Content[i].Column-1, 0), len(line))])
		if len(before) == 0 && n.Content[i].Line > 1 {
			before = bytes.TrimSpace(r.lines[n.Content[i].Line-2])
		}
		if bytes.Equal(before, []byte("?")) || bytes.HasSuffix(before, []byte("- ?")) {
			return true
		}
	}
	return false
}

// moveWhole moves a mapping to a column and leaves its layout as it is.
func (r *reindenter) moveWhole(n *yaml.Node, column int) {
	was := n.Column - 1
	for i := n.Line - 1; i < len(r.lines); i++ {
		switch blank := len(bytes.TrimSpace(r.lines[i])) == 0; {
		case blank, i == n.Line-1 && r.first(i) != was:
		case r.first(i) < was:
			return
		default:
			r.mark(i, column-was, 0)
		}
	}
}

func (r *reindenter) note(line int, g gap) {
	if r.gaps == nil {
		r.gaps = map[int][]gap{}
	}
	r.gaps[line] = append(r.gaps[line], g)
}

// value places the value after a key or a dash that is now at a column.
func (r *reindenter) value(v, owner *yaml.Node, column int) {
	inner := column + indentStep
	line := owner.Line - 1
	delta := column - (owner.Column - 1)
	switch {
	case v.Kind == yaml.AliasNode:
		return
	case v.Kind == yaml.ScalarNode && v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		r.block(v, line, inner, delta)
	case v.Kind == yaml.ScalarNode, v.Style&yaml.FlowStyle != 0 || len(v.Content) == 0:
		r.follow(v, line, inner, delta)
	default:
		r.place(v, inner, line)
	}
}

// move records that the start of a line moves from one column to another.
func (r *reindenter) move(line, from, to int) {
	if line < 0 || line >= len(r.lines) || r.known[line] || r.first(line) != from || r.inside(line) {
		return
	}
	r.shift[line], r.known[line] = to-from, true
}

// inside reports whether a line starts after a break that YAML 1.2 does not have.
func (r *reindenter) inside(line int) bool {
	return line > 0 && !bytes.HasSuffix(r.lines[line-1], []byte("\n")) && !bytes.HasSuffix(r.lines[line-1], []byte("\r"))
}

// first returns the column of the first non-space character of a line.
func (r *reindenter) first(line int) int {
	return len(r.lines[line]) - len(bytes.TrimLeft(r.lines[line], " "))
}

// behind returns the distance from a dash to the next character.
func (r *reindenter) behind(line, dash int) int {
	rest := r.lines[line][min(dash+1, len(r.lines[line])):]
	return 1 + len(rest) - len(bytes.TrimLeft(rest, " "))
}

// dash returns the line of the next dash at a column.
func (r *reindenter) dash(from, to, column int) int {
	for i := from; i <= to && i < len(r.lines); i++ {
		if r.first(i) == column && bytes.HasPrefix(r.lines[i][column:], []byte("-")) {
			return i
		}
	}
	return to
}

// block moves the lines of a block scalar below its parent.
func (r *reindenter) block(v *yaml.Node, line, inner, delta int) {
	// With a digit in its header, as in "|2", the text itself says how much
	// deeper than its parent it is indented.
	head := r.lines[v.Line-1]
	mark := bytes.LastIndexAny(head, "|>")
	content := -1
	owner := line
	fixed := false
	if mark >= 0 {
		said, _, _ := bytes.Cut(head[mark:], []byte("#"))
		if i := bytes.IndexAny(said, "123456789"); i >= 0 {
			fixed, content = true, inner-indentStep-delta+int(said[i]-'0')
		}
	}
	for i := v.Line; i < len(r.lines); i++ {
		text := r.lines[i]
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		if content < 0 {
			if content = r.first(i); content <= r.first(owner) {
				content = -1
				break // the text is empty
			}
			delta = inner - content
		}
		if r.first(i) < content {
			break
		}
		r.mark(i, delta, 0)
	}
	if content < 0 && !fixed {
		return
	}
	// Blank lines of spaces are content if they are longer than the
	// indentation.
	for i := v.Line; i < len(r.lines); i++ {
		text := bytes.TrimRight(r.lines[i], "\r\n")
		if len(bytes.TrimSpace(text)) > 0 && !r.known[i] {
			break
		}
		if len(bytes.TrimSpace(text)) == 0 && len(text) > content {
			r.mark(i, delta, 0)
		}
	}
}

// follow moves the continuation lines of a scalar or a flow collection.
func (r *reindenter) follow(v *yaml.Node, line, inner, delta int) {
	last := lastLine(v)
	if v.Kind == yaml.ScalarNode && v.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 || v.Style&yaml.FlowStyle != 0 {
		last = r.closing(v)
	} else if v.Kind == yaml.ScalarNode {
		last = r.plainEnd(v, line)
	}
	if at := v.Line - 1; at > line && at < len(r.lines) {
		delta = inner - r.first(at) // it is on its own lines
	}
	for i := line + 1; i <= last && i < len(r.lines); i++ {
		if len(bytes.TrimSpace(r.lines[i])) > 0 {
			r.mark(i, delta, inner)
		}
	}
}

func (r *reindenter) mark(i, delta, least int) {
	if !r.known[i] && !r.inside(i) {
		r.shift[i], r.known[i], r.least[i] = delta, true, least
	}
}

// lastLine returns the last line (from 0) on which a part of a node starts.
func lastLine(n *yaml.Node) int {
	last := n.Line - 1
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// plainEnd returns the last line of a plain scalar, whose continuation lines
// are indented deeper than its parent.
func (r *reindenter) plainEnd(v *yaml.Node, owner int) int {
	last := v.Line - 1
	if !strings.ContainsAny(v.Value, " \n") {
		return last
	}
	for i := v.Line; i < len(r.lines); i++ {
		text := bytes.TrimSpace(r.lines[i])
		if len(text) == 0 {
			continue
		}
		if text[0] == '#' || r.first(i) <= r.first(owner) || !strings.Contains(v.Value, string(text[:min(len(text), 1)])) {
			break
		}
		// A line that belongs to the value is completely in it, up to a
		// comment.
		words, _, _ := bytes.Cut(text, []byte(" #"))
		if !strings.Contains(v.Value, string(bytes.TrimSpace(words))) {
			break
		}
		last = i
	}
	return last
}

// closing returns the line on which a quoted string or a flow collection ends.
func (r *reindenter) closing(v *yaml.Node) int {
	var stack []byte
	quote := byte(0)
	column := len(string([]rune(string(r.lines[v.Line-1]))[:max(v.Column-1, 0)]))
	for i := v.Line - 1; i < len(r.lines); i++ {
		text := r.lines[i]
		for j := column; j < len(text); j++ {
			c := text[j]
			switch {
			case quote == '"' && c == '\\':
				j++
			case quote != 0:
				if c == quote && !(quote == '\'' && j+1 < len(text) && text[j+1] == '\'') {
					quote = 0
				} else if c == quote {
					j++
				}
			case c == '"' || c == '\'' && (j == 0 || bytes.IndexByte([]byte(" [{,:\t"), text[j-1]) >= 0):
				quote = c
			case c == '[' || c == '{':
				stack = append(stack, c)
			case c == ']' || c == '}':
				stack = stack[:max(len(stack)-1, 0)]
			case c == '#' && j > 0 && (text[j-1] == ' ' || text[j-1] == '\t'):
				j = len(text)
			}
			if quote == 0 && len(stack) == 0 && j < len(text) && (c == '"' || c == '\'' || c == ']' || c == '}') {
				return i
			}
		}
		column = 0
	}
	return lastLine(v)
}

// comments moves comment lines with the entry that they belong to: the
// following one, or a previous one in the same column.
func (r *reindenter) comments() {
	for i := range r.lines {
		text := bytes.TrimSpace(r.lines[i])
		if r.known[i] || len(text) == 0 || text[0] != '#' {
			continue
		}
		col := r.first(i)
		for j := i + 1; j < len(r.lines); j++ {
			if r.known[j] {
				if r.first(j) == col {
					r.shift[i], r.known[i] = r.shift[j], true
				}
				break
			}
		}
		for j := i - 1; j >= 0 && !r.known[i]; j-- {
			if r.known[j] && r.first(j) == col {
				r.shift[i], r.known[i] = r.shift[j], true
			}
		}
	}
}

func (r *reindenter) write() []byte {
	var out []byte
	for i, text := range r.lines {
		spaces := r.first(i)
		want := spaces
		if r.known[i] {
			want = max(spaces+r.shift[i], r.least[i], 0)
		}
		rest := text[spaces:]
		for _, g := range r.gaps[i] {
			// Directly after the dash.
			rest = append(bytes.Clone(rest[:1]), rest[1+g.extra:]...)
		}
		if len(bytes.TrimSpace(text)) == 0 && !r.known[i] {
			want = spaces
		}
		out = append(append(out, bytes.Repeat([]byte(" "), want)...), rest...)
	}
	return out
}

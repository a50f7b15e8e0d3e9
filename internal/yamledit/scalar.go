package yamledit

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/textdiff"
)

// scalar sets a scalar, in the existing style if possible.
func (e *editor) scalar(n *node, in *entry, parent *node, want any, p Path) error {
	flow := parent != nil && parent.flow()
	if n.collection() || parent == nil || n.form == null || n.body > n.start || in.explicit || in.colon < 0 && !flow {
		return e.replace(n, in, parent, want, p)
	}
	s, isText := want.(string)
	switch t := want.(type) {
	case Text:
		s, isText = string(t), true
	case Prose:
		s, isText = string(t), true
	}
	r := renderer{e.style}
	if !isText {
		word := r.scalar(want, flow)
		if _, was := plainValue(n.y.Value).(bool); was && n.form == plain && want != nil {
			word = caseLike(word, n.y.Value)
		}
		e.inline(n, in, parent, word)
		return nil
	}
	if n.form == literal || n.form == folded {
		if w, ok := e.reblock(n, parent, s); ok {
			e.splice(n.body, n.body+len(blockHeader(string(e.text.src[n.body:n.header]))), w.inline)
			nl := e.text.newline()
			text := ""
			if len(w.lines) > 0 {
				text = nl + strings.Join(w.lines, nl)
			}
			e.splice(n.header, n.end, text)
			return nil
		}
		return e.replace(n, in, parent, want, p)
	}
	_, number := plainValue(n.y.Value).(string)
	_, literally := want.(Text)
	switch {
	case !flow && strings.Contains(s, "\n") && !(n.form == double && strings.Contains(string(e.text.src[n.body:n.end]), `\n`)):
		return e.replace(n, in, parent, want, p)
	case n.form == plain && literally && !number && plainValue(n.y.Value) != nil && plainValue(s) != nil && plainShape(s, flow):
		// In a list of unquoted numbers that are strings, write the new one
		// like the others.
		e.inline(n, in, parent, s)
	case e.text.line(n.end) > e.text.line(n.body):
		if w, ok := e.refold(n, parent, s); ok {
			e.splice(n.body, n.end, w)
			return nil
		}
		return e.replace(n, in, parent, want, p)
	case n.form == single || n.form == double:
		e.inline(n, in, parent, keepQuotes(s, n.form))
	case flow && isJSON(parent, false):
		e.inline(n, in, parent, doubleQuoted(s))
	default:
		e.inline(n, in, parent, r.scalar(s, flow))
	}
	return nil
}

// inline replaces a scalar with one-line text.
func (e *editor) inline(n *node, in *entry, parent *node, s string) {
	if n.form == literal || n.form == folded {
		e.rewrite(n, in, parent, written{inline: s})
		return
	}
	e.splice(n.body, n.end, s)
}

// reblock writes a text in the existing block scalar, line by line: unchanged
// lines keep their bytes.
func (e *editor) reblock(n *node, parent *node, s string) (written, bool) {
	old := e.blockLines(n)
	keep := strings.Contains(blockHeader(string(e.text.src[n.body:n.header])), "+")
	if chomping(s) == "+" && !keep {
		return written{}, false
	}
	if n.form == folded {
		if w, ok := e.refoldBlock(n, parent, old, s); ok {
			return w, true
		}
	}
	header, lines, ok := literalLines(s, parent.column, n.content, keep)
	if !ok {
		return written{}, false
	}
	if n.form == literal {
		header = e.sameEnd(n, s, header)
		have := blockHeader(string(e.text.src[n.body:n.header]))
		if strings.ContainsAny(have, "123456789") && !strings.ContainsAny(header, "123456789") {
			// Keep the explicit indentation, even if it is not needed.
			header = mergeHeader(have, header)
		}
		was, is := make([]string, len(old)), make([]string, len(lines))
		for i, l := range old {
			was[i] = strings.TrimPrefix(l, strings.Repeat(" ", min(n.content, len(l)-len(strings.TrimLeft(l, " ")))))
		}
		for i, l := range lines {
			is[i] = strings.TrimPrefix(l, strings.Repeat(" ", n.content))
		}
		for _, m := range textdiff.Match(was, is) {
			lines[m.B] = old[m.A]
		}
	}
	return written{inline: header, lines: lines}, true
}

// mergeHeader combines the indentation of one header with the rest of another.
func mergeHeader(have, want string) string {
	out := want[:1]
	for _, c := range have[1:] {
		if c >= '1' && c <= '9' {
			out += string(c)
		}
	}
	return out + strings.Trim(want[1:], "123456789")
}

// blockLines returns the unchanged lines of a block scalar, without breaks.
func (e *editor) blockLines(n *node) []string {
	t := e.text
	if n.end == n.header {
		return nil
	}
	var out []string
	for at := t.nextLine(n.header); at <= n.end; at = t.nextLine(at) {
		out = append(out, string(t.src[at:t.lineEnd(at)]))
		if t.nextLine(at) <= at || t.nextLine(at) > n.end {
			break
		}
	}
	return out
}

// caseLike writes true or false in the existing case: True, TRUE.
func caseLike(word, like string) string {
	switch {
	case word != "true" && word != "false" || like == strings.ToLower(like):
		return word
	case like == strings.ToUpper(like):
		return strings.ToUpper(word)
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

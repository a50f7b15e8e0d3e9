package yamledit

import "strings"

// replace rewrites a value completely, if no part of it can be kept. The
// comment after it stays.
func (e *editor) replace(n *node, in *entry, parent *node, want any, p Path) error {
	if err := e.disposable(n, p); err != nil {
		return err
	}
	r := renderer{e.style}
	t := e.text
	if parent != nil && parent.flow() {
		return e.replaceFlow(n, in, parent, want)
	}
	if parent == nil {
		// The whole document.
		w := r.under(want, -e.style.step, false)
		lines := w.lines
		if w.inline != "" {
			lines = append([]string{w.inline}, lines...)
		}
		e.splice(t.lineStart(n.start), n.end, strings.Join(lines, t.newline()))
		return nil
	}
	w := r.under(want, parent.column, parent.form == blockSeq)
	if in.explicit || in.colon < 0 {
		return e.fail(p, n, "the key is written with \"?\"; edit it by hand")
	}
	e.rewrite(n, in, parent, w)
	return nil
}

// rewrite replaces the text of a value, below a key or after a dash.
func (e *editor) rewrite(n *node, in *entry, parent *node, w written) {
	t := e.text
	nl := t.newline()
	behind := in.colon + 1 // the first position for the value's text
	if n.form != blockMap && n.form != blockSeq && n.form != literal && n.form != folded {
		from := behind
		if w.inline != "" && n.form != null && n.start > behind && len(w.lines) == 0 {
			from = n.start // keep the spaces, or the line, where it starts
		} else if w.inline != "" {
			w.inline = " " + w.inline
		}
		if n.start > behind && from == behind && len(strings.TrimSpace(string(t.src[behind:n.start]))) > 0 {
			// There is a comment between the key and the value on the next
			// line.
			e.splice(n.start, n.end, "")
			e.splice(behind, behind, w.inline)
			e.insertLines(t.nextLine(n.end), w.lines)
			return
		}
		e.splice(from, n.end, w.inline)
		e.insertLines(t.nextLine(n.end), w.lines)
		return
	}
	if w.inline != "" {
		w.inline = " " + w.inline
	}
	if n.form == literal || n.form == folded {
		header := n.body + len(blockHeader(string(t.src[n.body:n.header])))
		e.splice(behind, header, w.inline)
		text := ""
		if len(w.lines) > 0 {
			text = nl + strings.Join(w.lines, nl)
		}
		e.splice(n.header, n.end, text)
		return
	}
	end := max(n.end, e.behind(n.entries[len(n.entries)-1], n.column))
	if endsInBreak(t.src[:end]) {
		end = len(trimBreak(t.src[:end]))
	}
	if t.line(n.start) == t.line(behind-1) {
		// After a dash.
		text := strings.TrimPrefix(w.inline, " ")
		if len(w.lines) > 0 {
			text += nl + strings.Join(w.lines, nl)
		}
		e.splice(n.start, end, text)
		return
	}
	text := ""
	if len(w.lines) > 0 {
		text = nl + strings.Join(w.lines, nl)
	}
	e.splice(behind, behind, w.inline)
	if n.body > n.start {
		behind = n.start // also remove an anchor or tag after the key
		for behind > 0 && t.src[behind-1] == ' ' {
			behind--
		}
		at := t.lineEnd(behind)
		e.splice(behind, at, "")
	}
	e.splice(t.lineEnd(behind), end, text)
}

// insertLines inserts complete lines at the start of a line.
func (e *editor) insertLines(at int, lines []string) {
	if len(lines) == 0 {
		return
	}
	nl := e.text.newline()
	text := strings.Join(lines, nl)
	if at == len(e.text.src) && !endsInBreak(e.text.src) {
		e.splice(at, at, nl+text)
		return
	}
	e.splice(at, at, text+nl)
}

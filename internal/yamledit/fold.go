package yamledit

import (
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// lineWidth is the maximum width of new lines in folded text.
const lineWidth = 80

// refold writes a one-paragraph text over the lines of a multi-line plain or
// quoted scalar. Unchanged lines keep their breaks.
func (e *editor) refold(n *node, parent *node, s string) (string, bool) {
	raw := string(e.text.src[n.body:n.end])
	enc, quote := s, ""
	switch n.form {
	case plain:
		if !plainSafe(s, parent.flow()) {
			return "", false
		}
	case single:
		q, ok := singleQuoted(s)
		if !ok {
			return "", false
		}
		enc, quote = q[1:len(q)-1], "'"
	case double:
		if strings.Contains(raw, `\`) {
			return "", false
		}
		q := doubleQuoted(s)
		enc, quote = q[1:len(q)-1], `"`
	}
	var was []string
	pad := ""
	for i, l := range strings.Split(strings.Trim(raw, quote), "\n") {
		l = strings.TrimRight(l, " \t\r")
		text := strings.TrimLeft(l, " \t")
		if i > 0 {
			pad = l[:len(l)-len(text)]
		}
		if text == "" {
			return "", false
		}
		was = append(was, text)
	}
	return quote + strings.Join(wrap(was, enc), e.text.newline()+pad) + quote, enc != "" && strings.TrimSpace(enc) == enc
}

// wrap breaks a paragraph into lines. Old lines that are also whole lines at
// the start or end of the new text stay; the part in between is wrapped again.
func wrap(was []string, s string) []string {
	words := strings.Split(s, " ")
	// A line can end before word i if a single space separates the two words.
	breakable := func(i int) bool {
		return i == 0 || i == len(words) || words[i-1] != "" && words[i] != "" && words[i][0] != '\t' && words[i][0] != '#' && words[i-1][len(words[i-1])-1] != '\t'
	}
	// An existing line may end with extra spaces.
	begins := func(i int) bool { return i == 0 || i == len(words) || words[i] != "" && words[i][0] != '\t' }
	fits := func(line string, at int) (int, bool) {
		w := strings.Split(line, " ")
		if at < 0 || at+len(w) > len(words) || strings.Join(words[at:at+len(w)], " ") != line {
			return 0, false
		}
		return len(w), begins(at) && begins(at+len(w))
	}
	var head, tail []string
	from, to := 0, len(words)
	for _, l := range was {
		n, ok := fits(l, from)
		if !ok {
			break
		}
		head, from = append(head, l), from+n
	}
	for i := len(was) - 1; i >= len(head); i-- {
		at := to - len(strings.Split(was[i], " "))
		if _, ok := fits(was[i], at); !ok || at < from {
			break
		}
		tail, to = append([]string{was[i]}, tail...), at
	}
	width := lineWidth
	for _, l := range was {
		width = max(width, utf8.RuneCountInString(l))
	}
	if len(was)-len(head)-len(tail) == 1 {
		width += 20 // one slightly long line is better than two changed ones
	}
	out := head
	line := ""
	for i := from; i < to; i++ {
		switch {
		case i == from:
			line = words[i]
		case breakable(i) && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(words[i]) > width:
			out = append(out, line)
			line = words[i]
		default:
			line += " " + words[i]
		}
	}
	if from < to {
		out = append(out, line)
	}
	return append(out, tail...)
}

// paragraph is a line of a folded text with the source lines it is written on.
type paragraph struct {
	text  string
	lines []string
	blank int // blank lines before it
}

// deeper reports whether a line of a folded text is not folded because it is
// indented.
func deeper(s string) bool { return s != "" && (s[0] == ' ' || s[0] == '\t') }

func paragraphs(lines []string) []paragraph {
	var out []paragraph
	blank := 0
	for _, l := range lines {
		if l == "" {
			blank++
			continue
		}
		if last := len(out) - 1; last >= 0 && blank == 0 && !deeper(l) && !deeper(out[last].text) {
			out[last].text += " " + l
			out[last].lines = append(out[last].lines, l)
			continue
		}
		out = append(out, paragraph{l, []string{l}, blank})
		blank = 0
	}
	return out
}

// refoldBlock writes a text in the existing folded block.
func (e *editor) refoldBlock(n *node, parent *node, raw []string, s string) (written, bool) {
	body := strings.TrimRight(s, "\n")
	if strings.TrimSpace(body) == "" || strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && !printable(r) }) {
		return written{}, false
	}
	was := make([]string, len(raw))
	for i, l := range raw {
		if len(l) > n.content {
			was[i] = l[n.content:]
		}
	}
	old := paragraphs(was)
	oldText := make([]string, len(old))
	for i, p := range old {
		oldText[i] = p.text
	}
	var fresh []paragraph
	var newText []string
	gap := 0
	for i, l := range strings.Split(body, "\n") {
		if l == "" {
			gap++
			continue
		}
		p := paragraph{text: l, blank: gap}
		if i > 0 && len(fresh) > 0 && !deeper(l) && !deeper(fresh[len(fresh)-1].text) {
			p.blank++
		}
		fresh, newText = append(fresh, p), append(newText, l)
		gap = 0
	}
	i, j := 0, 0
	for _, m := range append(textdiff.Match(oldText, newText), textdiff.Pair{A: len(old), B: len(fresh)}) {
		for ; j < m.B; j++ {
			var from []string
			if i < m.A {
				from = old[i].lines
				i++
			}
			fresh[j].lines = []string{fresh[j].text}
			if !deeper(fresh[j].text) {
				fresh[j].lines = wrap(from, fresh[j].text)
			}
		}
		if m.B < len(fresh) {
			fresh[j].lines = old[m.A].lines
		}
		i, j = m.A+1, m.B+1
	}
	var lines []string
	for _, p := range fresh {
		lines = append(append(lines, make([]string, p.blank)...), p.lines...)
	}
	header := e.sameEnd(n, s, mergeHeader(blockHeader(string(e.text.src[n.body:n.header])), ">"+chomping(s)))
	lines = append(lines, make([]string, max(len(s)-len(body)-1, 0))...)
	pad := strings.Repeat(" ", n.content)
	for i, l := range lines {
		if l != "" {
			lines[i] = pad + l
		}
	}
	for _, m := range textdiff.Match(trimmed(raw), lines) {
		lines[m.B] = raw[m.A]
	}
	w := written{header, lines}
	return w, reads(w, parent.column, s) || !strings.HasSuffix(s, "\n") && reads(w, parent.column, s+"\n")
}

// sameEnd keeps the header of a block scalar that ends the text, and so has no
// line end whatever its header says.
func (e *editor) sameEnd(n *node, s, header string) string {
	if e.unsealed(n) && chomping(s) == "-" {
		e.cut = map[*node]bool{n: true}
		return strings.TrimSuffix(header, "-")
	}
	return header
}

func trimmed(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		if strings.TrimSpace(l) != "" {
			out[i] = l
		}
	}
	return out
}

// chomping returns the indicator for the number of line ends at the end of a
// text.
func chomping(s string) string {
	switch len(s) - len(strings.TrimRight(s, "\n")) {
	case 0:
		return "-"
	case 1:
		return ""
	}
	return "+"
}

// reads reports whether a text, written under a key in a column, is parsed as
// s.
func reads(w written, column int, s string) bool {
	pad := strings.Repeat(" ", max(column, 0))
	src := pad + "k: " + w.inline + "\n" + strings.Join(w.lines, "\n") + "\n"
	doc, err := yamlcore.Parse([]byte(src), yamlcore.Limits{})
	return err == nil && holds(yamlcore.Lookup(doc.Root, "k"), s)
}

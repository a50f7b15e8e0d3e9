package yamledit

import (
	"strings"

	"gopkg.in/yaml.v3"
)

func (s scanner) scalar(n *node, flow bool) error {
	y := n.y
	switch c := s.src[n.body]; {
	case y.Style&yaml.SingleQuotedStyle != 0 && c == '\'':
		n.form = single
		return s.quoted(n, '\'')
	case y.Style&yaml.DoubleQuotedStyle != 0 && c == '"':
		n.form = double
		return s.quoted(n, '"')
	case y.Style&yaml.LiteralStyle != 0 && c == '|':
		n.form = literal
		return s.block(n)
	case y.Style&yaml.FoldedStyle != 0 && c == '>':
		n.form = folded
		return s.block(n)
	case y.Style&^yaml.TaggedStyle == 0:
		n.form = plain
		var value string
		n.end, value = s.plain(n.body, n.indent+1, flow)
		if value != y.Value {
			return lost(y)
		}
		return nil
	}
	return lost(y)
}

func (s scanner) quoted(n *node, quote byte) error {
	for i := n.body + 1; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '\\' && quote == '"':
			i++
		case c == quote && quote == '\'' && i+1 < len(s.src) && s.src[i+1] == '\'':
			i++
		case c == quote:
			n.end = i + 1
			return nil
		}
	}
	return lost(n.y)
}

// plain scans a plain scalar like the parser and returns its end and value.
func (s scanner) plain(at, indent int, flow bool) (end int, value string) {
	var b strings.Builder
	end = at
	for at < len(s.src) {
		if s.src[at] == '#' && at > end || s.marker(at) {
			break
		}
		from := at
		for at < len(s.src) && s.src[at] != ' ' && s.src[at] != '\t' && breakAt(s.src, at) == 0 {
			c := s.src[at]
			if c == ':' && (at+1 >= len(s.src) || s.src[at+1] == ' ' || s.src[at+1] == '\t' || breakAt(s.src, at+1) > 0) ||
				flow && strings.IndexByte(",?[]{}", c) >= 0 {
				break
			}
			at++
		}
		if at == from {
			break
		}
		b.Write(s.src[from:at])
		end = at
		// The space between two words: blanks are kept, breaks are folded.
		blanks, breaks := at, 0
		for at < len(s.src) {
			if n := breakAt(s.src, at); n > 0 {
				breaks++
				at += n
				continue
			}
			if s.src[at] != ' ' && s.src[at] != '\t' {
				break
			}
			at++
		}
		if at == end || at >= len(s.src) || breaks > 0 && !flow && s.column(at) < indent {
			break
		}
		if s.ends(at, end, flow) {
			break
		}
		switch {
		case breaks == 0:
			b.Write(s.src[blanks:at])
		case breaks == 1:
			b.WriteByte(' ')
		default:
			b.WriteString(strings.Repeat("\n", breaks-1))
		}
	}
	return end, b.String()
}

// ends reports whether a plain scalar ends at at.
func (s scanner) ends(at, end int, flow bool) bool {
	c := s.src[at]
	if c == '#' && at > end || s.marker(at) {
		return true
	}
	return c == ':' && (at+1 >= len(s.src) || isBlankOrBreak(s.src, at+1) || breakAt(s.src, at+1) > 0) || flow && strings.IndexByte(",?[]{}", c) >= 0
}

// marker reports whether an offset is at the end of a document.
func (s scanner) marker(at int) bool {
	if at+3 > len(s.src) || s.column(at) != 0 {
		return false
	}
	m := string(s.src[at : at+3])
	return (m == "---" || m == "...") && (at+3 == len(s.src) || isBlankOrBreak(s.src, at+3) || breakAt(s.src, at+3) > 0)
}

// block finds the lines of a block scalar.
func (s scanner) block(n *node) error {
	n.header = s.lineEnd(n.body)
	n.end = n.header
	at := n.body + 1
	keep := false
	for ; at < n.header && strings.IndexByte("+-123456789", s.src[at]) >= 0; at++ {
		switch c := s.src[at]; c {
		case '+':
			keep = true
		case '-':
		default:
			n.content = max(n.indent, 0) + int(c-'0')
		}
	}
	line := s.line(n.header)
	if n.content == 0 {
		n.content = s.contentIndent(line+1, n.indent)
	}
	for line++; line < len(s.starts); line++ {
		start := s.starts[line]
		first := s.indentation(start)
		end := s.lineEnd(start)
		switch {
		case first >= end && end-start <= n.content:
			// A blank line belongs to it if more lines follow, or with "+".
			if keep && start < len(s.src) {
				n.end = end
			}
		case first-start < n.content:
			return nil
		default:
			n.end = end
		}
	}
	return nil
}

func (s scanner) contentIndent(line, indent int) int {
	most := 0
	for ; line < len(s.starts); line++ {
		start := s.starts[line]
		first := s.indentation(start)
		most = max(most, first-start)
		if first < len(s.src) && breakAt(s.src, first) == 0 {
			break
		}
	}
	return max(most, indent+1, 1)
}

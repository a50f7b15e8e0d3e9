package lint

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

const byteOrderMark = "\uFEFF"

// Source is the text of a file, exactly as it is stored.
type Source struct {
	Path string
	Text string
	// starts are the offsets of the lines, as editors count them.
	starts []int
	// wide are the long lines with multi-byte characters, each with the offset of
	// every stepth character, so that lookups are fast even if the whole file is one
	// line.
	wide map[int][]int
	// yaml are the offsets of the lines as YAML counts them; nil if they are the same.
	yaml []int
}

const step = 256

func newSource(path string, text []byte) *Source {
	s := &Source{Path: path, Text: string(text), starts: []int{0}}
	more := false
	for i := range len(s.Text) {
		switch c := s.Text[i]; {
		case c == '\n', c == '\r' && (i+1 == len(s.Text) || s.Text[i+1] != '\n'):
			s.starts = append(s.starts, i+1)
		case c == 0xc2 || c == 0xe2:
			more = more || yamlBreak(s.Text[i:]) > 0
		}
	}
	if more {
		for i := range len(s.Text) {
			if n := yamlBreak(s.Text[i:]); n > 0 {
				s.yaml = append(s.yaml, i+n)
			}
		}
		s.yaml = append(s.yaml, s.starts...)
		slices.Sort(s.yaml)
	}
	for n := range s.starts {
		s.mark(n + 1)
	}
	return s
}

// mark records the offsets of characters in a long line.
func (s *Source) mark(n int) {
	from, line := s.lineText(n)
	if len(line) < 2*step || !strings.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return
	}
	marks, count := make([]int, 0, len(line)/step+1), 0
	for i := range line {
		if count%step == 0 {
			marks = append(marks, from+i)
		}
		count++
	}
	if s.wide == nil {
		s.wide = map[int][]int{}
	}
	s.wide[n] = marks
}

// lineText returns a line without its end, and its offset.
func (s *Source) lineText(n int) (from int, line string) {
	from, to := s.starts[n-1], len(s.Text)
	if n < len(s.starts) {
		to = s.starts[n]
	}
	line = strings.TrimSuffix(strings.TrimSuffix(s.Text[from:to], "\n"), "\r")
	if n == 1 && strings.HasPrefix(line, byteOrderMark) {
		from, line = from+len(byteOrderMark), line[len(byteOrderMark):]
	}
	return from, line
}

// lineEnd returns how a line ends; for the last line of a file, how the one before does.
func (s *Source) lineEnd(n int) string {
	for n = min(n, s.Lines()); n > 0; n-- {
		if from, line := s.lineText(n); n < s.Lines() {
			return s.Text[from+len(line) : s.starts[n]]
		}
	}
	return "\n"
}

// yamlBreak returns the length of a line break at the start of s that only the YAML
// reader treats as one, or 0.
func yamlBreak(s string) int {
	for _, b := range []string{"\u0085", "\u2028", "\u2029"} {
		if strings.HasPrefix(s, b) {
			return len(b)
		}
	}
	return 0
}

// yamlPlace converts a line and column of the YAML reader.
func (s *Source) yamlPlace(line, column int) (int, int) {
	if s.yaml == nil || line < 1 || line > len(s.yaml) {
		return line, column
	}
	// A line of YAML is a part of one of the editor's.
	start, first := s.position(s.yaml[line-1])
	return start, first + max(column-1, 0)
}

// nodeLine returns the line on which a YAML node starts.
func (s *Source) nodeLine(n *yaml.Node) int {
	line, _ := s.yamlPlace(n.Line, n.Column)
	return line
}

// Lines returns the number of lines; an empty file has one.
func (s *Source) Lines() int { return len(s.starts) }

// Line returns a line without its end, or "" if it doesn't exist.
func (s *Source) Line(n int) string {
	if n < 1 || n > len(s.starts) {
		return ""
	}
	_, line := s.lineText(n)
	return line
}

// maxSnippet is the maximum length of a snippet in bytes, so that many findings
// in a file of one line don't keep as many copies of it.
const maxSnippet = 4 << 10

func (s *Source) snippet(n int) string {
	if line := s.Line(n); len(line) <= maxSnippet {
		return line
	}
	return ""
}

// offset returns the byte offset of a line and column. A place outside the file is
// moved to the nearest one inside.
func (s *Source) offset(line, column int) int {
	if line < 1 {
		return 0
	}
	if line > len(s.starts) {
		return len(s.Text)
	}
	at, text := s.lineText(line)
	skip := max(column-1, 0)
	if marks := s.wide[line]; marks != nil {
		m := min(skip/step, len(marks)-1)
		at, text, skip = marks[m], text[marks[m]-at:], skip-m*step
	} else if len(text) >= 2*step { // only single-byte characters
		return at + min(skip, len(text))
	}
	for ; skip > 0 && text != ""; skip-- {
		_, n := utf8.DecodeRuneInString(text)
		at, text = at+n, text[n:]
	}
	return at
}

// position returns the line and column of a byte offset.
func (s *Source) position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s.Text))
	line = sort.Search(len(s.starts), func(i int) bool { return s.starts[i] > offset })
	from, text := s.lineText(line)
	if offset <= from {
		return line, 1
	}
	if marks := s.wide[line]; marks != nil {
		m := max(sort.SearchInts(marks, offset+1)-1, 0)
		return line, m*step + utf8.RuneCountInString(s.Text[marks[m]:offset]) + 1
	}
	if len(text) >= 2*step {
		return line, offset - from + 1
	}
	return line, utf8.RuneCountInString(s.Text[from:offset]) + 1
}

// Range returns the range of the bytes from start up to end.
func (s *Source) Range(start, end int) Range {
	var r Range
	r.Line, r.Column = s.position(start)
	r.EndLine, r.EndColumn = s.position(max(start, end))
	return r
}

// Offsets returns the byte offsets of a range.
func (s *Source) Offsets(r Range) (start, end int) {
	start = s.offset(r.Line, r.Column)
	return start, max(start, s.offset(r.EndLine, r.EndColumn))
}

// LineRange returns the range of a line, without surrounding white space.
func (s *Source) LineRange(n int) Range {
	text := strings.TrimRight(s.Line(n), " \t")
	lead := len(text) - len(strings.TrimLeft(text, " \t"))
	return Range{n, lead + 1, n, max(utf8.RuneCountInString(text), lead) + 1}
}

// Node returns the range of a YAML node: all of a scalar on a single line, the first
// key of a mapping, and the first line of a block scalar, a list or anything in
// brackets.
func (s *Source) Node(n *yaml.Node) Range {
	start, end := s.nodeOffsets(n)
	r := s.Range(start, end)
	if r.EndLine > r.Line { // quoted over several lines
		r.EndLine, r.EndColumn = r.Line, utf8.RuneCountInString(strings.TrimRight(s.Line(r.Line), " \t"))+1
	}
	return r
}

// nodeOffsets returns the byte offsets of a YAML node in the same way, but of a
// quoted scalar always all of it.
func (s *Source) nodeOffsets(n *yaml.Node) (start, end int) {
	if n == nil {
		return 0, 0
	}
	start = s.offset(s.yamlPlace(n.Line, n.Column))
	rest := s.Text[start:]
	line := rest
	if i := sort.SearchInts(s.starts, start+1); i < len(s.starts) {
		line = strings.TrimRight(s.Text[start:max(start, s.starts[i])], "\r\n")
	}
	switch {
	case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0:
		return s.nodeOffsets(n.Content[0])
	case n.Kind == yaml.AliasNode:
		return start, start + min(len(n.Value)+1, len(line))
	case n.Kind == yaml.ScalarNode && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		if end, ok := quotedEnd(rest); ok {
			return start, start + end
		}
	case n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && strings.HasPrefix(line, n.Value):
		return start, start + len(n.Value)
	}
	if i := strings.Index(line, " #"); i >= 0 {
		line = line[:i]
	}
	return start, start + len(strings.TrimRight(line, " \t\r"))
}

// wholeScalar reports whether NodeOffsets returns exactly a scalar: without a tag,
// and complete, since plain scalars can span several lines.
func (s *Source) wholeScalar(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	start, end := s.nodeOffsets(n)
	text := s.Text[start:end]
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		i, ok := quotedEnd(text)
		return ok && i == len(text)
	}
	return n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && text == n.Value
}

// quotedEnd finds the end of the quoted scalar at the start of a text.
func quotedEnd(text string) (int, bool) {
	if text == "" || text[0] != '"' && text[0] != '\'' {
		return 0, false
	}
	q := text[0]
	for i := 1; i < len(text); i++ {
		switch {
		case q == '"' && text[i] == '\\':
			i++
		case text[i] != q:
		case q == '\'' && i+1 < len(text) && text[i+1] == q:
			i++
		default:
			return i + 1, true
		}
	}
	return 0, false
}

// pair finds a key of a mapping, with its value.
func pair(n *yaml.Node, key string) (yamlcore.Pair, bool) {
	ps, err := yamlcore.Pairs(n)
	if err != nil {
		return yamlcore.Pair{}, false
	}
	for _, p := range ps {
		if p.Key.Value == key {
			return p, true
		}
	}
	return yamlcore.Pair{}, false
}

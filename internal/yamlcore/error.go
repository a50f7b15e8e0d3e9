package yamlcore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Error is an error in a YAML text. Line and Column count from 1; Column is 0
// if only the line is known.
type Error struct {
	Line, Column int
	Message      string
	// DuplicateKey marks a duplicate key; the position is that of the second
	// one.
	DuplicateKey bool
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return e.Message
	case e.Column == 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Message)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

var lineOf = lazily(`^yaml: (?:line (\d+): )?(.*)$`)

// The parser's messages, and what they mean for an author of specs.
var plainer = []struct{ has, say string }{
	{"found character that cannot start any token", "a tab or another character that YAML does not allow here; indent with spaces and quote values that start with @, ` or %"},
	{"mapping values are not allowed in this context", "a \": \" where YAML does not expect one; quote the value if it contains a colon, or check the indentation"},
	{"did not find expected key", "YAML expected a key here; check the indentation of this line and the ones above it"},
	{"did not find expected '-' indicator", "YAML expected \"- \" here; check the indentation of the list"},
	{"could not find expected ':'", "YAML expected \":\" after a key; check for a missing colon or an unclosed quote above"},
	{"did not find expected ',' or ']'", "a list that starts with \"[\" is not closed, or a comma is missing"},
	{"did not find expected ',' or '}'", "a mapping that starts with \"{\" is not closed, or a comma is missing"},
	{"found unexpected end of stream", "the text ends inside a quoted value; close the quote"},
	{"found unknown escape character", "an unknown escape in a double-quoted value; use single quotes, or double the backslash"},
	{"did not find expected node content", "YAML expected a value here"},
	{"did not find expected alphabetic or numeric character", "a name is missing after \"&\" or \"*\"; quote values that start with these characters"},
	{"control characters are not allowed", "a control character, which YAML does not allow"},
	{"block sequence entries are not allowed", "a list item where YAML does not expect one; put it on a line of its own"},
	{"did not find expected <document start>", "text after the end of the value; quote the whole value if it starts with \"{\", \"[\" or a quote"},
	{"found unknown directive", "a line that starts with \"%\", which YAML reserves; quote the text or remove the line"},
	{"found invalid Unicode character escape", "an escape like \\ud83d, which is half a character; write the character itself"},
	{"found a tab character", "a tab in the indentation; indent with spaces"},
}

// explain converts an error of the yaml.v3 parser to an Error in plain words.
// It corrects the line where the parser is known to be off by one.
func explain(src []byte, err error) *Error {
	m := lineOf().FindStringSubmatch(err.Error())
	if m == nil {
		return &Error{Line: 1, Message: err.Error()}
	}
	if l, c, r, ok := control(src); ok && strings.Contains(m[2], "control characters") {
		return &Error{Line: l, Column: c, Message: fmt.Sprintf("the control character U+%04X, which YAML does not allow; remove it, or write it as an escape in double quotes", r)}
	}
	line, _ := strconv.Atoi(m[1])
	if parserFault(m[2]) {
		line++
	}
	out := &Error{Line: max(line, 1), Message: m[2]}
	// If a quote is not closed, the parser fails at a later token or at the
	// next quote, but the author needs the opening quote.
	if l, c, ok := openQuote(string(src)); ok && (l <= out.Line || parserFault(m[2])) {
		return &Error{Line: l, Column: c, Message: "the quoted value that starts here is never closed; close the quote"}
	}
	if name, ok := strings.CutPrefix(m[2], "unknown anchor "); ok {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "'"), "' referenced")
		out.Message = fmt.Sprintf("the alias %q refers to an anchor that is not defined above it; quote the value if it is meant as text", "*"+name)
		if l, c, ok := find(src, "*"+name); ok {
			out.Line, out.Column = l, c
		}
		return out
	}
	if at := conflict().FindIndex(src); at != nil {
		out.Line, out.Column = position(src, at[0])
		out.Message = "a merge conflict; resolve it and remove the lines that git added"
		return out
	}
	if found := locate(src, func(text []byte) bool {
		var n yaml.Node
		err := decode(yaml.NewDecoder(bytes.NewReader(withoutVersion(text))), &n)
		return err != nil && !errors.Is(err, io.EOF)
	}); found != nil {
		return found
	}
	for _, p := range plainer {
		if strings.Contains(m[2], p.has) {
			out.Message = p.say
			if strings.Contains(p.has, "escape") {
				out.Column = badEscape(src, out.Line)
			}
			break
		}
	}
	// For a tab, the parser reports the line before, or none.
	if strings.Contains(m[2], "cannot start any token") || strings.Contains(m[2], "tab character") {
		lines := strings.Split(string(src), "\n")
		for _, n := range []int{out.Line, out.Line + 1} {
			if n > len(lines) {
				continue
			}
			text := strings.TrimLeft(lines[n-1], " ")
			if strings.HasPrefix(text, "\t") {
				out.Line, out.Column = n, len(lines[n-1])-len(text)+1
				return out
			}
		}
		for _, n := range []int{out.Line, out.Line + 1} {
			if n > len(lines) {
				continue
			}
			if i := strings.IndexAny(lines[n-1], "@`%"); i >= 0 {
				out.Line, out.Column = n, i+1
				return out
			}
		}
	}
	return out
}

var (
	quotedValue = lazily(`^ *(?:- +)*(?:(?:"[^"]*"|'[^']*'|[^\s"'#{\[][^"'{\[#]*?) *: +|- +)(["'])`)
	blockValue  = lazily(`(?:^|[ :])[|>][+\-0-9]*[ \t]*(?:#.*)?$`)
)

// openQuote returns the first quoted value that continues on a line which can't
// belong to it, because it is not indented further than the value's parent.
func openQuote(src string) (line, column int, ok bool) {
	lines := strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n")
	indent := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	for i := 0; i < len(lines); i++ {
		text, depth := lines[i], indent(lines[i])
		m := quotedValue().FindStringSubmatchIndex(text)
		if m == nil {
			if blockValue().MatchString(text) && !strings.HasPrefix(strings.TrimSpace(text), "#") {
				for i+1 < len(lines) && (blank(lines[i+1]) || indent(lines[i+1]) > depth) {
					i++
				}
			}
			continue
		}
		q, at := text[m[2]], m[2]+1
		for j := i; j < len(lines); j++ {
			if j > i && !blank(lines[j]) && indent(lines[j]) <= depth {
				return i + 1, len([]rune(text[:m[2]])) + 1, true
			}
			if closesQuote(lines[j][at:], q) {
				i = j
				break
			}
			if j == len(lines)-1 {
				return i + 1, len([]rune(text[:m[2]])) + 1, true
			}
			at = 0
		}
	}
	return 0, 0, false
}

// closesQuote reports whether a quoted string ends in this part of it.
func closesQuote(s string, q byte) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case q == '"' && s[i] == '\\':
			i++
		case s[i] != q:
		case q == '\'' && i+1 < len(s) && s[i+1] == q:
			i++
		default:
			return true
		}
	}
	return false
}

// parserFault distinguishes an error of the parser, whose lines yaml.v3 counts
// from 0, from one of the scanner, whose lines it counts from 1. A parser error
// has the line where the list or mapping starts.
func parserFault(message string) bool {
	for _, m := range []string{"did not find expected ',' or", "did not find expected key", "did not find expected '-'", "did not find expected node content", "did not find expected <"} {
		if strings.Contains(message, m) {
			return true
		}
	}
	return false
}

func find(src []byte, what string) (line, column int, ok bool) {
	i := strings.Index(string(src), what)
	if i < 0 {
		return 0, 0, false
	}
	l, c := position(src, i)
	return l, c, true
}

var (
	conflict = lazily(`(?m)^(?:<<<<<<<|>>>>>>>) .*$`)
	escape   = lazily(`\\(?:[0abt\tnvfre "/\\N_LPxU]|u(?:[^dD]|[dD][0-7]))|(\\)`)
)

// badEscape returns the column of an unknown escape in a line, or 0.
func badEscape(src []byte, line int) int {
	lines := strings.Split(string(src), "\n")
	// The parser may count more lines: it also breaks them at CR.
	text := lines[min(line, len(lines))-1]
	for _, m := range escape().FindAllStringSubmatchIndex(text, -1) {
		if m[2] >= 0 {
			return len([]rune(text[:m[2]])) + 1
		}
	}
	return 0
}

// control finds the first control character that YAML doesn't allow.
func control(src []byte) (line, column int, r rune, ok bool) {
	for i, r := range string(src) {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f || r > 0x7f && r < 0xa0 && r != 0x85 || r == 0xfffe || r == 0xffff {
			line, column = position(src, i)
			return line, column, r, true
		}
	}
	return 0, 0, 0, false
}

// position returns the line and column (in characters) of a byte offset.
func position(src []byte, offset int) (line, column int) {
	start := 0
	line = 1
	for i := range offset {
		// A CR that no LF follows ends a line too.
		if src[i] == '\n' || src[i] == '\r' && (i+1 == len(src) || src[i+1] != '\n') {
			line, start = line+1, i+1
		}
	}
	return line, len([]rune(string(src[start:offset]))) + 1
}

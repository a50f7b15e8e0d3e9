package yamlcore

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// locate finds the place of the usual mistakes in a text that the parser refuses:
// the parser reports only the line on which the enclosing mapping or list starts.
// It reads block style line by line, without the finer points of YAML, so it asks
// broken about what it finds: the text before a mistake must be correct, and the
// text up to its end must not be. It returns nil if it finds nothing certain.
func locate(src []byte, broken func(text []byte) bool) *Error {
	l := &locator{src: string(src), line: -1}
	for l.next() && l.fault == nil {
		l.read()
	}
	f := l.fault
	if f == nil || broken(src[:f.from]) || !broken(src[:min(f.to, len(src))]) {
		return nil
	}
	line, column := position(src, f.at)
	return &Error{Line: line, Column: column, Message: f.message}
}

// mistake is one that the locator found. from is where the broken entry or value
// starts, and to where it ends.
type mistake struct {
	at, from, to int
	message      string
}

type locator struct {
	src string
	// start and end are the offsets of the current line, without its break.
	line, start, end int
	// levels are the columns of the open mappings and lists, the innermost last.
	levels []int
	// opened is set after a key or a dash without a value, and text after a plain
	// value, which may go on in deeper lines.
	opened, text bool
	// owner is the column of the entry that the last value belongs to.
	owner int
	fault *mistake
}

var (
	plainKey   = lazily(`^[^\s"'{}\[\],&*!|>%@#` + "`" + `-][^#]*?[ \t]*:(?:[ \t]|$)`)
	quotedKey  = lazily(`^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')[ \t]*:(?:[ \t]|$)`)
	property   = lazily(`^(?:[!&][^\s]*[ \t]+)+`)
	aliasValue = lazily(`^\*[\w-]+[ \t]*(?:#.*)?$`)
	innerKey   = lazily(`:(?:[ \t]|$)`)
	topKey     = lazily(`^ *[A-Za-z]\w*:(?:[ \t]|\r?$)`)
)

// lazily compiles a pattern on first use: most texts have no mistake.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// next moves to the next line with content.
func (l *locator) next() bool {
	for {
		if l.line++; l.line > 0 {
			l.start = l.end + 1
		}
		if l.start >= len(l.src) {
			return false
		}
		l.end = len(l.src)
		if i := strings.IndexByte(l.src[l.start:], '\n'); i >= 0 {
			l.end = l.start + i
		}
		if t := strings.TrimSpace(l.src[l.start:l.end]); t != "" && t[0] != '#' {
			return true
		}
	}
}

// jump makes the line of an offset the current one.
func (l *locator) jump(offset int) {
	l.start = strings.LastIndexByte(l.src[:offset], '\n') + 1
	l.end = len(l.src)
	if i := strings.IndexByte(l.src[l.start:], '\n'); i >= 0 {
		l.end = l.start + i
	}
}

func (l *locator) report(at, from, to int, format string, args ...any) {
	l.fault = &mistake{at, from, to, fmt.Sprintf(format, args...)}
}

// read reads the entry that starts on the current line.
func (l *locator) read() {
	text := strings.TrimRight(l.src[l.start:l.end], " \t\r")
	column := len(text) - len(strings.TrimLeft(text, " "))
	if rest := text[column:]; rest == "---" || rest == "..." || strings.HasPrefix(text, "%") {
		*l = locator{src: l.src, line: l.line, start: l.start, end: l.end}
		return
	}
	if text[column] == '\t' || text[column] == '?' {
		l.start = len(l.src) // tabs are reported elsewhere, and complex keys are rare
		l.end = l.start
		return
	}
	if l.text && column > l.owner {
		if m := plainKey().FindStringIndex(text[column:]); m != nil {
			l.report(l.start+column, l.start, l.end, "this key is indented deeper than the line above it, which has a value already; check the indentation, or quote the value above if this is part of it")
		}
		return
	}
	above := -1
	for len(l.levels) > 0 && l.levels[len(l.levels)-1] > column {
		above, l.levels = l.levels[len(l.levels)-1], l.levels[:len(l.levels)-1]
	}
	if len(l.levels) == 0 || l.levels[len(l.levels)-1] < column {
		if !l.opened && len(l.levels) > 0 {
			what := fmt.Sprintf("%d", l.levels[len(l.levels)-1])
			if above >= 0 {
				what += fmt.Sprintf(" or %d", above)
			}
			l.report(l.start+column, l.start, l.end, "this line is indented by %s, but the lines above it by %s; check the indentation", spaces(column), what)
			return
		}
		l.levels = append(l.levels, column)
	}
	l.text = false
	l.entry(text, column)
}

func spaces(n int) string {
	if n == 1 {
		return "1 space"
	}
	return fmt.Sprintf("%d spaces", n)
}

// entry reads dashes, a key and a value.
func (l *locator) entry(text string, column int) {
	was, dashed := l.opened, false
	l.owner = column
	for strings.HasPrefix(text[column:], "- ") || text[column:] == "-" {
		dashed, l.owner = true, column
		rest := strings.TrimLeft(text[column+1:], " ")
		if rest == "" || rest[0] == '#' {
			l.opened = true
			return
		}
		column = len(text) - len(rest)
		if rest[0] == '-' || plainKey().MatchString(rest) || quotedKey().MatchString(rest) {
			l.levels = append(l.levels, column)
		}
	}
	key := plainKey().FindString(text[column:])
	if key == "" {
		key = quotedKey().FindString(text[column:])
	}
	if key != "" {
		l.owner = column
		column += len(key)
	} else if first := text[column]; !dashed && !was && first != '{' && first != '[' && first != '"' && first != '\'' && first != '<' && len(l.levels) > 0 && l.start > 0 {
		hint := "a \": \" is missing after the key"
		if i := strings.IndexByte(text[column:], ':'); i > 0 {
			hint = "a space is missing after the colon"
		}
		l.report(l.start+column, l.start, l.end, "%s; write \"key: value\", or indent the line if it is part of the value above", hint)
		return
	}
	column += len(text[column:]) - len(strings.TrimLeft(text[column:], " \t"))
	column += len(property().FindString(text[column:]))
	if value := text[column:]; value == "" || value[0] == '#' || value[0] == '&' || value[0] == '!' {
		l.opened = true
		return
	}
	l.opened = false
	l.value(text, column, key != "")
}

// value reads the value at a column of the current line.
func (l *locator) value(text string, column int, keyed bool) {
	at := l.start + column
	switch value := text[column:]; value[0] {
	case '|', '>':
		for {
			end := l.end
			if !l.next() {
				return
			}
			if line := l.src[l.start:l.end]; len(line)-len(strings.TrimLeft(line, " ")) <= l.owner {
				l.line, l.end = max(l.line-1, 0), end // read it again
				return
			}
		}
	case '"', '\'':
		end := quoteEnd(l.src, at)
		if end < 0 {
			l.fault = &mistake{from: len(l.src)} // openQuote reports it
			return
		}
		l.jump(end)
		l.after(at, end, "the closing quote", map[byte]string{'\'': `; write '' for a quote inside single quotes, or put the whole value in double quotes`, '"': `; write \" for a quote inside double quotes, or put the whole value in single quotes`}[value[0]])
	case '{', '[':
		end := l.flow(at)
		if l.fault == nil {
			l.jump(end)
			l.after(at, end, fmt.Sprintf("the %q of a value that starts with %q", l.src[end-1:end], value[:1]), "; quote the value if it is meant as text")
		}
	case '-':
		if keyed && strings.HasPrefix(value, "- ") {
			l.report(at, at, l.end, "a list item on the line of its key; put it on a line of its own, or quote the value if it is meant as text")
		}
		l.text = true
	case '*':
		if !aliasValue().MatchString(value) {
			l.report(at, at, l.end, "a value that starts with \"*\" is an alias; quote the value if it is meant as text")
		}
	case '@', '`', '%':
		l.text = true
	default:
		l.text = true
		if i := strings.Index(value, " #"); i >= 0 {
			value = value[:i]
			l.text = false
		}
		if m := innerKey().FindStringIndex(value); m != nil && keyed {
			l.report(at+m[0], at, l.end, "a \": \" where YAML does not expect one; quote the value if it contains a colon, or check the indentation")
		}
	}
}

// after checks that only a comment follows a value on its line.
func (l *locator) after(start, end int, what, hint string) {
	rest := l.src[end:l.end]
	trimmed := strings.TrimLeft(rest, " \t\r")
	if trimmed == "" || trimmed[0] == '#' && len(trimmed) < len(rest) {
		return
	}
	l.report(l.end-len(trimmed), start, l.end, "text after %s%s", what, hint)
}

// quoteEnd returns the offset after the quoted text at an offset, or -1.
func quoteEnd(s string, at int) int {
	for i := at + 1; i < len(s); i++ {
		switch {
		case s[at] == '"' && s[i] == '\\':
			i++
		case s[i] != s[at]:
		case s[at] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
		default:
			return i + 1
		}
	}
	return -1
}

package yamledit

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// misread matches strings of YAML 1.2 that YAML 1.1 parsers read as something
// else: booleans, octal, binary and sexagesimal numbers, numbers with
// underscores, dates, the merge and default keys, and special floats.
var misread = lazyregexp.New(`^(?i:y|n|yes|no|on|off|<<|=|[-+]?\.inf|\.nan|[-+]?0x[0-9a-f_]+|[-+]?0o?[0-7_]+|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|[-+]?\.[0-9_]+(e[-+]?[0-9]+)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?)$`)

// flowColon matches a colon that may end a key in a flow collection.
var flowColon = lazyregexp.New(`:([^A-Za-z0-9]|$)`)

// plainSafe reports whether a string can be unquoted and is the same string for
// every YAML parser.
func plainSafe(s string, flow bool) bool {
	if _, isText := plainValue(s).(string); !isText || misread.MatchString(s) {
		return false
	}
	return plainShape(s, flow)
}

// plainShape reports whether a string has the form of a plain scalar, whatever
// its meaning.
func plainShape(s string, flow bool) bool {
	if s == "" || strings.TrimSpace(s) != s || strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") {
		return false
	}
	if strings.ContainsAny(s[:1], "!&*|>%@`\"'#,[]{}?") {
		return false
	}
	if s[0] == '-' || s[0] == ':' {
		if len(s) == 1 || s[1] == ' ' || flow {
			return false
		}
	}
	if strings.Contains(s, ": ") || strings.HasSuffix(s, ":") || strings.Contains(s, " #") {
		return false
	}
	if flow && (strings.ContainsAny(s, ",[]{}?") || flowColon.MatchString(s)) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r == '\t' || !printable(r) })
}

// printable reports whether a character can be used unescaped; it is not called
// for line breaks.
func printable(r rune) bool {
	switch {
	case r == '\t':
		return true
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return false
	}
	// Invisible characters would be lost in an editor.
	return !unicode.In(r, unicode.Cf, unicode.Zs, unicode.Co, unicode.Cs) || r == ' ' || r == 0xa0 || r == 0x200d || r == 0x3000
}

func singleQuoted(s string) (string, bool) {
	if strings.ContainsFunc(s, func(r rune) bool { return !printable(r) }) {
		return "", false
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'", true
}

func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case printable(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// quoted writes a one-line string in the wanted quotes, if they can represent
// it.
func quoted(s string, kind form) string {
	if kind == single || strings.Contains(s, `"`) || strings.Contains(s, `\`) {
		// Text with many quotes or backslashes is easier to read in single
		// quotes.
		escapes := strings.Count(s, `"`) + strings.Count(s, `\`)
		if kind == single || escapes > strings.Count(s, "'") {
			if out, ok := singleQuoted(s); ok {
				return out
			}
		}
	}
	return doubleQuoted(s)
}

// keepQuotes writes a string in exactly these quotes, if they can represent it.
func keepQuotes(s string, kind form) string {
	if kind == single {
		if out, ok := singleQuoted(s); ok {
			return out
		}
	}
	return doubleQuoted(s)
}

// literalLines returns the lines of a literal block, and its header. Some texts
// can't be represented. Texts with several line ends at the end require keep,
// because they would absorb the blank lines that follow.
func literalLines(s string, parent, content int, keep bool) (header string, lines []string, ok bool) {
	if strings.Trim(s, "\n \t") == "" || !utf8.ValidString(s) {
		return "", nil, false
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && !printable(r) }) {
		return "", nil, false
	}
	header = "|"
	first := strings.TrimLeft(s, "\n")
	if first[0] == ' ' || first[0] == '\t' {
		n := content - max(parent, 0)
		if n < 1 || n > 9 {
			return "", nil, false
		}
		header += fmt.Sprint(n)
	}
	body := strings.TrimRight(s, "\n")
	switch len(s) - len(body) {
	case 0:
		header += "-"
	case 1:
	default:
		if !keep {
			return "", nil, false
		}
		header += "+"
		body = s[:len(s)-1]
	}
	pad := strings.Repeat(" ", content)
	for _, l := range strings.Split(body, "\n") {
		if l != "" {
			l = pad + l
		}
		lines = append(lines, l)
	}
	return header, lines, true
}

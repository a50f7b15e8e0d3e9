package yamledit

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// misread matches what is a text in YAML 1.2 and something else to readers of
// YAML 1.1: booleans, octal, binary and sexagesimal numbers, numbers with
// underscores, dates, the merge and default keys, and special floats.
var misread = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|<<|=|[-+]?\.inf|\.nan|[-+]?0x[0-9a-f_]+|[-+]?0o?[0-7_]+|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|[-+]?\.[0-9_]+(e[-+]?[0-9]+)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?)$`)

// flowColon matches a colon that may end a key in a flow collection.
var flowColon = regexp.MustCompile(`:([^A-Za-z0-9]|$)`)

// plainSafe reports whether a text may stand without quotes and is the same text
// to every reader of YAML.
func plainSafe(s string, flow bool) bool {
	if _, isText := plainValue(s).(string); !isText || misread.MatchString(s) {
		return false
	}
	return plainShape(s, flow)
}

// plainShape reports whether a text has the shape of a plain scalar, whatever it
// means.
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

// printable reports what may are in a text as it is, line breaks not counted.
func printable(r rune) bool {
	switch {
	case r == '\t':
		return true
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return false
	}
	// What can't be seen would be lost in an editor.
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

// quoted writes a text of one line in quotes of the kind wanted, as far as they
// can hold it.
func quoted(s string, kind form) string {
	if kind == single || strings.Contains(s, `"`) || strings.Contains(s, `\`) {
		// A text full of quotes or backslashes is easier to read in single ones.
		escapes := strings.Count(s, `"`) + strings.Count(s, `\`)
		if kind == single || escapes > strings.Count(s, "'") {
			if out, ok := singleQuoted(s); ok {
				return out
			}
		}
	}
	return doubleQuoted(s)
}

// keepQuotes writes a text in exactly this kind of quotes where they can hold it.
func keepQuotes(s string, kind form) string {
	if kind == single {
		if out, ok := singleQuoted(s); ok {
			return out
		}
	}
	return doubleQuoted(s)
}

// literalLines returns the lines of a literal block, and its header. Some texts
// can't be written so; those that end with several line ends only with keep,
// because they would take the blank lines that follow along.
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

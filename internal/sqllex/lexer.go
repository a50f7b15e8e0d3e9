// Package sqllex splits SQL into tokens, finds the tables that a query reads, and
// checks for the usual mistakes. It is not a parser: it skips what it does not know, and leaves
// templates ({{ … }}, {% … %}) alone.
package sqllex

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds of token. Comments and white space are not tokens.
const (
	// Word is a name or a keyword without quotes.
	Word Kind = iota + 1
	// Quoted is a name in double quotes or backticks.
	Quoted
	// String is a string, in single quotes or between $$.
	String
	Number
	// Symbol is any other character.
	Symbol
	// Template is a piece that is replaced before the query runs.
	Template
)

// Token is a piece of a query; Start and End are byte offsets.
type Token struct {
	Kind Kind
	// Text is the token as written; for a quoted name, the part between the
	// quotes.
	Text       string
	Start, End int
}

// is reports whether the token is the given keyword or symbol, ignoring case.
func (t Token) is(word string) bool {
	return (t.Kind == Word || t.Kind == Symbol) && strings.EqualFold(t.Text, word)
}

// Error is a query that can't be parsed: something in it is not closed, or
// missing.
type Error struct {
	// Offset is the byte offset of the problem.
	Offset  int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%s (at byte %d)", e.Message, e.Offset) }

// Lex splits a query. The error is an *Error.
func Lex(sql string) ([]Token, error) {
	out, _, err := lex(sql)
	return out, err
}

// lex is Lex, and returns where comments start with //.
func lex(sql string) (out []Token, slashes []int, err error) {
	// Strings rarely span lines. If one is not closed, every later quote opens
	// a string where it should close one, so the first string that continues on
	// the next line is the likely start.
	spanning := -1
	for i := 0; i < len(sql); {
		rest := sql[i:]
		r, n := utf8.DecodeRuneInString(rest)
		end, err := i+n, error(nil)
		kind := Symbol
		text := ""
		switch {
		case unicode.IsSpace(r) || r == '\uFEFF':
			i = end
			continue
		case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "//"):
			if r == '/' {
				slashes = append(slashes, i)
			}
			if j := strings.IndexByte(rest, '\n'); j >= 0 {
				i += j
			} else {
				i = len(sql)
			}
			continue
		case strings.HasPrefix(rest, "/*"):
			if i, err = closing(sql, i, 2, "*/", "the comment is never closed; add */"); err != nil {
				return nil, nil, err
			}
			continue
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "{%"), strings.HasPrefix(rest, "{#"):
			kind = Template
			close := map[byte]string{'{': "}}", '%': "%}", '#': "#}"}[rest[1]]
			end, err = closing(sql, i, 2, close, "the template is never closed; add "+close)
		case strings.HasPrefix(rest, "$$"):
			kind = String
			end, err = closing(sql, i, 2, "$$", "the string is never closed; add $$")
		case r == '\'':
			kind = String
			if end, err = quoted(sql, i, '\'', true); err != nil && spanning >= 0 {
				err.(*Error).Offset = spanning
			} else if err == nil && spanning < 0 && strings.Contains(sql[i:end], "\n") {
				spanning = i
			}
		case r == '"' || r == '`':
			kind = Quoted
			if end, err = quoted(sql, i, byte(r), false); err == nil {
				text = strings.ReplaceAll(sql[i+1:end-1], string(r)+string(r), string(r))
			}
		case r >= '0' && r <= '9':
			kind = Number
			end = i + run(rest, func(r rune) bool { return wordRune(r) || r == '.' })
		case r == '_' || unicode.IsLetter(r):
			kind = Word
			end = i + run(rest, wordRune)
		}
		if err != nil {
			return nil, nil, err
		}
		if kind != Quoted {
			text = sql[i:end]
		}
		out = append(out, Token{Kind: kind, Text: text, Start: i, End: end})
		i = end
	}
	return out, slashes, nil
}

func wordRune(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func run(s string, in func(rune) bool) int {
	if i := strings.IndexFunc(s, func(r rune) bool { return !in(r) }); i >= 0 {
		return i
	}
	return len(s)
}

func closing(sql string, at, skip int, end, message string) (int, error) {
	j := strings.Index(sql[at+skip:], end)
	if j < 0 {
		return 0, &Error{at, message}
	}
	return at + skip + j + len(end), nil
}

// quoted returns the end of a quoted token. A doubled quote is a literal quote,
// and in strings a backslash escapes the next character.
func quoted(sql string, at int, q byte, backslash bool) (int, error) {
	for i := at + 1; i < len(sql); i++ {
		switch {
		case sql[i] == '\\' && backslash:
			i++
		case sql[i] != q:
		case i+1 < len(sql) && sql[i+1] == q:
			i++
		default:
			return i + 1, nil
		}
	}
	what := "the string"
	if !backslash {
		what = "the quoted name"
	}
	return 0, &Error{at, fmt.Sprintf("%s is never closed; add %c", what, q)}
}

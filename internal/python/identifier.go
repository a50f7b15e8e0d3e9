package python

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// checkIdentifier reports characters that are not allowed in identifiers.
func (l *lexer) checkIdentifier(i, j int) (bad bool) {
	ascii := true
	for k := i; k < j; k++ {
		if l.src[k] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return false
	}
	for k := i; k < j; {
		r, n := utf8.DecodeRuneInString(l.src[k:j])
		if k == i && !identStart(r) || k != i && !identContinue(r) {
			l.pos = i
			msg := fmt.Sprintf("invalid character '%c' (U+%04X)", r, r)
			if !pyPrintable(r) {
				msg = fmt.Sprintf("invalid non-printable character U+%04X", r)
			}
			l.fail(k+n, msg)
			return true
		}
		k += n
	}
	return false
}

// identStart is XID_Start and the underscore. Normalisation must stay within
// the class, hence the second check.
func identStart(r rune) bool {
	return isStart(r) && all(r, isStart, isContinue)
}

func identContinue(r rune) bool {
	return isContinue(r) && all(r, isContinue, isContinue)
}

func all(r rune, first, rest func(rune) bool) bool {
	if r < 0x80 {
		return true
	}
	for i, c := range norm.NFKC.String(string(r)) {
		if i == 0 && !first(c) || i > 0 && !rest(c) {
			return false
		}
	}
	return true
}

func isStart(r rune) bool {
	if r < 0x80 {
		return class[r]&cIdent != 0
	}
	return (unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_ID_Start, r)) && !patternSyntax(r)
}

func isContinue(r rune) bool {
	if r < 0x80 {
		return class[r]&(cIdent|cDigit) != 0
	}
	return isStart(r) || (unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue) && !patternSyntax(r))
}

func patternSyntax(r rune) bool {
	return unicode.In(r, unicode.Pattern_Syntax, unicode.Pattern_White_Space)
}

// pyPrintable is str.isprintable for one character.
func pyPrintable(r rune) bool {
	return r == ' ' || r < 0x110000 && (unicode.IsGraphic(r) && !unicode.Is(unicode.Z, r))
}

// identifier normalises a name to NFKC, as Python does when it compares names.
func identifier(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return norm.NFKC.String(s)
		}
	}
	return s
}

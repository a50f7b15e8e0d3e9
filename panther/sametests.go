package panther

import (
	"encoding/json"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// sameTests reports whether two lists of unit tests are equal as they are written, but for the
// layout of their events. Most are, and then no event is decoded, which would take longer than
// to compare all else. If it returns false they may still mean the same.
func sameTests(a, b any) bool {
	x, _ := a.([]any)
	y, _ := b.([]any)
	if len(x) == 0 || len(x) != len(y) {
		return false
	}
	for i := range x {
		s, _ := x[i].(map[string]any)
		t, _ := y[i].(map[string]any)
		if s == nil || len(s) != len(t) {
			return false
		}
		for name, v := range s {
			w, has := t[name]
			if !has {
				return false
			}
			p, isText := v.(string)
			q, areTexts := w.(string)
			if name == "resource" && isText && areTexts {
				if !sameJSON(p, q) {
					return false
				}
			} else if !yamlcore.Equal(v, w) {
				return false
			}
		}
	}
	return true
}

// sameJSON reports whether two texts are the same JSON, with its members in the same order, but
// for spaces between its parts. It is false for texts that are no JSON, unless they are equal.
func sameJSON(a, b string) bool {
	if a == b {
		return true
	}
	i, j := 0, 0
	quoted, escaped := false, false
	for {
		if !quoted {
			spaced := i
			for i < len(a) && isSpace(a[i]) {
				i++
			}
			left := i > spaced
			spaced = j
			for j < len(b) && isSpace(b[j]) {
				j++
			}
			// Two words that a space parts are not one.
			if left != (j > spaced) && i > 0 && i < len(a) && isWord(a[i]) && isWord(lastOf(a[:i])) {
				return false
			}
		}
		if i == len(a) || j == len(b) {
			break
		}
		if a[i] != b[j] {
			return false
		}
		switch c := a[i]; {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		}
		i++
		j++
	}
	if i != len(a) || j != len(b) {
		return false
	}
	if len(b) < len(a) {
		a = b
	}
	return json.Valid([]byte(a))
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// isWord reports whether a byte is part of a number or a word outside of quotes.
func isWord(c byte) bool {
	switch c {
	case '{', '}', '[', ']', ',', ':', '"':
		return false
	}
	return true
}

// lastOf returns the last byte that is no space.
func lastOf(s string) byte {
	for i := len(s) - 1; i >= 0; i-- {
		if !isSpace(s[i]) {
			return s[i]
		}
	}
	return ','
}

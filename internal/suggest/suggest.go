// Package suggest finds the word that a misspelled word probably stands for.
package suggest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// A suggestion is a courtesy: what it costs is limited, since a hostile file may have
// many unknown words, and a repository many known ones.
const (
	maxLength = 200
	maxWords  = 3000
)

// Nearest returns the valid word that is closest to the written one, ignoring
// case, if it is close enough: one letter may differ, and one more for every
// four. The first of equally close words wins.
func Nearest(written string, legal []string) (string, bool) {
	if len(written) > maxLength {
		return "", false
	}
	best, least := "", 2+len(written)/4
	for _, l := range legal[:min(len(legal), maxWords)] {
		if letters := max(len(l)-len(written), len(written)-len(l)); letters > utf8.UTFMax*least {
			continue
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(written), strings.ToLower(l)); d < least {
			best, least = l, d
		}
	}
	return best, best != ""
}

// Within reports whether two words differ in at most some letters.
func Within(a, b string, letters int) bool {
	return max(len(a)-len(b), len(b)-len(a)) <= letters && levenshtein.ComputeDistance(a, b) <= letters
}

// DidYouMean returns "; did you mean X?", or "".
func DidYouMean(written string, legal []string) string {
	if w, ok := Nearest(written, legal); ok {
		return fmt.Sprintf("; did you mean %q?", w)
	}
	return ""
}

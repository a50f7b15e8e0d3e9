// Package suggest finds the word that a misspelled word probably stands for.
package suggest

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the valid word that is closest to the written one, ignoring
// case, if it is close enough: one letter may differ, and one more for every
// four. The first of equally close words wins.
func Nearest(written string, legal []string) (string, bool) {
	best, least := "", 2+len(written)/4
	for _, l := range legal {
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

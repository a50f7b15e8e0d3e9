// Package suggest finds the word that somebody probably meant.
package suggest

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the legal word closest to what was written, case aside, when
// it is close enough to be worth saying: one letter may differ, and one more
// for every four. The first of equally close ones wins.
func Nearest(written string, legal []string) (string, bool) {
	best, least := "", 2+len(written)/4
	for _, l := range legal {
		if d := levenshtein.ComputeDistance(strings.ToLower(written), strings.ToLower(l)); d < least {
			best, least = l, d
		}
	}
	return best, best != ""
}

// DidYouMean is "; did you mean X?", or nothing.
func DidYouMean(written string, legal []string) string {
	if w, ok := Nearest(written, legal); ok {
		return fmt.Sprintf("; did you mean %q?", w)
	}
	return ""
}

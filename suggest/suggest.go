// Package suggest finds the word that somebody probably meant.
package suggest

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest gives the legal word closest to what was written, when it is close
// enough to be worth saying: a third of its letters may differ, case aside.
func Nearest(written string, legal []string) (string, bool) {
	best, least := "", len(written)/3+1
	for _, l := range legal {
		d := levenshtein.ComputeDistance(strings.ToLower(written), strings.ToLower(l))
		if d < least || d == least && best == "" && d <= len(written)/3 {
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

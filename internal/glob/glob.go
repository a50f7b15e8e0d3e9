// Package glob matches paths and ids with patterns such as rules/**/aws_*.yml. Patterns
// come from a checkout, so that what one may cost is limited.
package glob

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	// maxWays is the maximum number of combinations of the alternatives in braces. All
	// of them may be tried for each path.
	maxWays = 1000
	// maxBytes is the maximum length of a pattern.
	maxBytes = 4096
)

var errInvalid = errors.New("is not valid")

// Check returns what is wrong with a pattern, as in "the pattern … is not valid".
func Check(pattern string) error {
	switch {
	case len(pattern) > maxBytes:
		return fmt.Errorf("has more than %d bytes", maxBytes)
	case !doublestar.ValidatePattern(pattern):
		return errInvalid
	case ways(pattern) > maxWays:
		return fmt.Errorf("has more than %d combinations of its {…}", maxWays)
	}
	return nil
}

// Match reports whether a pattern matches a text. One that Check refuses matches nothing.
func Match(pattern, text string) bool {
	// Without these characters any pattern is valid.
	valid := len(pattern) <= maxBytes && !strings.ContainsAny(pattern, `[]{}\`) || Check(pattern) == nil
	return valid && doublestar.MatchUnvalidated(pattern, text)
}

// ways returns how many patterns without braces a valid pattern is short for, or a
// number above maxWays.
func ways(pattern string) int {
	n, _ := product(pattern, 0, 0)
	return n
}

// product counts the ways from a position to the end of an alternative.
func product(p string, at, depth int) (n, end int) {
	n = 1
	for at < len(p) {
		switch p[at] {
		case '\\':
			at++
		case '[':
			at = class(p, at)
		case '{':
			sum := 0
			for {
				var one int
				one, at = product(p, at+1, depth+1)
				sum = min(sum+one, maxWays+1)
				if at >= len(p) || p[at] == '}' {
					break
				}
			}
			n = min(n*sum, maxWays+1)
		case ',', '}':
			if depth > 0 {
				return n, at
			}
		}
		at++
	}
	return n, at
}

// class returns the end of a class of characters, in which braces are characters.
func class(p string, at int) int {
	for at++; at < len(p) && p[at] != ']'; at++ {
		if p[at] == '\\' {
			at++
		}
	}
	return at
}

package pymutate

import (
	"strings"
	"time"
)

// Accept is a comment that accepts the changes of a line that no test notices:
//
//	# pdac:ignore mutants -- the order of these checks does not matter
//
// It is placed like the comments of pdac lint: behind the code, on a line of its own above
// it, or above all code for the whole file. With until=2026-12-31 it counts up to that day.
type Accept struct {
	// Written is the line of the comment, and Line the one that it is about; 0 for the whole
	// file.
	Written, Line int
	Until         time.Time
	Reason        string
}

// AcceptWord is the word that names mutants in a comment.
const AcceptWord = "mutants"

// ParseAccept reads a comment from its #. Comments that are about other things are not
// meant; what is wrong with one is a matter of pdac lint.
func ParseAccept(comment string) (a Accept, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(strings.TrimPrefix(comment, "#"), " \t"), "pdac:")
	if !ok || !strings.HasPrefix(comment, "#") {
		return a, false
	}
	words, reason, _ := strings.Cut(rest, "--")
	fields := strings.FieldsFunc(words, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	if len(fields) == 0 || fields[0] != "ignore" {
		return a, false
	}
	ok = false
	for _, w := range fields[1:] {
		ok = ok || w == AcceptWord
		if day, is := strings.CutPrefix(w, "until="); is {
			if at, err := time.Parse(time.DateOnly, day); err == nil {
				a.Until = at
			}
		}
	}
	a.Reason = strings.TrimSpace(reason)
	return a, ok
}

// Expired reports whether its last day has passed.
func (a Accept) Expired(now time.Time) bool {
	return !a.Until.IsZero() && !now.UTC().Before(a.Until.AddDate(0, 0, 1))
}

// nextCode returns, for each line by its number, the next one that is neither empty nor a
// comment; behind the last one, the line after the file.
func nextCode(src string) []int {
	lines := strings.Split(src, "\n")
	out := make([]int, len(lines)+1)
	next := len(lines) + 1
	for n := len(lines); n > 0; n-- {
		out[n] = next
		if t := strings.TrimSpace(lines[n-1]); t != "" && !strings.HasPrefix(t, "#") {
			next = n
		}
	}
	return out
}

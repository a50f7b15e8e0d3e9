// Package report shows plans, applies, drift and diagnostics: as text for
// people, as JSON for programs, as Markdown for pull requests. It only formats its
// input.
//
// The input comes from files and servers that strangers can write to, so all text
// passes through Clean before it reaches a terminal, a log or a page.
package report

import (
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// number formats a count with commas between thousands.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count formats a number of things: "1 error", "1,200 errors".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// tally counts the errors and warnings: "2 errors, 1 warning".
func tally(ds []repo.Diagnostic) string {
	var words []string
	if n := weigh(ds, repo.SeverityError); n > 0 {
		words = append(words, Count(n, "error", "errors"))
	}
	if n := weigh(ds, repo.SeverityWarning); n > 0 {
		words = append(words, Count(n, "warning", "warnings"))
	}
	return strings.Join(words, ", ")
}

func weigh(ds []repo.Diagnostic, s repo.Severity) int {
	n := 0
	for _, d := range ds {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// shortRevision shortens the id of a commit.
func shortRevision(s string) string {
	hash, dirty := strings.CutSuffix(s, "-dirty")
	if !isHash(hash) {
		return s
	}
	if dirty {
		return hash[:12] + "-dirty"
	}
	return hash[:12]
}

// isHash reports whether a text is the full id of a git object.
func isHash(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

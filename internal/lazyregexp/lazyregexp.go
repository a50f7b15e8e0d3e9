// Package lazyregexp has regular expressions that are compiled on first use, for package variables: pdac starts often,
// in hooks and in CI, and one start uses few of them.
package lazyregexp

import (
	"regexp"
	"sync"
)

// Regexp is a regular expression of package regexp. Its methods are those of regexp.Regexp.
type Regexp struct {
	pattern string
	once    sync.Once
	form    *regexp.Regexp
}

// New returns a regular expression. It is compiled on first use, which panics if the pattern is not valid. A test
// compiles every pattern of this module.
func New(pattern string) *Regexp { return &Regexp{pattern: pattern} }

// Get returns the compiled expression.
func (r *Regexp) Get() *regexp.Regexp {
	r.once.Do(func() { r.form = regexp.MustCompile(r.pattern) })
	return r.form
}

// MatchString reports whether the text contains a match.
func (r *Regexp) MatchString(text string) bool { return r.Get().MatchString(text) }

// Match reports whether the text contains a match.
func (r *Regexp) Match(text []byte) bool { return r.Get().Match(text) }

// FindString returns the first match, or "".
func (r *Regexp) FindString(text string) string { return r.Get().FindString(text) }

// FindStringSubmatch returns the first match and its groups, or nil.
func (r *Regexp) FindStringSubmatch(text string) []string { return r.Get().FindStringSubmatch(text) }

// FindAllString returns at most n matches; all if n is negative.
func (r *Regexp) FindAllString(text string, n int) []string { return r.Get().FindAllString(text, n) }

// FindAllStringSubmatch returns at most n matches with their groups; all if n is negative.
func (r *Regexp) FindAllStringSubmatch(text string, n int) [][]string {
	return r.Get().FindAllStringSubmatch(text, n)
}

// FindAllStringSubmatchIndex returns where at most n matches and their groups are; all if n is negative.
func (r *Regexp) FindAllStringSubmatchIndex(text string, n int) [][]int {
	return r.Get().FindAllStringSubmatchIndex(text, n)
}

// ReplaceAllString replaces all matches; $1 in the replacement is the first group.
func (r *Regexp) ReplaceAllString(text, by string) string { return r.Get().ReplaceAllString(text, by) }

// ReplaceAllStringFunc replaces all matches by what a function returns for each.
func (r *Regexp) ReplaceAllStringFunc(text string, by func(string) string) string {
	return r.Get().ReplaceAllStringFunc(text, by)
}

// FindIndex returns where the first match is, or nil.
func (r *Regexp) FindIndex(text []byte) []int { return r.Get().FindIndex(text) }

// FindAllSubmatch returns at most n matches with their groups; all if n is negative.
func (r *Regexp) FindAllSubmatch(text []byte, n int) [][][]byte {
	return r.Get().FindAllSubmatch(text, n)
}

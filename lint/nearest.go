package lint

import "github.com/pdac-dev/pdac/internal/suggest"

// maxCompared is the maximum number of words that are compared with unknown words, for
// the findings of one file, or of one rule about the whole repository. Later findings have
// no suggestion.
const maxCompared = 300_000

// suggestions finds the words that were probably meant, until it has compared enough.
type suggestions struct{ compared int }

func (s *suggestions) nearest(written string, words []string) (string, bool) {
	if s.compared >= maxCompared {
		return "", false
	}
	s.compared += len(words)
	return suggest.Nearest(written, words)
}

// nearest is suggest.Nearest, until it has been asked too often in a file.
func (p *filePass) nearest(written string, words []string) (string, bool) {
	return Once(p, "suggestions", func(*filePass) *suggestions { return &suggestions{} }).nearest(written, words)
}

// nearest is suggest.Nearest, until it has been asked too often by a rule.
func (p *RepoPass) nearest(written string, words []string) (string, bool) {
	return p.suggestions.nearest(written, words)
}

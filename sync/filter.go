package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Filter limits a plan to some entities; an empty one limits nothing.
type Filter []Pattern

// Pattern names entities: "rule/AWS.*", "*/Okta.*", "rule/*".
type Pattern struct {
	kind panther.Kind // empty for all
	id   string
	text string // as it was written
}

// ParseFilter reads patterns of the form kind/id-glob. In the id "*" stands
// for any characters, "?" for one, and "{a,b}" for either.
func ParseFilter(patterns []string) (Filter, error) { return ParsePatterns("--only", patterns) }

// ParsePatterns reads patterns as ParseFilter does; name is the flag or key
// that holds them.
func ParsePatterns(name string, patterns []string) (Filter, error) {
	var out Filter
	for _, p := range patterns {
		kind, id, ok := strings.Cut(p, "/")
		if !ok || id == "" {
			return nil, fmt.Errorf("%s %q is not of the form kind/id-glob, such as rule/AWS.* or query/*", name, p)
		}
		pat := Pattern{id: flat(id), text: p}
		if kind != "*" {
			k, err := panther.ParseKind(kind)
			if err != nil {
				return nil, fmt.Errorf("%s %q: %w, or *", name, p, err)
			}
			pat.kind = k
		}
		if !doublestar.ValidatePattern(pat.id) {
			return nil, fmt.Errorf("%s %q: the pattern %q can't be read; close its brackets", name, p, id)
		}
		out = append(out, pat)
	}
	return out, nil
}

// flat takes the meaning off slashes: ids may hold them, and "*" matches them.
func flat(s string) string { return strings.ReplaceAll(s, "/", "\x00") }

// MatchKey tells whether the filter lets an entity through.
func (f Filter) MatchKey(k panther.Key) bool {
	return len(f) == 0 || slices.ContainsFunc(f, func(p Pattern) bool {
		return (p.kind == "" || p.kind == k.Kind) && doublestar.MatchUnvalidated(p.id, flat(k.ID))
	})
}

// matchItem tells whether the filter lets a spec through. One without a kind
// in Panther is judged by its id alone.
func (f Filter) matchItem(it *repo.Item) bool {
	if keys := mayBe(it); len(keys) > 0 {
		return slices.ContainsFunc(keys, f.MatchKey)
	}
	return len(f) == 0 || slices.ContainsFunc(f, func(p Pattern) bool {
		return p.kind == "" && doublestar.MatchUnvalidated(p.id, flat(it.ID))
	})
}

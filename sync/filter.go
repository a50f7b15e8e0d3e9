package sync

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Filter limits a plan to some entities. An empty filter matches everything.
type Filter []Pattern

// Pattern matches entities: "rule/AWS.*", "*/Okta.*", "rule/*".
type Pattern struct {
	kind panther.Kind // empty for all
	id   string
	text string // as it was given
}

// ParseFilter parses patterns of the form kind/id-glob. In the id "*" matches
// any characters, "?" one, and "{a,b}" either.
func ParseFilter(patterns []string) (Filter, error) { return ParsePatterns("--only", patterns) }

// ParsePatterns parses patterns like ParseFilter; name is the flag or key that
// contains them.
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
				legal := make([]string, 0, len(panther.Kinds())+1)
				for _, k := range panther.Kinds() {
					legal = append(legal, string(k))
				}
				return nil, fmt.Errorf("%s %q: %w, or *%s", name, p, err, suggest.DidYouMean(strings.TrimSuffix(strings.ToLower(kind), "s"), legal))
			}
			pat.kind = k
		}
		if !doublestar.ValidatePattern(pat.id) {
			return nil, fmt.Errorf("%s %q: the pattern %q is not valid; close its brackets", name, p, id)
		}
		out = append(out, pat)
	}
	return out, nil
}

// MarshalJSON writes the patterns as they were given.
func (f Filter) MarshalJSON() ([]byte, error) {
	texts := make([]string, len(f))
	for i, p := range f {
		texts[i] = p.text
	}
	return json.Marshal(texts)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Filter) UnmarshalJSON(src []byte) error {
	var texts []string
	if err := json.Unmarshal(src, &texts); err != nil {
		return err
	}
	out, err := ParsePatterns("the plan's pattern", texts)
	*f = out
	return err
}

// IDPatterns turns globs over ids ("AWS.*"), which may have a kind in front
// ("rule/AWS.*"), into patterns for ParsePatterns.
func IDPatterns(globs []string) []string {
	out := make([]string, len(globs))
	for i, g := range globs {
		kind, _, ok := strings.Cut(g, "/")
		if ok && (kind == "*" || slices.Contains(panther.Kinds(), panther.Kind(kind))) {
			out[i] = g
		} else {
			out[i] = "*/" + g
		}
	}
	return out
}

// flat makes slashes ordinary characters: ids may contain them, and "*" matches
// them.
func flat(s string) string { return strings.ReplaceAll(s, "/", "\x00") }

// matchID reports whether the pattern matches an id. An id with special
// characters, such as "Logins [Okta]", also matches itself.
func (p Pattern) matchID(id string) bool {
	return p.id == flat(id) || doublestar.MatchUnvalidated(p.id, flat(id))
}

// MatchKey reports whether the filter matches an entity.
func (f Filter) MatchKey(k panther.Key) bool {
	return len(f) == 0 || slices.ContainsFunc(f, func(p Pattern) bool {
		return (p.kind == "" || p.kind == k.Kind) && p.matchID(k.ID)
	})
}

// matchItem reports whether the filter matches a spec. A spec without a kind in
// Panther is matched by its id alone.
func (f Filter) matchItem(it *repo.Item) bool {
	if keys := mayBe(it); len(keys) > 0 {
		return slices.ContainsFunc(keys, f.MatchKey)
	}
	return len(f) == 0 || slices.ContainsFunc(f, func(p Pattern) bool {
		return p.kind == "" && p.matchID(it.ID)
	})
}

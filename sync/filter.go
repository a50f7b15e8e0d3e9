package sync

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/glob"
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
	// literal says that it matches only the one id.
	literal bool
	// run is the number of patterns from this one on that have a kind, are literal, and
	// are sorted. A filter may name thousands of entities.
	run int
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
		pat := Pattern{id: flat(id), text: p, literal: !strings.ContainsAny(id, metaCharacters)}
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
		if err := glob.Check(pat.id); err != nil {
			return nil, fmt.Errorf("%s %q: the pattern %q %w; close its brackets", name, p, id, err)
		}
		out = append(out, pat)
	}
	return out.withRuns(), nil
}

// withRuns marks the runs of sorted literal patterns.
func (f Filter) withRuns() Filter {
	for i := len(f) - 1; i >= 0; i-- {
		f[i].run = 0
		if p := f[i]; p.literal && p.kind != "" {
			f[i].run = 1
			if i+1 < len(f) && f[i+1].run > 0 && p.compare(f[i+1]) < 0 {
				f[i].run += f[i+1].run
			}
		}
	}
	return f
}

// compare orders literal patterns.
func (p Pattern) compare(o Pattern) int {
	return cmp.Or(strings.Compare(string(p.kind), string(o.kind)), strings.Compare(p.id, o.id))
}

// Exactly returns the filter that matches only some entities.
func Exactly(keys []panther.Key) Filter {
	out := make(Filter, len(keys))
	for i, k := range keys {
		out[i] = exactly(k)
	}
	slices.SortFunc(out, Pattern.compare)
	return out.withRuns()
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

func unflat(s string) string { return strings.ReplaceAll(s, "\x00", "/") }

// matchID reports whether the pattern matches an id. An id with special
// characters, such as "Logins [Okta]", also matches itself.
func (p Pattern) matchID(id string) bool {
	return p.id == flat(id) || !p.literal && glob.Match(p.id, flat(id))
}

// idle returns the patterns for which has is false. What is live of kinds that
// can't be read is unknown, so their patterns are not among them.
func (f Filter) idle(unreadable Unreadable, has func(one Filter) bool) Filter {
	return slices.DeleteFunc(slices.Clone(f), func(p Pattern) bool {
		one := Filter{p}
		return slices.ContainsFunc(one.kinds(), unreadable.Has) || has(one)
	}).withRuns()
}

// unmatched returns the patterns that match nothing, which are probably typos. The
// repository may be nil.
func (f Filter) unmatched(r *repo.Repo, base *Base, live Live, unreadable Unreadable) Filter {
	var known map[panther.Key]bool
	if len(f) > 1 {
		known = keysOf(r, base, live)
	}
	return f.idle(unreadable, func(one Filter) bool {
		if p := one[0]; p.literal && known[panther.Key{Kind: p.kind, ID: unflat(p.id)}] {
			return true
		}
		return r != nil && slices.ContainsFunc(r.Items, one.matchItem) || slices.ContainsFunc(base.keys(), one.MatchKey) || matchesAny(one, live)
	})
}

// Unmatched returns the patterns that match nothing, as they were given. What is live of
// kinds that can't be read is unknown, so their patterns are not among them.
func Unmatched(f Filter, r *repo.Repo, base *Base, live Fetched) []string {
	var out []string
	for _, p := range f.unmatched(r, base, live.Live, live.Unreadable) {
		out = append(out, p.text)
	}
	return out
}

// Known returns the keys of all that is in the repository, in the last deployment, or
// live. The repository and the deployment may be nil.
func Known(r *repo.Repo, base *Base, live Live) map[panther.Key]bool { return keysOf(r, base, live) }

// Texts returns the patterns as they were given.
func (f Filter) Texts() []string {
	var out []string
	for _, p := range f {
		out = append(out, p.text)
	}
	return out
}

// keysOf returns the keys of everything.
func keysOf(r *repo.Repo, base *Base, live Live) map[panther.Key]bool {
	out := map[panther.Key]bool{}
	if r != nil {
		for _, it := range r.Items {
			out[it.Key()] = true
		}
	}
	for _, k := range base.keys() {
		out[k] = true
	}
	for k := range live {
		out[k] = true
	}
	return out
}

// CheckMatches returns a *MatchError if the filter matches nothing at all. The
// repository is nil if it is not searched.
func (f Filter) CheckMatches(r *repo.Repo, base *Base, live Fetched) error {
	if len(f) == 0 || len(f.unmatched(r, base, live.Live, live.Unreadable)) < len(f) {
		return nil
	}
	out := &MatchError{Where: "the repository, the last deployment or Panther"}
	if r == nil {
		out.Where = "the last deployment or Panther"
	}
	for _, p := range f {
		out.Patterns = append(out.Patterns, p.text)
	}
	return out
}

// MatchError reports that nothing matches a filter.
type MatchError struct {
	Patterns []string
	// Where lists what was searched.
	Where string
}

// Error says what was searched for, and where.
func (e *MatchError) Error() string {
	quoted := make([]string, len(e.Patterns))
	for i, p := range e.Patterns {
		quoted[i] = strconv.Quote(p)
	}
	return fmt.Sprintf("nothing matches %s in %s; check the kind and the id", some(quoted), e.Where)
}

// count returns the number of live entities of the kinds that the filter allows, and
// of those that share their ids with them.
func (f Filter) count(live Live) int {
	kinds := f.families()
	n := 0
	for k := range live {
		if slices.Contains(kinds, k.Kind) {
			n++
		}
	}
	return n
}

// exactly returns the pattern that matches only one entity.
func exactly(k panther.Key) Pattern {
	text := string(k.Kind) + "/" + meta.Replace(k.ID)
	return Pattern{kind: k.Kind, id: flat(meta.Replace(k.ID)), text: text, literal: !strings.ContainsAny(k.ID, metaCharacters)}
}

// metaCharacters are the characters that have a meaning in patterns.
const metaCharacters = `*?[]{}\`

// meta escapes what has a meaning in patterns.
var meta = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`)

// MatchKey reports whether the filter matches an entity.
func (f Filter) MatchKey(k panther.Key) bool {
	if len(f) == 0 {
		return true
	}
	key := Pattern{kind: k.Kind, id: flat(k.ID)}
	for i := 0; i < len(f); i++ {
		p := f[i]
		if n := p.run; n > 1 && i+n <= len(f) {
			if _, found := slices.BinarySearchFunc(f[i:i+n], key, Pattern.compare); found {
				return true
			}
			i += n - 1
		} else if (p.kind == "" || p.kind == k.Kind) && p.matchID(k.ID) {
			return true
		}
	}
	return false
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

package sync

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// drops reports whether a held entity is no longer live nor in any content, or
// was deleted by a deployment that was not recorded, so that nothing is left to
// manage. It notes those that are live as dropped.
func (b *builder) drops(k panther.Key, live bool) bool {
	if u, ok := b.opts.Base.unfinished(k); ok && u.gone && !u.lost && !live {
		return true
	}
	if _, only := b.skipped[k]; !only || b.part(k) != "" {
		return false
	}
	if live {
		b.dropped = append(b.dropped, k)
	}
	return !live
}

// release notes an entity that is no longer managed.
func (b *builder) release(k panther.Key) { b.plan.Released = append(b.plan.Released, k.String()) }

// maxDropped is the maximum number of dropped entities with an error each.
const maxDropped = 10

// droppedSpecs returns an error for each entity that was deployed from here, and
// whose spec is still in the repository but no longer content.
func (b *builder) droppedSpecs() []repo.Diagnostic {
	var out []repo.Diagnostic
	for i, k := range b.dropped {
		s := b.skipped[k]
		if rest := len(b.dropped) - i; i == maxDropped && rest > 1 {
			return append(out, repo.Diagnostic{Severity: repo.SeverityError, Path: s.Path, Kind: string(k.Kind), ID: k.ID, Message: fmt.Sprintf(
				"%d more entities were deployed from here, and their specs are no longer content: %s; take them in with %s of pdac.yaml, or let them go with deploy.released", rest, some(names(b.dropped[i:])), s.Setting)})
		}
		out = append(out, repo.Diagnostic{Severity: repo.SeverityError, Path: s.Path, Kind: string(k.Kind), ID: k.ID, Message: fmt.Sprintf(
			"%s was deployed from here, and its spec is no longer content; to take it in, %s; to let it go and leave it in Panther, add %s to deploy.released", k, s.Advice(), k)})
	}
	return out
}

func names(keys []panther.Key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.String()
	}
	return out
}

// ReleasedNote says once which entities are no longer managed.
func ReleasedNote(keys []string) []repo.Diagnostic {
	if len(keys) == 0 {
		return nil
	}
	return []repo.Diagnostic{{Severity: repo.SeverityInfo, Message: fmt.Sprintf(
		"listed in deploy.released, so no longer managed: %s", some(slices.Compact(slices.Sorted(slices.Values(keys)))))}}
}

// idleReleases warns about patterns of deploy.released that match nothing at all,
// which are probably typos.
func (b *builder) idleReleases() []repo.Diagnostic {
	if len(b.opts.Only) > 0 {
		return nil // a part says nothing about the rest
	}
	var out []repo.Diagnostic
	for _, p := range b.opts.Policies.Released {
		one := Filter{p}
		// What is live of an unreadable kind is unknown.
		if slices.ContainsFunc(one.kinds(), b.opts.Unreadable.Has) || b.anyEntity(one) {
			continue
		}
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Message: fmt.Sprintf(
			"deploy.released: %q matches nothing in the repository, in the last deployment or in Panther; correct it in pdac.yaml, or remove it", p.text)})
	}
	return out
}

// anyEntity reports whether a filter matches something in the repository, in the last
// deployment or in Panther.
func (b *builder) anyEntity(f Filter) bool {
	return slices.ContainsFunc(b.repo.Items, f.matchItem) || matchesAny(f, b.live) || matchesAny(f, b.skipped) || b.opts.Base != nil && matchesAny(f, b.opts.Base.entities)
}

// matchesAny reports whether a filter matches one of some entities.
func matchesAny[T any](f Filter, entities map[panther.Key]T) bool {
	for k := range entities {
		if f.MatchKey(k) {
			return true
		}
	}
	return false
}

// SameDeployed reports whether two deployments have the same entities, apart from
// those that the policies release.
func SameDeployed(x, y *Base, p Policies) bool {
	managed := func(b *Base) map[panther.Key]string {
		out := map[panther.Key]string{}
		for k, e := range b.entities {
			if !p.releases(k) {
				out[k] = e.Fingerprint()
			}
		}
		return out
	}
	return x.Unreadable == y.Unreadable && maps.Equal(managed(x), managed(y))
}

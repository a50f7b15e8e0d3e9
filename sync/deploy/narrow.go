package deploy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// narrow returns a filter that matches what is left of another one by the owners, the
// values and the exceptions of a plan. What is left out is neither written nor
// recorded, as with any filter.
func (s *Session) narrow(o PlanOptions, live sync.Fetched) (sync.Filter, error) {
	only := o.Only
	var err error
	if len(o.Owners) > 0 {
		if only, err = s.ownedBy(o.Owners, only); err != nil {
			return nil, err
		}
	}
	if len(o.Filters) > 0 {
		if only, err = s.filtered(o.Filters, only, o.Policies.Moved); err != nil {
			return nil, err
		}
	}
	if len(o.Except) > 0 {
		return s.excepted(o.Except, only, live, o.Policies.Moved)
	}
	return only, nil
}

// narrowDrift is narrow for a drift report, which looks at what was deployed and not at the
// repository.
func (s *Session) narrowDrift(o DriftOptions, live sync.Fetched) (sync.Filter, error) {
	only := o.Only
	var err error
	if len(o.Owners) > 0 {
		if only, err = s.ownedBy(o.Owners, only); err != nil {
			return nil, err
		}
	}
	if len(o.Filters) > 0 {
		set := map[panther.Key]bool{}
		deployed := map[panther.Key]bool{}
		for _, it := range s.base.Repo.Items {
			if deployed[it.Key()] = true; it.Kind != "" && only.MatchKey(it.Key()) && o.Filters.Match(it.Root) {
				set[it.Key()] = true
			}
		}
		for k, e := range live.Live {
			if !deployed[k] && only.MatchKey(k) && o.Filters.MatchEntity(e) {
				set[k] = true
			}
		}
		if len(set) == 0 {
			return nil, fmt.Errorf("nothing has %s, in the last deployment or in Panther; check the keys and values of --filter", strings.Join(o.Filters.Texts(), " and "))
		}
		only = sync.Exactly(slices.Collect(maps.Keys(set)))
	}
	if len(o.Except) > 0 {
		return s.excepted(o.Except, only, live, o.Policies.Moved)
	}
	return only, nil
}

// filtered returns a filter that matches the entities whose specs have some values. What
// was removed from the repository is judged by the spec that it was deployed from. What
// is only live has no spec, so it does not match and is never deleted.
func (s *Session) filtered(filters repo.Filters, only sync.Filter, moved []sync.Move) (sync.Filter, error) {
	set := map[panther.Key]bool{}
	here := map[string]bool{}
	for _, it := range s.repo.Items {
		here[it.Type.IDKey()+"/"+it.ID] = true
		if it.Kind != "" && only.MatchKey(it.Key()) && filters.Match(it.Root) {
			set[it.Key()] = true
		}
	}
	for _, m := range moved {
		// One that moved is judged by its new spec.
		for _, ids := range [][2]string{{m.From, m.To}, {m.To, m.From}} {
			if here[m.Kind.SpecIDKey()+"/"+ids[0]] {
				here[m.Kind.SpecIDKey()+"/"+ids[1]] = true
			}
		}
	}
	if s.base != nil {
		for _, it := range s.base.Repo.Items {
			if it.Kind != "" && !here[it.Type.IDKey()+"/"+it.ID] && only.MatchKey(it.Key()) && filters.Match(it.Root) {
				set[it.Key()] = true
			}
		}
	}
	if len(set) == 0 {
		within := ""
		if len(only) > 0 {
			within = " of what is selected"
		}
		return nil, fmt.Errorf("nothing%s has %s, in the repository or in the last deployment; check the keys and values of --filter", within, strings.Join(filters.Texts(), " and "))
	}
	return sync.Exactly(slices.Collect(maps.Keys(set))), nil
}

// excepted returns a filter that matches what another one matches, without some
// entities. Types of rules share their ids, and what moved has two: an exception is
// about all of them.
func (s *Session) excepted(except, only sync.Filter, live sync.Fetched, moved []sync.Move) (sync.Filter, error) {
	if idle := sync.Unmatched(except, s.repo, s.base, live); len(idle) > 0 {
		return nil, fmt.Errorf("--except %q matches nothing in the repository, the last deployment or Panther; check the kind and the id, or omit it", idle[0])
	}
	all := sync.Known(s.repo, s.base, live.Live)
	out := map[panther.Key]bool{}
	for k := range all {
		if except.MatchKey(k) {
			out[k] = true
			for _, other := range k.Siblings() {
				out[other] = true
			}
		}
	}
	for _, m := range moved {
		from, to := panther.Key{Kind: m.Kind, ID: m.From}, panther.Key{Kind: m.Kind, ID: m.To}
		if out[from] || out[to] {
			out[from], out[to] = true, true
		}
	}
	var left []panther.Key
	for k := range all {
		if k.Kind != "" && !out[k] && only.MatchKey(k) {
			left = append(left, k)
		}
	}
	if len(left) == 0 {
		return nil, errors.New("--except leaves nothing of what is selected; remove a pattern")
	}
	return sync.Exactly(left), nil
}

package yamledit

import (
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

func (e *editor) addKey(n *node, in *entry, parent *node, key string, want any, p Path) error {
	if n.form == null || n.y.Kind == yaml.ScalarNode && isNull(n.y) {
		return e.value(n, in, parent, Map{{key, want}}, p)
	}
	if !n.mapping() {
		return e.fail(p, n, "this is not a mapping, so it can't have the key %q", key)
	}
	steps := make([]step, 0, len(n.entries)+1)
	for i := range n.entries {
		steps = append(steps, stay(i))
	}
	i, err := e.where(n, key, p)
	if err != nil {
		return err
	}
	steps = append(steps[:i], append([]step{fresh(key, want)}, steps[i:]...)...)
	return e.arrange(n, in, parent, steps, p)
}

// where returns the index before which a new key is inserted.
func (e *editor) where(n *node, key string, p Path) (int, error) {
	index := func(k string) int {
		for i, en := range n.entries {
			if !en.merge && yamlcore.Deref(en.key.y).Value == k {
				return i
			}
		}
		return -1
	}
	pl := e.place
	for _, named := range []string{pl.After, pl.Before} {
		if named != "" && index(named) < 0 {
			return 0, e.fail(p, n, "key %q not found, so %q can't be placed next to it", named, key)
		}
	}
	switch {
	case pl.After != "":
		return index(pl.After) + 1, nil
	case pl.Before != "":
		return index(pl.Before), nil
	}
	rank := -1
	for i, k := range pl.Order {
		if k == key {
			rank = i
		}
	}
	if rank < 0 {
		return len(n.entries), nil
	}
	for i := rank - 1; i >= 0; i-- {
		if at := index(pl.Order[i]); at >= 0 {
			return at + 1, nil
		}
	}
	for i := rank + 1; i < len(pl.Order); i++ {
		if at := index(pl.Order[i]); at >= 0 {
			return at, nil
		}
	}
	return len(n.entries), nil
}

func (e *editor) mapping(n *node, in *entry, parent *node, want Map, p Path) error {
	var steps []step
	own := map[string]bool{}
	for i, en := range n.entries {
		if en.merge {
			steps = append(steps, stay(i))
			continue
		}
		key := yamlcore.Deref(en.key.y).Value
		own[key] = true
		v, wanted := want.get(key)
		if !wanted {
			continue
		}
		steps = append(steps, stay(i))
		if err := e.value(en.value, en, n, v, p.with(key)); err != nil {
			return err
		}
	}
	merged := map[string]*yaml.Node{}
	ps, err := yamlcore.Pairs(n.y)
	if err != nil {
		return e.fail(p, n, "%v", err)
	}
	for _, pr := range ps {
		if key := pr.Key.Value; !own[key] {
			merged[key] = pr.Value
			if _, wanted := want.get(key); !wanted {
				return e.fail(p, n, "the key %q comes from a merge (\"<<\"), so it can't be removed here; edit it by hand", key)
			}
		} else if _, wanted := want.get(key); !wanted && comesBack(n, key) {
			return e.fail(p, n, "removing the key %q would expose the one from the merge (\"<<\"); edit it by hand", key)
		}
	}
	// A new key comes after those that precede it in the wanted order.
	for i, kv := range want {
		if own[kv.Key] || merged[kv.Key] != nil && holds(merged[kv.Key], kv.Value) {
			continue
		}
		at := -1
		for _, before := range want[:i] {
			at = max(at, stepOf(n, steps, before.Key)+1)
		}
		if at <= 0 {
			at = len(steps)
			if ordered(n, want) {
				at = 0
			}
		}
		steps = append(steps[:at], append([]step{fresh(kv.Key, kv.Value)}, steps[at:]...)...)
	}
	return e.arrange(n, in, parent, steps, p)
}

// ordered reports whether the keys of a mapping are in the wanted order, so
// that this order is meaningful for new keys.
func ordered(n *node, want Map) bool {
	last := -1
	for _, en := range n.entries {
		for i, kv := range want {
			if kv.Key == yamlcore.Deref(en.key.y).Value {
				if i < last {
					return false
				}
				last = i
			}
		}
	}
	return true
}

// comesBack reports whether a mapping also has a key by a merge.
func comesBack(n *node, key string) bool {
	for _, en := range n.entries {
		if !en.merge {
			continue
		}
		from := []*yaml.Node{yamlcore.Deref(en.value.y)}
		if from[0].Kind == yaml.SequenceNode {
			from = from[0].Content
		}
		for _, m := range from {
			if yamlcore.Lookup(m, key) != nil {
				return true
			}
		}
	}
	return false
}

func stepOf(n *node, steps []step, key string) int {
	for i, s := range steps {
		if s.keep >= 0 && !n.entries[s.keep].merge && yamlcore.Deref(n.entries[s.keep].key.y).Value == key || s.keep < 0 && s.key == key {
			return i
		}
	}
	return -1
}

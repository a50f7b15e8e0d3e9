package sync

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
)

// rest handles entities that are live or were deployed, and are not in the
// repository.
func (b *builder) rest() {
	replaced := map[panther.Key]bool{}
	for _, list := range [][]Change{b.plan.Changes, b.plan.Kept} {
		for _, c := range list {
			if old, ok := c.Replaced(); ok {
				replaced[old] = true
			}
		}
	}
	defer func() {
		slices.Sort(b.plan.Released)
		b.plan.Released = slices.Compact(b.plan.Released)
	}()
	for _, key := range b.others() {
		if !b.scope.match(key) || replaced[key] || b.opts.Unreadable.Has(key.Kind) {
			continue
		}
		e, live := b.live[key]
		deployed := b.opts.Base.knows(key)
		if b.opts.Policies.releases(key) && !(deployed && b.part(key) != "") {
			b.release(key)
			continue
		}
		if b.held[key] && !(deployed && b.drops(key, live)) {
			continue
		}
		switch {
		case deployed && !b.removes(key):
			if live {
				b.keep(key)
			}
		case deployed && !live:
			b.plan.Gone = append(b.plan.Gone, key.String())
			b.plan.Summary.Converged++
		case deployed:
			b.note(b.merger().removed(key))
		case live && b.opts.Base == nil && b.mayDelete(key) && !e.Managed && !b.blind():
			c := Change{Kind: key.Kind, ID: key.ID, Action: Delete, Path: b.opts.Begun[key].Path, Fields: []FieldChange{}}
			for _, f := range diff.All(e) {
				c.Fields = append(c.Fields, FieldChange{Name: f.Name, Before: e.Fields[f.Name]})
			}
			c.against(e)
			b.note(merged{change: &c})
		case live:
			b.plan.Summary.Unmanaged++
			b.plan.Unmanaged = append(b.plan.Unmanaged, Unmanaged{Kind: key.Kind, ID: key.ID, Managed: e.Managed, Edited: edit(e)})
		}
	}
}

// others returns the keys of entities that are live or were deployed.
func (b *builder) others() []panther.Key {
	keys := sortedKeys(b.live)
	if b.opts.Base != nil {
		for k := range b.opts.Base.entities {
			if _, ok := b.live[k]; !ok {
				keys = append(keys, k)
			}
		}
		slices.SortFunc(keys, panther.Key.Compare)
	}
	return keys
}

// removes reports whether a deployed entity that is missing from the repository
// counts as removed.
func (b *builder) removes(k panther.Key) bool { return !b.blind() && b.staying(k) == "" }

// staying returns the reason why a deployed entity that is missing from the
// repository does not count as removed; "" for no reason.
func (b *builder) staying(k panther.Key) string {
	if why := b.part(k); why != "" {
		return why
	}
	if root, spec := b.place(k); root == b.opts.Root {
		for _, folder := range b.repo.Unfollowed {
			if strings.HasPrefix(spec, folder+"/") {
				return folder + " is a link or another repository, which is not read"
			}
		}
	}
	if len(b.repo.Items) == 0 && !b.opts.AllowEmpty {
		return "the repository has no specs"
	}
	return ""
}

// part returns the reason why the repository may be without a deployed entity
// that is in another part of it; "" for no reason.
func (b *builder) part(k panther.Key) string {
	switch {
	case b.opts.KeepRemoved != "":
		return b.opts.KeepRemoved
	case b.opts.KeepFrom != nil:
		root, _ := b.place(k)
		return b.opts.KeepFrom(root)
	}
	return ""
}

// keep records a deployed entity that does not count as removed.
func (b *builder) keep(k panther.Key) {
	why := b.staying(k)
	if b.kept == nil {
		b.kept = map[string][]string{}
	}
	if len(b.kept[why]) == 0 {
		b.reasons = append(b.reasons, why)
	}
	b.kept[why] = append(b.kept[why], k.String())
}

func (b *builder) merger() merger {
	return merger{base: b.opts.Base, root: b.opts.Root, live: b.live, policies: b.opts.Policies, wants: b.wants, mayDelete: b.mayDelete, movedFrom: b.movedFrom}
}

// blind reports whether a file can't be read, so that it is unknown which live
// entities the repository really lacks.
func (b *builder) blind() bool { return len(b.repo.Unread) > 0 }

package sync

import (
	"github.com/pdac-dev/pdac/panther"
)

// Begun contains what the first deployment of all created before it was interrupted,
// so that no deployment is recorded. It proves that these entities are from this git
// repository, and so they may be deleted or replaced.
type Begun map[panther.Key]Place

// Place is where a spec was: a folder, relative to the top of its git repository, and
// the path in it.
type Place struct{ Root, Path string }

// FindBegun returns which live entities are mostly what intents were about to create.
func FindBegun(live Live, intents []*Intent) Begun {
	creates := map[panther.Key][]intended{}
	for _, in := range intents {
		for _, c := range in.Changes {
			if c.Action == Create || c.Action == Replace {
				creates[c.Key()] = append(creates[c.Key()], intended{c, in.Revision, in.Root})
			}
		}
	}
	out := Begun{}
	var none Base
	for key, list := range creates {
		if have, ok := live[key]; ok && none.mostly(have, list) {
			last := list[len(list)-1]
			out[key] = Place{last.root, last.Path}
		}
	}
	return out
}

// has reports whether an interrupted first deployment created an entity.
func (b Begun) has(k panther.Key) bool {
	_, ok := b[k]
	return ok
}

// place is Base.place, also for what an interrupted first deployment created.
func (b *builder) place(k panther.Key) (root, spec string) {
	if at, ok := b.opts.Begun[k]; ok {
		return at.Root, at.Path
	}
	root, spec, _ = b.opts.Base.place(k, b.opts.Root)
	return root, spec
}

// mayDelete reports whether a plan without a base may delete a live entity.
func (b *builder) mayDelete(k panther.Key) bool {
	return b.opts.Delete || b.opts.Begun.has(k) && b.staying(k) == ""
}

package sync

import (
	"cmp"
	"maps"
	"slices"

	"github.com/pdac-dev/pdac/panther"
)

// Origins says from which revisions the deployed entities are, if they are not all
// from the revision of the record: after an apply of a part, a change that failed, or
// a lost race. So the newer work of others is known later.
type Origins struct {
	// Rest is the revision of all entities that are not listed, also of those that
	// are not deployed; "" for the record's own.
	Rest string `json:"rest,omitempty"`
	// Entities lists the others ("kind/id") by revision. What is listed and not
	// recorded was removed at that revision.
	Entities map[string][]string `json:"entities,omitempty"`
}

// uncommitted is the origin of what was deployed without a revision.
const uncommitted = "uncommitted"

// Origin returns the revision that the deployed state of an entity is from, which
// may end in "-dirty"; "" if it is unknown.
func (b *Base) Origin(k panther.Key) string {
	if b == nil {
		return ""
	}
	if u, ok := b.resumed[k]; ok {
		return u.revision
	}
	return b.recordedOrigin(k)
}

// recordedOrigin is Origin without what unrecorded deployments did.
func (b *Base) recordedOrigin(k panther.Key) string {
	if b.origins == nil {
		b.origins = map[string]string{}
		if b.Stored != nil && b.Stored.Origins != nil {
			for revision, keys := range b.Stored.Origins.Entities {
				for _, key := range keys {
					b.origins[key] = revision
				}
			}
		}
	}
	out, listed := b.origins[k.String()]
	if !listed {
		out = b.rest()
	}
	if out == uncommitted {
		return ""
	}
	return out
}

// rest returns the revision of the entities that are not listed.
func (b *Base) rest() string {
	if b.Stored != nil && b.Stored.Origins != nil && b.Stored.Origins.Rest != "" {
		return b.Stored.Origins.Rest
	}
	return cmp.Or(b.Info.Revision, uncommitted)
}

// origins returns from which revisions the entities of a record are.
func (r recorder) origins(entities map[panther.Key]panther.Entity, written map[panther.Key]bool) *Origins {
	if r.Base == nil {
		return nil
	}
	own := cmp.Or(r.Plan.Revision, uncommitted)
	wanted := func(k panther.Key) string {
		if r.Again == nil {
			return own
		}
		return cmp.Or(r.Again.Origin(k), uncommitted)
	}
	before := func(k panther.Key) string { return cmp.Or(r.Base.recordedOrigin(k), uncommitted) }
	whole := len(r.Plan.Only) == 0 && r.whole
	rest := r.Base.rest()
	switch {
	case whole && r.Again != nil:
		rest = r.Again.rest()
	case whole:
		rest = own
	}
	of := map[string]string{}
	note := func(k panther.Key, revision string) {
		if revision != rest {
			of[k.String()] = revision
		}
	}
	for key := range entities {
		if written[key] {
			note(key, wanted(key))
		} else {
			note(key, before(key))
		}
	}
	// What is no longer deployed.
	for _, key := range r.Base.keys() {
		if _, is := entities[key]; !is {
			note(key, wanted(key))
		}
	}
	listed := r.Base.listed()
	if r.Again != nil {
		maps.Copy(listed, r.Again.listed())
	}
	for text := range listed {
		key, err := panther.ParseKey(text)
		if _, is := entities[key]; err != nil || is {
			continue
		}
		if _, was := r.Base.Entity(key); was {
			continue
		}
		if r.whole && r.looked(key) {
			note(key, wanted(key))
		} else {
			note(key, before(key))
		}
	}
	out := &Origins{Rest: rest, Entities: map[string][]string{}}
	for key, revision := range of {
		out.Entities[revision] = append(out.Entities[revision], key)
	}
	for _, keys := range out.Entities {
		slices.Sort(keys)
	}
	if out.Rest == own {
		out.Rest = ""
	}
	if out.Rest == "" && len(out.Entities) == 0 {
		return nil
	}
	return out
}

// listed returns the entities whose origin is listed.
func (b *Base) listed() map[string]string {
	b.recordedOrigin(panther.Key{})
	return maps.Clone(b.origins)
}

package sync

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"golang.org/x/sync/errgroup"
)

// BaseInfo identifies the deployment that a plan is based on.
type BaseInfo struct {
	// Record is the commit that records the deployment. It is empty if a
	// revision was given instead.
	Record string `json:"record,omitempty"`
	// Revision is the revision that was deployed.
	Revision string     `json:"revision,omitempty"`
	Actor    string     `json:"actor,omitempty"`
	Time     *time.Time `json:"time,omitempty"`
	// Root is the deployed folder, relative to the top of its git repository.
	Root string `json:"root,omitempty"`
}

// Base is the content of the last deployment: the entities that are live unless
// they were changed in the console.
type Base struct {
	Info BaseInfo
	Repo *repo.Repo
	// Stored is what the record knows of the live values; nil if the base is not
	// a record. It may be set until the base is used.
	Stored   *Stored
	entities map[panther.Key]panther.Entity
	items    map[panther.Key]*repo.Item
	decoded  map[panther.Key]repo.Decoded
	// origins contains the listed revisions by "kind/id", once they are needed.
	origins map[string]string
	// resumed contains what unrecorded deployments did; see Resume.
	resumed map[panther.Key]unfinished
	// Unreadable is the number of recorded entities that this version can't
	// read.
	Unreadable int
	// unread contains their specs.
	unread []*repo.Item
}

// NewBase reads the entities of the last deployment from its files.
func NewBase(ctx context.Context, r *repo.Repo, info BaseInfo) (*Base, error) {
	b := &Base{Info: info, Repo: r, entities: map[panther.Key]panther.Entity{}, items: map[panther.Key]*repo.Item{}, decoded: map[panther.Key]repo.Decoded{}}
	items := make([]*repo.Item, 0, len(r.Items))
	for _, it := range r.Items {
		if it.Deployable() {
			items = append(items, it)
		} else if it.Kind != "" && it.Broken {
			b.unread = append(b.unread, it)
		}
	}
	decoded, err := decode(ctx, items, nil, func(int, repo.Decoded) {})
	if err != nil {
		return nil, err
	}
	for i, it := range items {
		if !decoded[i].OK() {
			b.unread = append(b.unread, it)
			continue
		}
		b.entities[it.Key()], b.items[it.Key()], b.decoded[it.Key()] = decoded[i].Entity, it, decoded[i]
	}
	b.Unreadable = len(b.unread) + len(r.Unread)
	return b, nil
}

// Entity returns the deployed entity with a key. A nil Base is empty.
func (b *Base) Entity(k panther.Key) (panther.Entity, bool) {
	if b == nil {
		return panther.Entity{}, false
	}
	if u, ok := b.resumed[k]; ok {
		return u.entity, !u.gone
	}
	e, ok := b.entities[k]
	return e, ok
}

// Empty reports whether nothing is known to be deployed. The receiver may be nil.
func (b *Base) Empty() bool { return b == nil || len(b.entities)+len(b.unread) == 0 }

// keys returns the keys of the deployed entities, in any order.
func (b *Base) keys() []panther.Key {
	if b == nil {
		return nil
	}
	return slices.Collect(maps.Keys(b.entities))
}

// item returns the files of a deployed entity.
func (b *Base) item(k panther.Key) *repo.Item {
	if b == nil {
		return nil
	}
	return b.items[k]
}

// same returns the entity that was deployed from identical files, which saves
// decoding and comparing them.
func (b *Base) same(it *repo.Item) (repo.Decoded, bool) {
	if old := b.item(it.Key()); old != nil && it.SameContent(old) {
		return b.decoded[it.Key()], true
	}
	return repo.Decoded{}, false
}

// decode decodes items in parallel and passes each result to a function as soon
// as it is ready, from several goroutines. Entities with identical files in
// base are reused; base may be nil.
func decode(ctx context.Context, items []*repo.Item, base *Base, each func(i int, d repo.Decoded)) ([]repo.Decoded, error) {
	out := make([]repo.Decoded, len(items))
	g, gctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(items); i += workers {
				if err := gctx.Err(); err != nil {
					return err
				}
				d, same := base.same(items[i])
				if !same {
					d = items[i].Entity()
				}
				out[i] = d
				each(i, out[i])
			}
			return nil
		})
	}
	return out, g.Wait()
}

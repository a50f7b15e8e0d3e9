package sync

import (
	"context"
	"runtime"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"golang.org/x/sync/errgroup"
)

// BaseInfo names the deployment that a plan was made against.
type BaseInfo struct {
	// Record is the commit that remembers the deployment; empty where somebody
	// named a revision to stand for it.
	Record string `json:"record,omitempty"`
	// Revision is what was deployed.
	Revision string     `json:"revision,omitempty"`
	Actor    string     `json:"actor,omitempty"`
	Time     *time.Time `json:"time,omitempty"`
	// Root is the folder in its git repository from which was deployed.
	Root string `json:"root,omitempty"`
}

// Base is what was deployed last: what is live by pdac's hand, unless somebody
// changed it in the console.
type Base struct {
	Info     BaseInfo
	Repo     *repo.Repo
	entities map[panther.Key]panther.Entity
	items    map[panther.Key]*repo.Item
	decoded  map[panther.Key]repo.Decoded
	// Unreadable counts the entities of the record that this version can't read.
	Unreadable int
	// unread are their specs.
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

// Entity gives what was deployed under a key. A nil Base holds nothing.
func (b *Base) Entity(k panther.Key) (panther.Entity, bool) {
	if b == nil {
		return panther.Entity{}, false
	}
	e, ok := b.entities[k]
	return e, ok
}

// item gives the files under which an entity was deployed.
func (b *Base) item(k panther.Key) *repo.Item {
	if b == nil {
		return nil
	}
	return b.items[k]
}

// same gives what was deployed from exactly the files of an item, so that nobody
// has to read or compare it again.
func (b *Base) same(it *repo.Item) (repo.Decoded, bool) {
	if old := b.item(it.Key()); old != nil && it.SameContent(old) {
		return b.decoded[it.Key()], true
	}
	return repo.Decoded{}, false
}

// decode reads items as entities, on all processors, and hands each on as soon
// as it is read, from several goroutines. What base has from the same files is
// taken from there; it may be nil.
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

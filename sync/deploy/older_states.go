package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// states are the entities of one commit, decoded as they are needed.
type states struct {
	items map[panther.Key]*repo.Item
	sql   map[panther.Key]string
}

// item returns the item of an entity's family; nil for none.
func (st states) item(k panther.Key) *repo.Item {
	for _, key := range append([]panther.Key{k}, k.Siblings()...) {
		if it := st.items[key]; it != nil {
			return it
		}
	}
	return nil
}

func (st states) of(k panther.Key) side {
	it := st.item(k)
	if it == nil {
		return side{}
	}
	if key := st.sql[it.Key()]; key != "" && slices.Contains(it.SQLKeys(), key) && len(it.SQLKeys()) > 1 {
		it = it.WithSQL(key)
	}
	d := it.Entity()
	return side{d.Entity, true}
}

// statesOf loads a commit, or only some files of it.
func (o comparison) statesOf(ctx context.Context, commit string, only []string) (states, error) {
	out := states{items: map[panther.Key]*repo.Item{}, sql: map[panther.Key]string{}}
	t, err := git.Commit(ctx, o.o.Root, commit, o.o.Git)
	var none *git.RevisionError
	if errors.As(err, &none) {
		return out, nil // it has no such folder
	}
	if err != nil {
		return out, fmt.Errorf("read commit %.12s: %w", commit, err)
	}
	defer t.Close()
	content := o.o.Content
	content.Cache = o.cache
	var tree repo.Tree = t
	if only != nil {
		tree = partOf{t, only}
	}
	r, err := repo.Load(ctx, tree, content)
	if err != nil {
		return out, fmt.Errorf("read commit %.12s: %w", commit, err)
	}
	for _, it := range r.Items {
		if it.Deployable() {
			out.items[it.Key()] = it
		}
	}
	for _, it := range o.repo.Items {
		if it.SQLKey != "" {
			out.sql[it.Key()] = it.SQLKey
		}
	}
	return out, nil
}

// partOf is some files of a tree, by their sorted paths.
type partOf struct {
	repo.Tree
	paths []string
}

// Entries lists the files.
func (t partOf) Entries(ctx context.Context) ([]repo.Entry, error) {
	all, err := t.Tree.Entries(ctx)
	return slices.DeleteFunc(all, func(e repo.Entry) bool {
		_, found := slices.BinarySearch(t.paths, e.Path)
		return !found
	}), err
}

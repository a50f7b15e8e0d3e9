package deploy

import (
	"context"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// actorReader reads who the token and the people of a deployment are, and what they changed.
type actorReader interface {
	Self(ctx context.Context) (panther.Token, error)
	Users(ctx context.Context) ([]panther.User, error)
	ChangedBy(ctx context.Context, kind panther.Kind, actor string) (map[string]bool, error)
}

// maxLookups bounds the requests that look for the people behind edits. A deployment with
// more people than that is rare, and those who logged in last are asked for first.
const maxLookups = 60

// nobody is an id that no person or token has.
const nobody = "00000000-0000-0000-0000-000000000000"

// actors finds out who made the edits of a plan or drift report. What it can't find out
// stays unknown: that is no error.
type actors struct {
	api actorReader
	// unknown are the edits whose author Panther did not report, of kinds that it can list by
	// author.
	unknown map[panther.Kind]map[string][]*sync.Edit
	known   []*sync.Edit
	lookups int
}

// nameActors adds who made the edits, and the names of people and of the token in use.
// Panther reports the author only for correlation rules; it can list other detections by
// author. The names of other tokens can't be read.
func (s *Session) nameActors(ctx context.Context, api sync.Lister, edits func(each func(panther.Key, *sync.Edit))) {
	reader, ok := api.(actorReader)
	if !ok {
		return
	}
	a := &actors{api: reader, unknown: map[panther.Kind]map[string][]*sync.Edit{}}
	edits(a.add)
	if len(a.unknown)+len(a.known) == 0 {
		return
	}
	a.name(ctx)
}

func (a *actors) add(key panther.Key, e *sync.Edit) {
	switch {
	case e == nil:
	case e.ChangedBy != nil:
		a.known = append(a.known, e)
	case key.Kind.RecordsActors():
		if a.unknown[key.Kind] == nil {
			a.unknown[key.Kind] = map[string][]*sync.Edit{}
		}
		a.unknown[key.Kind][key.ID] = append(a.unknown[key.Kind][key.ID], e)
	}
}

func (a *actors) name(ctx context.Context) {
	// A server that ignores the parameter would make everything the work of whoever is asked
	// for first.
	for kind := range a.unknown {
		if ids, err := a.api.ChangedBy(ctx, kind, nobody); err != nil || len(ids) > 0 {
			delete(a.unknown, kind)
		}
	}
	if self, err := a.api.Self(ctx); err == nil {
		a.find(ctx, panther.Actor{ID: self.ID, Type: panther.ActorToken, Name: self.Name})
	}
	if len(a.unknown) == 0 && !a.hasPerson() {
		return
	}
	users, err := a.api.Users(ctx)
	if err != nil {
		return // most tokens lack UserRead; ids identify people, too
	}
	for _, u := range users {
		a.find(ctx, panther.Actor{ID: u.ID, Type: panther.ActorUser, Name: u.Name()})
	}
}

// hasPerson reports whether a person is known by id only.
func (a *actors) hasPerson() bool {
	for _, e := range a.known {
		if e.ChangedBy.Type == panther.ActorUser {
			return true
		}
	}
	return false
}

// find assigns the edits that an actor made.
func (a *actors) find(ctx context.Context, by panther.Actor) {
	if by.ID == "" {
		return
	}
	for _, e := range a.known {
		if e.ChangedBy.ID == by.ID && e.ChangedBy.Type == by.Type {
			e.ChangedBy.Name = by.Name
		}
	}
	for kind, open := range a.unknown {
		if a.lookups == maxLookups {
			return
		}
		a.lookups++
		ids, err := a.api.ChangedBy(ctx, kind, by.ID)
		if err != nil {
			delete(a.unknown, kind)
			continue
		}
		for id, list := range open {
			if !ids[id] {
				continue
			}
			for _, e := range list {
				e.ChangedBy = &by
			}
			delete(open, id)
		}
		if len(open) == 0 {
			delete(a.unknown, kind)
		}
	}
}

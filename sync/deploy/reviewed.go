package deploy

import (
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// Deploys returns whether an entity of the planned content has a place in Panther.
func (s *Session) Deploys(k panther.Key) bool {
	return s.repo != nil && slices.ContainsFunc(s.repo.Items, func(it *repo.Item) bool { return it.Deployable() && it.Key() == k })
}

// Wants reports whether the planned content is what a change would lead to.
func (s *Session) Wants(c sync.Change) bool {
	if s.repo == nil {
		return false
	}
	i := slices.IndexFunc(s.repo.Items, func(it *repo.Item) bool { return it.Deployable() && it.Key() == c.Key() })
	if c.Action == sync.Delete || i < 0 {
		return c.Action == sync.Delete && i < 0
	}
	e := s.repo.Items[i].Entity()
	return e.OK() && e.Entity.Fingerprint() == c.WantedFingerprint
}

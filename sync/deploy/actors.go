package deploy

import (
	"context"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// selfReader reads the record of the token that is used.
type selfReader interface {
	Self(ctx context.Context) (panther.Token, error)
}

// nameTokens adds the name of the token in use to the edits that were made with it.
// Panther reports only the ids of tokens, and the names of others can't be read.
func (s *Session) nameTokens(ctx context.Context, api sync.Lister, edits func(func(*sync.Edit))) {
	own, ok := api.(selfReader)
	if !ok {
		return
	}
	var byToken []*sync.Edit
	edits(func(e *sync.Edit) {
		if e != nil && e.ChangedBy != nil && e.ChangedBy.Type == panther.ActorToken {
			byToken = append(byToken, e)
		}
	})
	if len(byToken) == 0 {
		return
	}
	self, err := own.Self(ctx)
	if err != nil {
		return // its id identifies the token, too
	}
	for _, e := range byToken {
		if e.ChangedBy.ID == self.ID {
			e.ChangedBy.Name = self.Name
		}
	}
}

package record

import (
	"context"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
)

// Pause has a test called when all objects of a record are stored.
func (s *Store) Pause(f func()) { s.pause = f }

// ReadRecord reads a commit's body as a record.
func ReadRecord(hash string, body []byte) (Deployment, error) {
	c, err := git.ParseCommit(hash, body)
	if err != nil {
		return Deployment{}, err
	}
	return deployment("refs/pdac/deployments/t", c)
}

// Patience replaces how a Store waits for other git processes.
func (s *Store) Patience(sleep func(context.Context, time.Duration) error) {
	s.patience = patience{sleep: sleep, random: func(d time.Duration) time.Duration { return d }}
}

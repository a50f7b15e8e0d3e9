package main

import (
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
)

// accepted returns the edits in Panther that pdac.yaml accepts.
func accepted(cfg *config.Config) (*sync.Acceptances, error) {
	list := make([]sync.AcceptOptions, len(cfg.Drift.Accept))
	for i, a := range cfg.Drift.Accept {
		list[i] = sync.AcceptOptions{ID: a.ID, Fields: a.Fields, Value: a.Value, Reason: a.Reason, Until: a.Until, Path: config.FileName, Line: a.Line}
	}
	return sync.NewAcceptances(list)
}

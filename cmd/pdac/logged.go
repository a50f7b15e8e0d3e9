package main

import (
	"context"
	"log/slog"

	"github.com/pdac-dev/pdac/sync"
)

// logged writes the progress of an apply as log records, for programs that read
// standard error. Its methods are called one at a time, as sync.Observer requires.
type logged struct {
	log         *slog.Logger
	done, total int
}

// Start sets the number of changes.
func (l *logged) Start(total int) { l.total = total }

// Step logs one change, at a level that depends on its outcome.
func (l *logged) Step(r sync.ChangeResult) {
	l.done++
	level := slog.LevelInfo
	switch r.Outcome {
	case sync.Failed, sync.Refused:
		level = slog.LevelError
	case sync.NotTried:
		level = slog.LevelWarn
	}
	l.log.Log(context.Background(), level, "change", "kind", r.Kind, "id", r.ID, "action", r.Action, "path", r.Path,
		"outcome", r.Outcome, "reason", r.Reason, "done", l.done, "total", l.total)
}

// Finish does nothing.
func (l *logged) Finish() {}

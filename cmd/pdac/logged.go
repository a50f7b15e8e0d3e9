package main

import (
	"context"
	"log/slog"

	"github.com/pdac-dev/pdac/sync"
)

// logged writes the progress of an apply as log records, for programs that read
// standard error. As for every sync.Observer, its calls come one at a time.
type logged struct {
	log         *slog.Logger
	done, total int
}

// Start stores how many changes there are.
func (l *logged) Start(total int) { l.total = total }

// Step logs one change, at a level by how it ended.
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

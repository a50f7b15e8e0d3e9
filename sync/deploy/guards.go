package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
)

// trailer lets the changes of a guard through.
const trailer = "pdac-allow:"

// maxTrailers is the maximum number of commits that are searched for trailers, and
// maxConfig the maximum size of a pdac.yaml.
const (
	maxTrailers = 5_000
	maxConfig   = 4 << 20
)

// guards returns the guards of a plan and what lets their changes through. A guard of
// the last deployed pdac.yaml also counts, so that a change can't switch off the guard
// that it would meet.
func (s *Session) guards(ctx context.Context, o PlanOptions) ([]sync.Guard, map[string]sync.Allowance, error) {
	if !o.Guarded {
		return nil, nil, nil
	}
	all := append(o.Guards, s.deployedGuards(ctx, o.Guards)...)
	var out []sync.Guard
	for _, g := range all {
		only, err := sync.ParsePatterns("deploy.guards", g.Where.Only)
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: guard %q: %w", config.FileName, g.Line, g.ID, err)
		}
		out = append(out, sync.Guard{
			ID: g.ID, Severities: g.Where.Severity, Only: only, Tags: g.Where.Tags, When: g.When, Do: g.Do, Message: g.Message,
			Path: config.FileName, Line: g.Line, Deployed: len(out) >= len(o.Guards),
		})
	}
	allowed := map[string]sync.Allowance{}
	if len(out) > 0 {
		s.trailers(ctx, allowed)
	}
	for _, id := range o.Allow {
		if !slices.ContainsFunc(out, func(g sync.Guard) bool { return g.ID == id }) {
			return nil, nil, fmt.Errorf("--allow %q names no guard of %s", id, config.FileName)
		}
		allowed[id] = sync.Allowance{By: "flag"}
	}
	return out, allowed, nil
}

// deployedGuards returns the guards of the last deployed revision that differ now.
func (s *Session) deployedGuards(ctx context.Context, now []config.Guard) []config.Guard {
	revision := s.deployedRevision()
	if revision == "" {
		return nil
	}
	t, err := git.Commit(ctx, s.o.Root, revision, s.o.Git)
	if err != nil {
		s.note(repo.SeverityWarning, "the guards of the last deployed %s are unknown, so only those of the planned one count: %v", config.FileName, err)
		return nil
	}
	defer t.Close()
	src, err := t.Read(ctx, config.FileName, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var cfg *config.Config
	if err == nil {
		cfg, err = config.Parse(src)
	}
	if err != nil {
		s.note(repo.SeverityWarning, "the guards of the last deployed %s are unknown, so only those of the planned one count: %v", config.FileName, err)
		return nil
	}
	var out []config.Guard
	for _, g := range cfg.Deploy.Guards {
		if !slices.ContainsFunc(now, func(n config.Guard) bool { n.Line = g.Line; return reflect.DeepEqual(n, g) }) {
			out = append(out, g)
		}
	}
	return out
}

// deployedRevision returns the commit of the last deployment; "" for none.
func (s *Session) deployedRevision() string {
	if s.base == nil {
		return ""
	}
	revision, _ := strings.CutSuffix(s.base.Info.Revision, "-dirty")
	if len(revision) < 40 || strings.ContainsFunc(revision, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }) {
		return ""
	}
	return revision
}

// trailers adds the guards that commits let through: those of the planned revision
// that the last deployment lacks.
func (s *Session) trailers(ctx context.Context, into map[string]sync.Allowance) {
	from, to := s.deployedRevision(), s.repo.Revision.Commit
	if from == "" || to == "" || from == to {
		return
	}
	r, err := git.Open(ctx, s.o.Root, s.o.Git)
	if err != nil {
		return
	}
	defer r.Close()
	found, complete := map[string]sync.Allowance{}, false
	err = r.Log(ctx, to, maxTrailers, func(c git.LogEntry) (bool, error) {
		if c.Hash == from {
			complete = true
			return false, nil
		}
		for _, id := range allowedBy(c.Message) {
			if _, known := found[id]; !known {
				found[id] = sync.Allowance{By: "commit", Commit: c.Hash, Author: c.Author}
			}
		}
		return true, nil
	})
	if err != nil || !complete {
		if len(found) > 0 {
			s.note(repo.SeverityWarning, "the history does not lead to the last deployed revision, so \"Pdac-Allow\" in commit messages does not count; use --allow")
		}
		return
	}
	for id, a := range found {
		into[id] = a
	}
}

// allowedBy returns the guards that the last paragraph of a commit message lets
// through.
func allowedBy(message string) []string {
	message = strings.TrimRight(strings.ReplaceAll(message, "\r\n", "\n"), "\n ")
	i := strings.LastIndex(message, "\n\n")
	if i < 0 {
		return nil // only a subject
	}
	var out []string
	for line := range strings.SplitSeq(message[i+2:], "\n") {
		if len(line) < len(trailer) || !strings.EqualFold(line[:len(trailer)], trailer) {
			continue
		}
		out = append(out, strings.FieldsFunc(line[len(trailer):], func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })...)
	}
	return out
}

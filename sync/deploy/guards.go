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
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
)

// trailer lets the changes of a guard through.
const trailer = "pdac-allow:"

// maxTrailers is the maximum number of commits that are searched for trailers that do
// not count.
const maxTrailers = 5_000

// guards returns the guards of a plan and what lets their changes through. A guard of
// the last deployed pdac.yaml also counts, so that a change can't switch off the guard
// that it would meet.
func (s *Session) guards(ctx context.Context, o PlanOptions) ([]sync.Guard, func(string, panther.Key) *sync.Allowance, error) {
	if !o.Guarded {
		return nil, nil, nil
	}
	all := slices.Concat(o.Guards, s.deployedGuards(ctx, o.Guards))
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
	for _, id := range o.Allow {
		if !slices.ContainsFunc(out, func(g sync.Guard) bool { return g.ID == id }) {
			return nil, nil, fmt.Errorf("--allow %q names no guard of %s", id, config.FileName)
		}
	}
	since := map[string]map[string]sync.Allowance{}
	return out, func(guard string, live panther.Key) *sync.Allowance {
		if slices.Contains(o.Allow, guard) {
			return &sync.Allowance{By: "flag"}
		}
		from := s.lastRevision()
		if from != "" && from == s.repo.RevisionText() {
			from = s.base.Origin(live) // an apply of this revision was not completed: what it let through stays so
		}
		found, known := since[from]
		if !known {
			found = s.trailers(ctx, commitOf(from))
			since[from] = found
		}
		if a, ok := found[guard]; ok {
			return &a
		}
		return nil
	}, nil
}

// deployedGuards returns the guards of the last deployed revision that differ now.
func (s *Session) deployedGuards(ctx context.Context, now []config.Guard) []config.Guard {
	cfg, err := s.DeployedConfig(ctx)
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

// DeployedConfig returns the pdac.yaml of the last deployed revision, which somebody has
// approved; the default if there is none, or nothing was deployed from a commit. It is read once,
// and must not be modified.
func (s *Session) DeployedConfig(ctx context.Context) (*config.Config, error) {
	revision := commitOf(s.lastRevision())
	if revision == "" {
		return config.Default(), nil
	}
	if d := s.deployed; d.cfg != nil && d.revision == revision {
		return d.cfg, nil
	}
	cfg, err := s.configOf(ctx, revision)
	if err == nil {
		s.deployed.revision, s.deployed.cfg = revision, cfg
	}
	return cfg, err
}

// configOf returns the pdac.yaml of a commit; the default if it has none.
func (s *Session) configOf(ctx context.Context, revision string) (*config.Config, error) {
	t, err := git.Commit(ctx, s.o.Root, revision, s.o.Git)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	src, err := t.Read(ctx, config.FileName, config.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return config.Default(), nil
	}
	if err != nil {
		return nil, err
	}
	return config.Parse(src)
}

// lastRevision returns the revision of the last deployment, which may end in "-dirty";
// "" for none.
func (s *Session) lastRevision() string {
	if s.base == nil {
		return ""
	}
	return s.base.Info.Revision
}

// commitOf returns the commit of a recorded revision; "" for none.
func commitOf(revision string) string {
	revision, _ = strings.CutSuffix(revision, "-dirty")
	if len(revision) < 40 || strings.ContainsFunc(revision, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }) {
		return ""
	}
	return revision
}

// trailers returns the guards that commits let through: those of the planned revision
// that a deployed one lacks.
func (s *Session) trailers(ctx context.Context, from string) map[string]sync.Allowance {
	to := s.repo.Revision.Commit
	if from == "" || to == "" || from == to {
		return nil
	}
	r, err := git.Open(ctx, s.o.Root, s.o.Git)
	if err != nil {
		return nil
	}
	defer r.Close()
	found := map[string]sync.Allowance{}
	note := func(c git.LogEntry) {
		for _, id := range allowedBy(c.Message) {
			if _, known := found[id]; !known {
				found[id] = sync.Allowance{By: "commit", Commit: c.Hash, Author: c.Author}
			}
		}
	}
	rel, err := r.Relate(ctx, to, from)
	if err == nil && rel.Has {
		var all map[string]git.LogEntry
		if all, err = r.Commits(ctx, rel.Ours); err == nil {
			for _, hash := range rel.Ours {
				note(all[hash])
			}
			return found
		}
	}
	if err := r.Log(ctx, to, maxTrailers, func(c git.LogEntry) (bool, error) {
		note(c)
		return c.Hash != from, nil
	}); err == nil && len(found) > 0 {
		s.note(repo.SeverityWarning, "the history does not lead to the last deployed revision, so \"Pdac-Allow\" in commit messages does not count; use --allow")
	}
	return nil
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

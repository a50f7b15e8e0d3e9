package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// The values of deploy.lint: which findings stop a plan.
const (
	lintBroken = "broken"
	lintError  = "error"
	lintOff    = "off"
)

// unknownModule is the rule about modules that Panther may lack; the key of its
// findings is the module.
const unknownModule = "PD305"

// checkWritten lints what the plan would write, and adds to it an error for each
// finding that stops it, and a note that counts the other errors.
func (a *app) checkWritten(ctx context.Context, p place, s *deploy.Session, plan *sync.Plan, f planFlags) error {
	level := string(p.cfg.Deploy.Lint)
	if f.noLint {
		level = lintOff
	}
	written := s.Written(plan)
	// What imports a deleted global breaks without being written. With --only the plan
	// checks that itself.
	deleted := deletedGlobals(plan)
	importing := map[string]panther.Key{}
	if len(deleted) > 0 && len(f.only) == 0 {
		importing = s.Python()
	}
	paths := maps.Clone(importing)
	maps.Copy(paths, written)
	if level == lintOff || len(paths) == 0 {
		return nil
	}
	res, err := a.lintPaths(ctx, p, f, slices.Sorted(maps.Keys(paths)))
	if err != nil {
		return fmt.Errorf("check what would be written: %w; to plan without this check, use --no-lint", err)
	}
	var others []string
	count := 0
	before := len(plan.Diagnostics)
	about := lint.About(slices.Collect(maps.Keys(written)))
	for _, found := range res.Findings {
		if !about(found) {
			if found.Rule == unknownModule && deleted[found.Key] && (level == lintError || res.Broken(found)) {
				plan.Diagnostics = append(plan.Diagnostics, stopping(found, importing))
			}
			continue
		}
		// A module that the repository lacks can be live, from elsewhere.
		live := found.Rule == unknownModule && s.IsLive(plan, panther.Key{Kind: panther.Global, ID: found.Key})
		switch {
		case level != lintError && !live && res.Broken(found) || level == lintError && found.Severity == lint.Error:
			plan.Diagnostics = append(plan.Diagnostics, stopping(found, written))
		case found.Severity == lint.Error:
			count++
			if !slices.Contains(others, found.Path) {
				others = append(others, found.Path)
			}
		}
	}
	if len(plan.Diagnostics) > before {
		plan.Diagnostics = append(plan.Diagnostics, repo.Diagnostic{Severity: repo.SeverityInfo,
			Message: "lint stops this plan; if a finding is wrong, ignore it in the file (# pdac:ignore RULE), or use --no-lint"})
	}
	if count > 0 {
		const maxNamed = 3
		command := "pdac lint"
		if len(others) <= maxNamed {
			command += " " + strings.Join(others, " ")
		}
		plan.Diagnostics = append(plan.Diagnostics, repo.Diagnostic{Severity: repo.SeverityInfo, Message: fmt.Sprintf(
			"lint finds %s in what this plan writes, which the plan does not stop for; see %s with: %s", report.Count(count, "other error", "other errors"), map[bool]string{true: "it", false: "them"}[count == 1], command)})
	}
	return nil
}

// deletedGlobals returns the ids of the globals that the plan deletes.
func deletedGlobals(p *sync.Plan) map[string]bool {
	out := map[string]bool{}
	for _, c := range p.Changes {
		if c.Action == sync.Delete && c.Kind == panther.Global {
			out[c.ID] = true
		}
	}
	return out
}

// stopping returns a finding as an error of the plan.
func stopping(f lint.Finding, written map[string]panther.Key) repo.Diagnostic {
	d := repo.Diagnostic{Severity: repo.SeverityError, Path: f.Path, Line: f.Range.Line, Column: f.Range.Column, Rule: f.Rule, Message: f.Message + " (" + f.Rule + ")"}
	if f.Hint != "" {
		d.Message += "; " + f.Hint
	}
	key, known := written[f.Path]
	for _, l := range f.Related {
		if !known {
			key, known = written[l.Path]
		}
	}
	if known {
		d.Kind, d.ID = string(key.Kind), key.ID
	}
	return d
}

// lintPaths lints the state of the repository that is planned, and returns the
// findings in some files.
func (a *app) lintPaths(ctx context.Context, p place, f planFlags, paths []string) (*lint.Result, error) {
	defer a.moreMemory()()
	t, err := opener(f.ref, f.staged)(ctx, p.root)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	opts := a.lintConfig(p)
	opts.Cache = lint.UserCache(p.root, a.Getenv)
	if known := p.cfg.Lint.Baseline; known != "" {
		if opts.Baseline, err = lint.ReadBaseline(filepath.Join(p.root, filepath.FromSlash(known))); err != nil {
			return nil, err
		}
	}
	return lint.Run(ctx, lint.Input{Tree: t, Paths: paths}, opts)
}

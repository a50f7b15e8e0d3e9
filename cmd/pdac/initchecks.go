package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/setup"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
)

// lintSite lints the repository with the settings of the plan. Without any content there
// is no result.
func (a *app) lintSite(ctx context.Context, s *site, plan setup.Plan) (*lint.Result, error) {
	p := place{root: s.dir, cfg: plan.Config}
	p.cfg.Progress = a.watch.tick
	opts := a.lintConfig(p)
	opts.Cache = lint.UserCache(p.root, a.Getenv)
	if name := p.cfg.Lint.Baseline; name != "" {
		file := filepath.Join(p.root, filepath.FromSlash(name))
		if _, err := os.Stat(file); err == nil { // a dry run has not written it
			if opts.Baseline, err = lint.ReadBaseline(file); err != nil {
				return nil, err
			}
		}
	}
	in, err := lint.Open(ctx, p.root, lint.State{})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	res, err := lint.Run(ctx, in, opts)
	if err != nil {
		return nil, err
	}
	if nothingLinted(p, in, res) != nil {
		return nil, nil
	}
	return res, nil
}

// keepUploads keeps the pipelines of PAT that upload, if the repository has specs that
// pdac does not deploy.
func (a *app) keepUploads(ctx context.Context, s *site, plan setup.Plan) error {
	tree, err := repo.OpenWorktree(ctx, s.dir)
	if err != nil {
		return err
	}
	defer tree.Close()
	r, err := repo.Load(ctx, tree, plan.Config.RepoOptions())
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, it := range r.Items {
		switch {
		case it.Kind != "" || it.Type == repo.TypePack: // packs are for Panther's own repository
		case it.Type == repo.TypeRule:
			counts["derived rule"]++
		default:
			counts[string(it.Type)]++
		}
	}
	if len(counts) == 0 {
		return nil
	}
	var list []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%d %s", counts[what], what))
	}
	s.opts.PAT.KeepUploads("pdac does not deploy " + strings.Join(list, ", ") + ", which Panther's REST API has no place for")
	return nil
}

// withBaseline adds the baseline to a plan, if --baseline or the person says so.
func (a *app) withBaseline(ctx context.Context, o *initOptions, s *site, plan setup.Plan) (setup.Plan, error) {
	if name := plan.Config.Lint.Baseline; name != "" {
		if o.baseline {
			a.note("pdac.yaml has the baseline %s already; pdac lint --write-baseline renews it.", report.Clean(name))
		}
		return plan, nil
	}
	// Without anything else to do, the question was answered before.
	if !o.baseline && (!a.InTerminal || o.yes || o.dryRun || len(plan.Changes) == 0) {
		return plan, nil
	}
	res, err := a.lintSite(ctx, s, plan)
	if err != nil {
		return plan, err
	}
	if res == nil || len(res.Findings) == 0 {
		if o.baseline {
			a.note("No baseline is needed: lint finds nothing.")
		}
		return plan, nil
	}
	if !o.baseline {
		yes, err := a.ask(ctx, fmt.Sprintf("lint finds %s. Write them to %s, so that only new ones are reported? Only \"yes\" will be accepted: ", findingCounts(res), setup.BaselineFile))
		if err != nil || !yes {
			return plan, err
		}
	}
	opts := s.opts
	if opts.Baseline, err = res.Baseline().Encode(); err != nil {
		return plan, err
	}
	return setup.Build(s.top, opts)
}

// statusAfterInit checks the connection to Panther, if there is a token.
func (a *app) statusAfterInit(ctx context.Context, plan setup.Plan) error {
	if a.sandbox || a.sandboxDB != "" {
		return nil
	}
	_, err := config.FindAccess(config.Sources{HostFlag: a.host, TokenFile: a.tokenFile, Getenv: a.Getenv, Config: plan.Config, Root: a.dir})
	switch {
	case errors.Is(err, config.ErrNoHost), errors.Is(err, config.ErrNoToken):
		a.note("The connection to Panther was not checked: no host or no token is set. pdac auth status checks it.")
		return nil
	case err != nil:
		return fmt.Errorf("the files are written, but the connection to Panther was not checked: %w", err)
	}
	fmt.Fprintln(a.Out)
	if err := a.authStatus(ctx, &statusOptions{format: string(report.Text)}); err != nil {
		var code exitCode
		if errors.As(err, &code) {
			return err
		}
		return fmt.Errorf("the files are written, but the connection to Panther does not work: %w", err)
	}
	return nil
}

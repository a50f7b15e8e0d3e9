package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pdac-dev/pdac/config"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/tree"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// planFlags are the flags of every command that makes a plan.
type planFlags struct {
	ref    string
	staged bool
	only   []string
	delete bool
}

func (f *planFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.ref, "ref", "", "read this git revision instead of the working tree")
	cmd.Flags().BoolVar(&f.staged, "staged", false, "read what is staged in git instead of the working tree")
	cmd.MarkFlagsMutuallyExclusive("ref", "staged")
	cmd.Flags().StringArrayVar(&f.only, "only", nil, "limit to kind/id-glob, such as rule/AWS.* (repeatable)")
}

// check finds what cobra can't: a revision that a pipeline left empty must not
// be taken for the working tree.
func (f *planFlags) check(cmd *cobra.Command) error {
	if cmd.Flags().Changed("ref") && f.ref == "" {
		return errors.New("--ref is empty; name a branch, a tag or a commit, or leave it off for the working tree")
	}
	return nil
}

func (f *planFlags) addDelete(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.delete, "delete", false, "also delete what is live and not in the repository")
}

// makePlan loads the repository and reads what is live, at the same time, and
// compares the two. It writes nothing.
func (a *app) makePlan(ctx context.Context, p place, t *target, f planFlags) (*sync.Plan, error) {
	only, err := sync.ParseFilter(f.only)
	if err != nil {
		return nil, err
	}
	if f.delete {
		if err := deleteGuard(p); err != nil {
			return nil, err
		}
	}
	var r *repo.Repo
	var live sync.Live
	var odd []repo.Diagnostic
	g, gctx := errgroup.WithContext(ctx)
	log, start := a.logger(), a.Now()
	g.Go(func() (err error) {
		if r, err = load(gctx, p, f); err == nil {
			log.Debug("loaded the repository", "items", len(r.Items), "took", a.Now().Sub(start))
		}
		return err
	})
	g.Go(func() (err error) {
		if live, odd, err = sync.Fetch(gctx, t.client, only); err == nil {
			log.Debug("read what is live", "entities", len(live), "took", a.Now().Sub(start))
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	r.Diagnostics = append(r.Diagnostics, odd...)
	if f.delete && len(r.Items) == 0 {
		return nil, fmt.Errorf("%s holds no specs, so everything in %s would count as removed; check the folder, and content.include of %s", p.root, t.tenant, config.FileName)
	}
	start = a.Now()
	plan, err := sync.BuildPlan(ctx, r, live, sync.PlanOptions{Tenant: t.tenant, Only: only, Delete: f.delete})
	if err == nil {
		log.Debug("compared the two", "changes", len(plan.Changes), "took", a.Now().Sub(start))
	}
	return plan, err
}

// deleteGuard refuses to take a part of a repository for the whole: everything
// that stands in the rest would be deleted.
func deleteGuard(p place) error {
	above, configured := config.Above(p.root)
	if above == p.root {
		return nil
	}
	top, inGit := tree.TopLevel(p.root)
	switch {
	case top == p.root || !inGit && !configured:
		return nil
	case !inGit:
		top = above
	}
	return fmt.Errorf("--delete needs a whole repository, and %s is a part of %s; run it from there, or put a %s here if this folder is a repository of its own", p.root, top, config.FileName)
}

// load reads the repository from the working tree, a revision or the index.
func load(ctx context.Context, p place, f planFlags) (*repo.Repo, error) {
	var t interface {
		repo.Tree
		io.Closer
	}
	var err error
	switch {
	case f.ref != "":
		t, err = tree.Commit(ctx, p.root, f.ref, tree.Options{})
	case f.staged:
		t, err = tree.Index(ctx, p.root, tree.Options{})
	default:
		t, err = tree.Worktree(ctx, p.root, tree.Options{})
	}
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return repo.Load(ctx, t, repo.Options{
		Include: p.cfg.Content.Include, Exclude: p.cfg.Content.Exclude, ExcludeStatus: p.cfg.Deploy.ExcludeStatus,
		MaxFileBytes: p.cfg.Limits.MaxFileBytes, MaxFiles: p.cfg.Limits.MaxFiles,
	})
}

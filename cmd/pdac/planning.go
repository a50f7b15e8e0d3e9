package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

// memoryFlags are the flags of every command that looks at what was deployed.
type memoryFlags struct {
	base     string
	noRecord bool
	only     []string
	fields   []string
}

func (f *memoryFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.only, "only", nil, "limit to kind/id-glob, such as rule/AWS.* (repeatable)")
	cmd.Flags().StringVar(&f.base, "base", "", "a git revision that stands for what was deployed last")
	cmd.Flags().BoolVar(&f.noRecord, "no-record", false, "neither read nor write the record of deployments in git")
	cmd.Flags().StringArrayVar(&f.fields, "unmanaged-fields", nil, "leave fields to Panther: enabled,severity or rule/AWS.*:enabled (repeatable)")
	cmd.MarkFlagsMutuallyExclusive("base", "no-record")
}

// check finds what cobra can't: a revision that a pipeline left empty must not
// be taken for none.
func (f *memoryFlags) check(cmd *cobra.Command) error { return notEmpty(cmd, "base") }

func notEmpty(cmd *cobra.Command, flag string) error {
	if v := cmd.Flags().Lookup(flag); v != nil && v.Changed && v.Value.String() == "" {
		return fmt.Errorf("--%s is empty; give it a value, or leave it off: a variable of the pipeline may not be set", flag)
	}
	return nil
}

// unmanaged gathers the fields that are left to Panther, from pdac.yaml and the
// flags.
func (f *memoryFlags) unmanaged(cfg *config.Config) (sync.FieldRules, error) {
	var out sync.FieldRules
	for _, u := range cfg.Deploy.UnmanagedFields {
		r, err := sync.NewFieldRule(u.Fields, u.Only)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", config.FileName, err)
		}
		out = append(out, r)
	}
	for _, text := range f.fields {
		// Ids may hold colons; names of fields don't.
		pattern, names := "", text
		if i := strings.LastIndexByte(text, ':'); i >= 0 {
			pattern, names = text[:i], text[i+1:]
		}
		var only []string
		if pattern != "" {
			only = []string{pattern}
		}
		r, err := sync.NewFieldRule(strings.Split(names, ","), only)
		if err != nil {
			return nil, fmt.Errorf("--unmanaged-fields %q: %s", text, strings.TrimPrefix(err.Error(), "unmanaged_fields: "))
		}
		out = append(out, r)
	}
	return out, nil
}

// planFlags are the flags of every command that makes a plan.
type planFlags struct {
	memoryFlags
	ref                 string
	staged, delete      bool
	onDrift, onConflict string
}

func (f *planFlags) add(cmd *cobra.Command) {
	f.addSource(cmd)
	f.addPolicies(cmd)
	cmd.Flags().BoolVar(&f.delete, "delete", false, "where no deployment is remembered: also delete what is live and not in the repository")
}

func (f *planFlags) addSource(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.ref, "ref", "", "read this git revision instead of the working tree")
	cmd.Flags().BoolVar(&f.staged, "staged", false, "read what is staged in git instead of the working tree")
	cmd.MarkFlagsMutuallyExclusive("ref", "staged")
}

func (f *planFlags) addPolicies(cmd *cobra.Command) {
	f.memoryFlags.add(cmd)
	cmd.Flags().StringVar(&f.onDrift, "on-drift", "", "what was changed in the console alone: revert, keep or fail (default revert)")
	cmd.Flags().StringVar(&f.onConflict, "on-conflict", "", "what was changed there and here: fail, revert or keep (default fail)")
}

func (f *planFlags) check(cmd *cobra.Command) error {
	return errors.Join(f.memoryFlags.check(cmd), notEmpty(cmd, "ref"), notEmpty(cmd, "on-drift"), notEmpty(cmd, "on-conflict"))
}

// policies reads the policies from the flags, else from pdac.yaml.
func (f *planFlags) policies(cfg *config.Config) (sync.Policies, error) {
	var out sync.Policies
	for _, p := range []struct {
		flag, text string
		fallback   config.Choice
		into       *sync.Policy
	}{
		{"--on-drift", f.onDrift, cfg.Deploy.OnDrift, &out.OnDrift},
		{"--on-conflict", f.onConflict, cfg.Deploy.OnConflict, &out.OnConflict},
	} {
		text := p.text
		if text == "" {
			text = string(p.fallback)
		}
		if text == "" {
			continue
		}
		var err error
		if *p.into, err = sync.ParsePolicy(p.flag, text); err != nil {
			return out, err
		}
	}
	var err error
	out.UnmanagedFields, err = f.unmanaged(cfg)
	return out, err
}

// session opens the memory of deployments to a Panther.
func (a *app) session(ctx context.Context, p place, t *target, f memoryFlags) (*deploy.Session, error) {
	remote, guessed := p.cfg.Deployments.RemoteOf(config.InCI(a.Getenv))
	if t.sandbox && guessed {
		// An embedded Panther is nobody else's.
		remote = ""
	}
	return deploy.Open(ctx, deploy.Options{
		Root: p.root, Content: content(p), Tenant: t.tenant, Memory: t.memory, Remote: remote, Guessed: guessed,
		NoRecord: f.noRecord || p.cfg.Deployments.Record != nil && !*p.cfg.Deployments.Record,
		Base:     f.base, Actor: config.Actor(a.Getenv), Now: a.Now, Log: a.logger(),
	})
}

// content says what counts as content of a repository.
func content(p place) repo.Options {
	return repo.Options{
		Include: p.cfg.Content.Include, Exclude: p.cfg.Content.Exclude, ExcludeStatus: p.cfg.Deploy.ExcludeStatus,
		MaxFileBytes: p.cfg.Limits.MaxFileBytes, MaxFiles: p.cfg.Limits.MaxFiles,
	}
}

// makePlan loads all sides and compares them. It writes nothing to Panther.
func (a *app) makePlan(ctx context.Context, p place, s *deploy.Session, t *target, f planFlags, strict bool) (*sync.Plan, error) {
	only, err := sync.ParseFilter(f.only)
	if err != nil {
		return nil, err
	}
	policies, err := f.policies(p.cfg)
	if err != nil {
		return nil, err
	}
	part := partOf(p)
	if f.delete && part != "" {
		return nil, fmt.Errorf("--delete needs a whole repository, and %s; run it from there, or put a %s here if this folder is a repository of its own", part, config.FileName)
	}
	return s.Plan(ctx, t.client, deploy.PlanOptions{
		Source: deploy.Source{Ref: f.ref, Staged: f.staged}, Only: only, Policies: policies, Delete: f.delete, Part: part, Strict: strict,
	})
}

// partOf says of what the folder is only a part, "" where it is a whole
// repository: what stands in the rest would count as removed.
func partOf(p place) string {
	above, configured := config.Above(p.root)
	if above == p.root {
		return ""
	}
	top, inGit := git.TopLevel(p.root)
	switch {
	case top == p.root || !inGit && !configured:
		return ""
	case !inGit:
		top = above
	}
	return fmt.Sprintf("%s is a part of %s", p.root, top)
}

// limitFlags bound what one apply may do.
type limitFlags struct {
	allowDelete, force     bool
	maxDeletes, maxChanges string
}

func (f *limitFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.allowDelete, "allow-delete", false, "carry out the plan's deletes (also: deletes: allow in pdac.yaml)")
	cmd.Flags().StringVar(&f.maxDeletes, "max-deletes", "", "refuse a plan with more deletes: a number or a share of what is live (default 10, or 10% if that is more)")
	cmd.Flags().StringVar(&f.maxChanges, "max-changes", "", "refuse a plan with more updates (default 50, or 30% if that is more)")
	cmd.Flags().BoolVar(&f.force, "force", false, "apply past --max-deletes and --max-changes")
}

// limits reads the limits from the flags, else from pdac.yaml.
func (f *limitFlags) limits(cfg *config.Config) (sync.Limits, error) {
	var out sync.Limits
	for _, l := range []struct {
		flag, text string
		fallback   config.Limit
		into       *sync.Limit
	}{
		{"--max-deletes", f.maxDeletes, cfg.Deploy.MaxDeletes, &out.MaxDeletes},
		{"--max-changes", f.maxChanges, cfg.Deploy.MaxChanges, &out.MaxChanges},
	} {
		text := l.text
		if text == "" {
			text = string(l.fallback)
		}
		if text == "" {
			continue
		}
		var err error
		if *l.into, err = sync.ParseLimit(l.flag, text); err != nil {
			return out, err
		}
	}
	return out, nil
}

// holds tells whether the plan's deletes are held back.
func (f *limitFlags) holds(cfg *config.Config) bool {
	return !f.allowDelete && cfg.Deploy.Deletes != "allow"
}

// changedFlags lists which of some flags were given.
func changedFlags(cmd *cobra.Command, names ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		f := cmd.Flags().Lookup(name)
		return f == nil || !f.Changed
	})
}

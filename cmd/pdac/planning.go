package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

// memoryFlags are the flags of every command that uses deployment records.
type memoryFlags struct {
	base     string
	noRecord bool
	only     []string
	fields   []string
}

func (f *memoryFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.only, "only", nil, "limit to kind/id-glob, such as rule/AWS.* (repeatable)")
	cmd.Flags().StringVar(&f.base, "base", "", "use this git revision as the last deployment")
	cmd.Flags().BoolVar(&f.noRecord, "no-record", false, "don't read or write deployment records in git")
	cmd.Flags().StringArrayVar(&f.fields, "unmanaged-fields", nil, "don't manage these fields: enabled,severity or rule/AWS.*:enabled (repeatable)")
	cmd.MarkFlagsMutuallyExclusive("base", "no-record")
}

// check rejects empty values, which cobra accepts: a revision that a pipeline left
// empty must not count as unset.
func (f *memoryFlags) check(cmd *cobra.Command) error {
	_, err := f.unmanaged(&config.Config{})
	return errors.Join(notEmpty(cmd, "base"), err)
}

func notEmpty(cmd *cobra.Command, flag string) error {
	if v := cmd.Flags().Lookup(flag); v != nil && v.Changed && v.Value.String() == "" {
		return fmt.Errorf("--%s is empty; set a value or omit the flag (a pipeline variable may be unset)", flag)
	}
	return nil
}

// managed returns what pdac doesn't manage: fields, from pdac.yaml and the flags,
// and released entities.
func (f *memoryFlags) managed(cfg *config.Config) (out sync.Policies, err error) {
	if out.UnmanagedFields, err = f.unmanaged(cfg); err != nil {
		return out, err
	}
	if out.Released, err = sync.ParsePatterns("deploy.released", cfg.Deploy.Released); err != nil {
		return out, fmt.Errorf("%s: %w", config.FileName, err)
	}
	if out.Accepted, err = accepted(cfg); err != nil {
		return out, err
	}
	for _, m := range cfg.Moved {
		out.Moved = append(out.Moved, sync.Move{Kind: m.Kind, From: m.From, To: m.To})
	}
	return out, nil
}

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
		r, err := sync.ParseFieldRule(text)
		if err != nil {
			return nil, fmt.Errorf("--unmanaged-fields %q: %w", text, err)
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
	allowEmpty, noLint  bool
	with, without       bool
	tests               string
	onDrift, onConflict string
	allow, owners       []string
	narrowFlags
}

func (f *planFlags) add(cmd *cobra.Command) {
	f.addSource(cmd)
	f.addPolicies(cmd)
	cmd.Flags().BoolVar(&f.delete, "delete", false, "if no deployment has been recorded, also delete live entities that are not in the repository")
	cmd.Flags().BoolVar(&f.allowEmpty, "allow-empty", false, "accept a repository without specs: everything that was deployed from it counts as removed")
	cmd.Flags().StringArrayVar(&f.allow, "allow", nil, "let the changes of this guard of pdac.yaml through (repeatable)")
	addOwners(cmd, &f.owners, "limit to entities whose files belong to this owner, by CODEOWNERS (repeatable)")
	cmd.Flags().StringVar(&f.tests, "tests", "", "whether failing unit tests of what would be written stop the plan: require or off (also: tests under deploy in pdac.yaml; default off)")
	f.narrowFlags.add(cmd)
	cmd.Flags().BoolVar(&f.noLint, "no-lint", false, "don't check what would be written with lint (also: lint: off under deploy in pdac.yaml)")
}

func (f *planFlags) addSource(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.ref, "ref", "", "read this git revision instead of the working tree")
	cmd.Flags().BoolVar(&f.staged, "staged", false, "read the git index instead of the working tree")
	cmd.MarkFlagsMutuallyExclusive("ref", "staged")
}

func (f *planFlags) addPolicies(cmd *cobra.Command) {
	f.memoryFlags.add(cmd)
	cmd.Flags().BoolVar(&f.with, "with-dependencies", false, "with --only: take along the changes that the selected entities need")
	cmd.Flags().BoolVar(&f.without, "without-dependencies", false, "with --only: leave out what the selected entities need, even if they may fail")
	cmd.MarkFlagsMutuallyExclusive("with-dependencies", "without-dependencies")
	cmd.Flags().StringVar(&f.onDrift, "on-drift", "", "what to do with changes made only in the console: revert, keep or fail (default revert)")
	cmd.Flags().StringVar(&f.onConflict, "on-conflict", "", "what to do with changes made in both the console and the repository: fail, revert or keep (default fail)")
}

// dependencies returns what to do about what --only leaves out.
func (f *planFlags) dependencies() sync.Dependencies {
	switch {
	case f.with:
		return sync.DependenciesTake
	case f.without:
		return sync.DependenciesLeave
	}
	return sync.DependenciesStop
}

func (f *planFlags) check(cmd *cobra.Command) error {
	for _, flag := range changedFlags(cmd, "with-dependencies", "without-dependencies") {
		if len(f.only)+len(f.owners)+len(f.filters)+len(f.except) == 0 {
			return fmt.Errorf("--%s needs --only; without it, everything is planned", flag)
		}
	}
	if err := errors.Join(checkOwners(f.owners), f.memoryFlags.check(cmd), notEmpty(cmd, "ref"), notEmpty(cmd, "on-drift"), notEmpty(cmd, "on-conflict"), notEmpty(cmd, "tests")); err != nil {
		return err
	}
	if f.tests != "" && f.tests != testsRequire && f.tests != testsOff {
		return fmt.Errorf("--tests %q must be require or off", f.tests)
	}
	// Before anything is read or sent.
	_, err := sync.ParseFilter(f.only)
	if err == nil {
		_, _, err = f.narrowFlags.parse()
	}
	if err == nil {
		_, err = f.policies(&config.Config{})
	}
	return err
}

// policies reads the policies from the flags, or else from pdac.yaml.
func (f *planFlags) policies(cfg *config.Config) (sync.Policies, error) {
	out, err := f.managed(cfg)
	if err != nil {
		return out, err
	}
	for _, p := range []struct {
		flag, text string
		fallback   config.Choice
		into       *sync.Policy
	}{
		{"--on-drift", f.onDrift, cfg.Deploy.OnDrift, &out.OnDrift},
		{"--on-conflict", f.onConflict, cfg.Deploy.OnConflict, &out.OnConflict},
	} {
		text := cmp.Or(p.text, string(p.fallback))
		if text == "" {
			continue
		}
		if *p.into, err = sync.ParsePolicy(p.flag, text); err != nil {
			return out, err
		}
	}
	return out, nil
}

// session opens the deployment records of a Panther.
func (a *app) session(ctx context.Context, p place, t *target, f memoryFlags) (*deploy.Session, error) {
	remote, guessed := p.cfg.Deployments.RemoteOf(config.InCI(a.Getenv))
	if t.sandbox && guessed {
		// An embedded Panther is not shared with others.
		remote = ""
	}
	content := p.cfg.RepoOptions()
	content.Documents = repo.NewDocuments(repo.DocumentStore(lint.UserCache(p.root, a.Getenv)))
	return deploy.Open(ctx, deploy.Options{
		Root: p.root, Content: content, Tenant: t.tenant, Memory: t.memory, Former: t.former, Remote: remote, Guessed: guessed,
		NoRecord: f.noRecord || p.cfg.Deployments.Record != nil && !*p.cfg.Deployments.Record,
		SQL:      string(p.cfg.Deploy.SQL), Refs: p.cfg.Deployments.Ref, CI: config.InCI(a.Getenv) && !t.sandbox,
		Base: f.base, Actor: config.Actor(a.Getenv), Now: a.Now, Log: a.logger(),
	})
}

// makePlan loads all sides and compares them. It doesn't write to Panther.
func (a *app) makePlan(ctx context.Context, p place, s *deploy.Session, t *target, f planFlags, strict bool) (*sync.Plan, error) {
	only, err := sync.ParseFilter(f.only)
	if err != nil {
		return nil, err
	}
	filters, except, err := f.narrowFlags.parse()
	if err != nil {
		return nil, err
	}
	policies, err := f.policies(p.cfg)
	if err != nil {
		return nil, err
	}
	part := ""
	if whole := config.PartOf(p.root, repo.TopLevel); whole != "" {
		part = fmt.Sprintf("%s is only part of %s", p.root, whole)
	}
	if f.delete && part != "" {
		return nil, fmt.Errorf("--delete needs a whole repository, but %s; run it there, or add a %s here if this folder is a separate repository", part, config.FileName)
	}
	if part != "" {
		part += fmt.Sprintf(" and has no %s (add one there if it is a separate repository, or run pdac in %s)", config.FileName, config.PartOf(p.root, repo.TopLevel))
	}
	plan, err := s.Plan(ctx, t.client, deploy.PlanOptions{
		Source: deploy.Source{Ref: f.ref, Staged: f.staged}, Only: only, Policies: policies, Delete: f.delete, Part: part, Strict: strict,
		AllowEmpty: f.allowEmpty, Dependencies: f.dependencies(), Guarded: true, Guards: p.cfg.Deploy.Guards, Allow: f.allow, Owners: f.owners, Filters: filters, Except: except,
	})
	if err != nil {
		return nil, err
	}
	if err := a.checkWritten(ctx, p, s, plan, f); err != nil {
		return nil, err
	}
	return plan, a.testWritten(ctx, p, s, plan, f, strict)
}

// limitFlags limit what an apply may do.
type limitFlags struct {
	allowDelete, allowOlder, force bool
	maxDeletes, maxChanges         string
}

func (f *limitFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.allowDelete, "allow-delete", false, "apply the plan's deletes (also: deletes: allow in pdac.yaml)")
	cmd.Flags().StringVar(&f.maxDeletes, "max-deletes", "", "refuse plans with more deletes: a number, or a percentage of the live entities (default 10, or 10% if that is more)")
	cmd.Flags().StringVar(&f.maxChanges, "max-changes", "", "refuse plans with more updates (default 50, or 30% if that is more)")
	cmd.Flags().BoolVar(&f.force, "force", false, "ignore --max-deletes and --max-changes")
}

// limits reads the limits from the flags, or else from pdac.yaml.
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
		text := cmp.Or(l.text, string(l.fallback))
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

// holds reports whether the plan's deletes are held back.
func (f *limitFlags) holds(cfg *config.Config) bool {
	return !f.allowDelete && cfg.Deploy.Deletes != "allow"
}

// changedFlags lists which of the named flags were set.
func changedFlags(cmd *cobra.Command, names ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		f := cmd.Flags().Lookup(name)
		return f == nil || !f.Changed
	})
}

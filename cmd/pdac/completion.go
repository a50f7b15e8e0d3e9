package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// completions adds a short text and examples to cobra's completion command, and values to
// the completion of flags and arguments.
func (a *app) completions(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			completionHelp(root, c)
		}
	}
	a.completeValues(root)
}

// completer completes a value.
type completer = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

const (
	noFiles = cobra.ShellCompDirectiveNoFileComp
	// noSpace is for values that go on.
	noSpace = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
)

// completeValues registers the completion of flags by their names, and that of arguments.
func (a *app) completeValues(root *cobra.Command) {
	flags := map[string]completer{
		"only": a.completeEntities, "except": a.completeEntities,
		"ref": a.completeRevisions, "base": a.completeRevisions, "changed-since": a.completeRevisions,
		"filter": a.completeFilter, "where": a.completeWhere, "owner": a.completeOwners, "log-type": a.completeLogTypes,
		"select": a.completeRules, "ignore": a.completeRules, "allow": a.completeGuards,
		"on-drift": fixed("revert", "keep", "fail"), "on-conflict": fixed("fail", "revert", "keep"), "log-format": fixed("text", "json"),
		"drift fail-on": fixed("edited", "deleted", "unmanaged", "none"), "dir": directories,
	}
	args := map[string]completer{
		"list": a.completeEntities, "get": a.completeEntity, "diff": a.completeEntity, "history": a.completeDeployments, "rollback": a.completeDeployments,
	}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		add := func(f *pflag.Flag) {
			for _, key := range []string{c.Name() + " " + f.Name, f.Name} {
				if complete := flags[key]; complete != nil {
					// It fails only for a flag that has one.
					_ = c.RegisterFlagCompletionFunc(f.Name, complete)
				}
			}
		}
		c.Flags().VisitAll(add)
		c.PersistentFlags().VisitAll(add)
		if complete := args[c.Name()]; complete != nil && c.Parent() == root {
			c.ValidArgsFunction = complete
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(root)
}

func fixed(values ...string) completer {
	return cobra.FixedCompletions(values, noFiles)
}

func directories(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completionTime is how long a completion may take. A shell waits for it.
const completionTime = 2 * time.Second

// outlines returns the outlines of the repository; none if it can't be read, since a
// completion never shows an error.
func (a *app) outlines(cmd *cobra.Command) []repo.Outline {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	p, err := a.place()
	if err != nil {
		return nil
	}
	t, err := git.Worktree(ctx, p.root, git.Options{})
	if err != nil {
		return nil
	}
	defer t.Close()
	out, err := repo.Outlines(ctx, t, p.cfg.RepoOptions())
	if err != nil {
		return nil
	}
	return out
}

// completeEntity completes one kind/id, and completeEntities several.
func (a *app) completeEntity(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	return a.completeEntities(cmd, args, typed)
}

func (a *app) completeEntities(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if !strings.Contains(typed, "/") {
		var kinds []string
		for _, k := range panther.Kinds() {
			kinds = append(kinds, string(k)+"/")
		}
		return starting(kinds, typed), noSpace
	}
	typed = strings.ReplaceAll(typed, `\ `, " ") // as fish passes it
	var ids []string
	for _, o := range a.outlines(cmd) {
		if o.Kind != "" {
			ids = append(ids, panther.Key{Kind: o.Kind, ID: o.ID}.String()+"\t"+o.Path)
		}
	}
	return starting(ids, typed), noFiles
}

// starting returns what starts with a text, sorted, each once, and without what a shell
// can't show.
func starting(values []string, typed string) []string {
	values = slices.DeleteFunc(values, func(v string) bool {
		return !strings.HasPrefix(v, typed) || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
	})
	slices.Sort(values)
	return slices.Compact(values)
}

// maxRevisions is how many revisions are completed.
const maxRevisions = 500

func (a *app) completeRevisions(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	p, err := a.place()
	if err != nil {
		return nil, noFiles
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	r, err := git.Open(ctx, p.root, git.Options{})
	if err != nil {
		return nil, noFiles
	}
	defer r.Close()
	names := []string{"HEAD"}
	for _, kind := range []string{"refs/heads", "refs/tags", "refs/remotes"} {
		refs, err := r.Refs(ctx, kind)
		if err != nil {
			continue
		}
		for _, ref := range refs {
			names = append(names, strings.TrimPrefix(ref, kind+"/"))
		}
	}
	names = starting(names, typed)
	return names[:min(len(names), maxRevisions)], noFiles
}

func (a *app) completeDeployments(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	const most = 30
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	s, _, tenant, err := a.records(ctx)
	if err != nil {
		return nil, noFiles
	}
	list, err := s.History(ctx, tenant, most)
	if err != nil {
		return nil, noFiles
	}
	var out []string
	for _, d := range list { // the newest first
		by, _, _ := strings.Cut(d.Actor, " <")
		out = append(out, starting([]string{fmt.Sprintf("%.12s\t%s, %.12s by %s", d.Hash, d.Time.UTC().Format("2006-01-02 15:04"), d.Revision, by)}, typed)...)
	}
	return out, noFiles | cobra.ShellCompDirectiveKeepOrder
}

// completeRules completes a list of rules.
func (a *app) completeRules(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	rules, err := a.allRules()
	if err != nil {
		rules = lint.Rules()
	}
	before, last := lastOf(typed)
	var out []string
	for _, r := range rules {
		out = append(out, before+r.ID+"\t"+r.Name, before+r.Name+"\t"+r.ID)
	}
	for _, word := range []string{"default", "all"} {
		out = append(out, before+word)
	}
	return starting(out, before+last), noFiles
}

// lastOf splits a list at its last comma.
func lastOf(list string) (before, last string) {
	i := strings.LastIndexByte(list, ',') + 1
	return list[:i], list[i:]
}

func (a *app) completeOwners(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	p, err := a.place()
	if err != nil {
		return nil, noFiles
	}
	t, err := repo.OpenWorktree(ctx, p.root)
	if err != nil {
		return nil, noFiles
	}
	defer t.Close()
	owners, err := repo.ReadOwners(ctx, p.root, t, repo.OpenWorktree)
	if err != nil || !owners.Known() {
		return nil, noFiles
	}
	return starting(owners.Names(), typed), noFiles
}

func (a *app) completeLogTypes(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, o := range a.outlines(cmd) {
		out = append(out, o.LogTypes...)
	}
	return starting(out, typed), noFiles
}

func (a *app) completeGuards(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	p, err := a.place()
	if err != nil {
		return nil, noFiles
	}
	var out []string
	for _, g := range p.cfg.Deploy.Guards {
		out = append(out, g.ID)
	}
	return starting(out, typed), noFiles
}

// completeFilter completes KEY=VALUE,VALUE.
func (a *app) completeFilter(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	key, _, ok := strings.Cut(typed, "=")
	if !ok {
		return starting(conditions(repo.FilterKeys()), typed), noSpace
	}
	key = strings.TrimSuffix(key, "!")
	values := repo.FilterValues(key)
	if len(values) == 0 {
		for _, o := range a.outlines(cmd) {
			switch key {
			case "LogTypes":
				values = append(values, o.LogTypes...)
			case "Tags":
				values = append(values, o.Tags...)
			case "Status":
				values = append(values, o.Statuses...)
			}
		}
	}
	return withValues(typed, values), noFiles
}

// completeWhere completes FIELD=VALUE,FIELD=VALUE.
func (a *app) completeWhere(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	eq, comma := strings.LastIndexByte(typed, '='), strings.LastIndexByte(typed, ',')
	if eq < 0 {
		return starting(conditions(sync.WhereFields()), typed), noSpace
	}
	field := typed[strings.LastIndexByte(typed[:eq], ',')+1 : eq]
	out := withValues(typed, sync.WhereValues(strings.TrimSuffix(field, "!")))
	if comma > eq {
		for _, f := range conditions(sync.WhereFields()) {
			out = append(out, starting([]string{typed[:comma+1] + f}, typed)...)
		}
		return out, noSpace
	}
	return out, noFiles
}

// conditions writes the start of a condition for each key.
func conditions(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k + "="
	}
	return out
}

// withValues completes the last value of a list.
func withValues(typed string, values []string) []string {
	at := max(strings.LastIndexByte(typed, '='), strings.LastIndexByte(typed, ',')) + 1
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = typed[:at] + v
	}
	return starting(out, typed)
}

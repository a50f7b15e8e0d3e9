package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type listOptions struct {
	memoryFlags
	narrowFlags
	where  []string
	format string
}

func newList(a *app) *cobra.Command {
	o := &listOptions{}
	cmd := &cobra.Command{
		Use:   "list [KIND/GLOB...]",
		Short: "List what is live: its state, since when, by whom, and its file",
		Long: `List the entities that are live in Panther or in the repository, with their state:
in step, changed here, edited in the console, only here, only live, and so on. Panther
is read once, and only the kinds that are asked for; if something was edited, pdac
also asks who did that. Nothing is written.

--where compares fields by their names in Panther's API, and also kind, id, state,
path and owner; a comma adds a condition, or another value of the one before it, and
a value with commas goes into double quotes.
--filter compares keys of specs, as in pdac plan. In both, case does not count.

The exit code is 0 if everything that was asked for could be listed, also if it is
not in step, and 1 if not; pdac drift fails on drift.`,
		Example: `  pdac list
  pdac list 'rule/AWS.*' policy/
  pdac list --where severity=HIGH,CRITICAL,enabled=false
  pdac list --where state=drifted
  pdac list --where state=only_live --format csv > unmanaged.csv
  pdac list --format json | jq -r '.entities[].id'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, arg := range args {
				pattern, err := kindPattern(arg)
				if err != nil {
					return err
				}
				o.only = append(o.only, pattern)
			}
			return a.list(cmd.Context(), o)
		},
	}
	o.memoryFlags.add(cmd)
	_ = cmd.Flags().MarkHidden("only") // the arguments say the same
	o.narrowFlags.add(cmd)
	cmd.Flags().Lookup("except").Usage = "leave out kind/id-glob, such as rule/AWS.* (repeatable)"
	cmd.Flags().StringArrayVar(&o.where, "where", nil, "list only entities with these values, such as severity=HIGH,enabled=false (repeatable)")
	addFormat(cmd, &o.format, report.ListView)
	return cmd
}

// kindPattern completes a kind without an id: "rule", "rules" and "rule/" stand for all
// rules.
func kindPattern(arg string) (string, error) {
	for _, k := range allKinds() {
		if slices.Contains([]string{k, k + "/", k + "s", strings.TrimSuffix(k, "y") + "ies"}, arg) {
			return k + "/*", nil
		}
	}
	if !strings.Contains(arg, "/") {
		kinds := allKinds()
		return "", fmt.Errorf("unknown kind %q; use one of %s, or kind/id-glob such as rule/AWS.*%s", arg, strings.Join(kinds, ", "), suggest.DidYouMean(arg, kinds))
	}
	return arg, nil
}

func (a *app) list(ctx context.Context, o *listOptions) error {
	format, err := parseFormat(o.format, report.ListView)
	if err != nil {
		return err
	}
	only, err := sync.ParsePatterns("pattern", o.only)
	if err != nil {
		return err
	}
	filters, except, err := o.narrowFlags.parse()
	if err != nil {
		return err
	}
	where, err := sync.ParseWhere("--where", o.where)
	if err != nil {
		return err
	}
	defer a.moreMemory()()
	return a.with(ctx, func(p place, t *target) error {
		policies, err := o.managed(p.cfg)
		if err != nil {
			return err
		}
		s, err := a.session(ctx, p, t, o.memoryFlags)
		if err != nil {
			return err
		}
		l, err := s.List(ctx, t.client, deploy.ListOptions{Only: only, Except: except, Filters: filters, Where: where, Policies: policies})
		if err != nil {
			return err
		}
		if err := report.List(a.Out, l, report.ListOptions{Format: format, Color: a.color(a.OutTerminal), Width: a.Width()}); err != nil {
			return fmt.Errorf("show the list: %w", err)
		}
		unread := l.Unreadable.Diagnostics(only, l.OfKind, "not listed as they are live")
		a.problems(slices.Concat(l.Diagnostics, unread))
		if format == report.Table {
			a.note("%s", report.ListSummary(l))
		}
		return a.incomplete(l.Unreadable, unread, "listed")
	})
}

// problems notes the first errors and warnings, and what is unusual about the run.
func (a *app) problems(ds []repo.Diagnostic) {
	const most = 10
	for i, d := range ds {
		if i == most && len(ds) > most+1 {
			a.note("and %d more; pdac plan shows all", len(ds)-most)
			return
		}
		about := ""
		if d.Path == "" && d.Kind != "" {
			about = strings.TrimSuffix(d.Kind+"/"+d.ID, "/") + ": "
		}
		a.note("%s", report.Clean(about+d.String()))
	}
}

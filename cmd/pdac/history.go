package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/pdac-dev/pdac/sync/record"
	"github.com/spf13/cobra"
)

type historyOptions struct {
	limit  int
	format string
}

func newHistory(a *app) *cobra.Command {
	o := &historyOptions{}
	cmd := &cobra.Command{
		Use:   "history [DEPLOYMENT]",
		Short: "List deployments: what, when and by whom",
		Long: `List the deployments that are recorded in this git repository, newest first.
With an argument, show one deployment and the files that it changed: use the
start of the record's hash, or of the deployed revision. pdac doesn't connect to
Panther and needs no token; the host only selects whose deployments are listed,
and is not needed if only one Panther has any.`,
		Example: `  pdac history
  pdac history --limit 0 --format json    list all deployments
  pdac history 3f2a9c1                    show what that deployment changed`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.showDeployment(cmd.Context(), o, args[0])
			}
			return a.history(cmd.Context(), o)
		},
	}
	cmd.Flags().IntVar(&o.limit, "limit", 20, "maximum number of deployments to list; 0 for all")
	addFormat(cmd, &o.format, report.HistoryView)
	return cmd
}

// records opens the deployment records of the Panther that the flags select.
func (a *app) records(ctx context.Context) (*record.Store, place, string, error) {
	p, err := a.place()
	if err != nil {
		return nil, place{}, "", err
	}
	tenant, former, noHost := a.memory(ctx, p)
	if noHost != nil && !errors.Is(noHost, config.ErrNoHost) {
		return nil, place{}, "", noHost
	}
	s, err := record.Open(ctx, p.root, git.Options{})
	if err != nil && noHost != nil {
		err = noHost
	}
	if err == nil {
		s = s.In(p.cfg.Deployments.Ref)
		if noHost != nil {
			tenant, err = only(ctx, s, noHost)
		}
	}
	if err != nil || former == "" {
		return s, p, tenant, err
	}
	last, err := s.Latest(ctx, tenant)
	if err != nil || last != nil {
		return s, p, tenant, err
	}
	// Nothing was planned since the record got its new name.
	if last, err = s.Latest(ctx, former); last != nil {
		tenant = former
	}
	return s, p, tenant, err
}

// only returns the only tenant that has a record. noHost is the error for none.
func only(ctx context.Context, s *record.Store, noHost error) (string, error) {
	tenants, err := s.Tenants(ctx)
	switch {
	case err != nil:
		return "", err
	case len(tenants) == 0:
		return "", noHost
	case len(tenants) > 1:
		return "", fmt.Errorf("deployments to %d Panthers are recorded here: %s; choose one with --host", len(tenants), strings.Join(tenants, ", "))
	}
	return tenants[0], nil
}

func (a *app) history(ctx context.Context, o *historyOptions) error {
	format, err := parseFormat(o.format, report.HistoryView)
	if err != nil {
		return err
	}
	if o.limit < 0 {
		return fmt.Errorf("--limit %d is negative; use the number of deployments to list, or 0 for all", o.limit)
	}
	s, p, tenant, err := a.records(ctx)
	if err != nil {
		return err
	}
	// Ask for one more than is shown, to find out whether there are more.
	ask := o.limit
	if ask > 0 {
		ask++
	}
	found, err := s.History(ctx, tenant, ask)
	if err != nil {
		return err
	}
	ref, err := s.RefName(tenant)
	if err != nil {
		return err
	}
	h := &report.Deployments{Tenant: tenant, Ref: ref, End: report.HistoryComplete}
	switch n := len(found); {
	case n == 0:
		h.Advice = fmt.Sprintf("pdac apply records deployments; \"git fetch origin %s:%s\" fetches those of others.", ref, ref)
	case o.limit > 0 && n > o.limit:
		found = found[:o.limit]
		h.End, h.Advice = report.HistoryLimit, "To list them all: --limit 0"
	case found[n-1].Cut:
		h.End, h.Advice = report.HistoryShallow, record.FetchAdvice(ref)
	}
	h.List = a.withSubjects(ctx, p, found)
	if err := report.History(a.Out, h, a.historyView(format)); err != nil {
		return fmt.Errorf("show the history: %w", err)
	}
	return nil
}

func (a *app) showDeployment(ctx context.Context, o *historyOptions, name string) error {
	format, err := parseFormat(o.format, report.HistoryView)
	if err != nil {
		return err
	}
	s, p, tenant, err := a.records(ctx)
	if err != nil {
		return err
	}
	found, err := s.Find(ctx, tenant, strings.ToLower(name))
	if err != nil {
		return err
	}
	last, err := s.Latest(ctx, tenant)
	if err != nil {
		return err
	}
	d := &report.DeploymentDetail{HistoryEntry: a.withSubjects(ctx, p, []record.Deployment{*found})[0], Now: last != nil && last.Hash == found.Hash}
	d.Changes, err = deploy.Changes(ctx, s, *found)
	var unsupported *record.UnsupportedError
	if errors.As(err, &unsupported) {
		d.Unknown = unsupported.Error()
	} else if err != nil {
		return err
	}
	if err := report.Deployment(a.Out, d, a.historyView(format)); err != nil {
		return fmt.Errorf("show the deployment: %w", err)
	}
	return nil
}

func (a *app) historyView(format report.Format) report.HistoryOptions {
	return report.HistoryOptions{Format: format, Color: a.color(a.OutTerminal), Width: a.Width(), Verbose: a.verbose, Now: a.Now()}
}

// withSubjects adds the subjects of the deployed commits that are available.
func (a *app) withSubjects(ctx context.Context, p place, ds []record.Deployment) []report.HistoryEntry {
	commits := make([]string, len(ds))
	for i, d := range ds {
		commits[i] = strings.TrimSuffix(d.Revision, "-dirty")
	}
	about, err := git.Describe(ctx, p.root, commits, git.Options{})
	if err != nil {
		// The history is useful without the subjects.
		a.note("note: can't read the subjects of the deployed commits: %s", report.Clean(err.Error()))
	}
	out := make([]report.HistoryEntry, len(ds))
	for i, d := range ds {
		out[i] = report.HistoryEntry{Deployment: d, Subject: about[commits[i]].Subject}
	}
	return out
}

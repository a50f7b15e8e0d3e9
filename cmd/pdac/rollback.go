package main

import (
	"context"
	"fmt"

	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type rollbackOptions struct {
	planFlags
	carryFlags
}

func newRollback(a *app) *cobra.Command {
	o := &rollbackOptions{}
	cmd := &cobra.Command{
		Use:   "rollback [DEPLOYMENT]",
		Short: "Go back to an earlier deployment",
		Long: `Plan the recorded content of an earlier deployment, show the plan, ask for
approval, and apply it. The default is the deployment before the last one; list
them with pdac history. Entities that were created later are only deleted with
--allow-delete. To deploy any revision of the repository instead, use
pdac apply --ref REV --allow-older.`,
		Example: `  pdac rollback
  pdac rollback 3f2a91c --allow-delete
  pdac rollback --auto-approve --on-conflict revert`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.planFlags.check(cmd); err != nil {
				return err
			}
			hash := ""
			if len(args) > 0 {
				hash = args[0]
			}
			return a.rollback(cmd.Context(), o, hash)
		},
	}
	o.addPolicies(cmd)
	// A rollback always reads and writes deployment records.
	for _, name := range []string{"base", "no-record"} {
		_ = cmd.Flags().MarkHidden(name)
	}
	o.carryFlags.add(cmd)
	return cmd
}

func (a *app) rollback(ctx context.Context, o *rollbackOptions, hash string) error {
	format, err := o.carryFlags.check()
	if err != nil {
		return err
	}
	if o.noRecord || o.base != "" {
		return fmt.Errorf("rollback needs the deployment records, so --base and --no-record can't be used; use pdac apply --ref REV --allow-older instead")
	}
	only, err := sync.ParseFilter(o.only)
	if err != nil {
		return err
	}
	return a.with(ctx, func(p place, t *target) error {
		policies, err := o.policies(p.cfg)
		if err != nil {
			return err
		}
		s, err := a.session(ctx, p, t, o.memoryFlags)
		if err != nil {
			return err
		}
		to, err := s.Before(ctx, hash, policies)
		if err != nil {
			return err
		}
		a.note("Going back to deployment %.12s of %s.", to.Hash, to.Time.UTC().Format("2006-01-02 15:04 UTC"))
		plan, err := s.Plan(ctx, t.client, deploy.PlanOptions{Source: deploy.Source{Record: to}, Only: only, Policies: policies, Strict: true, Dependencies: o.dependencies()})
		if err != nil {
			return err
		}
		return a.showAndCarryOut(ctx, &o.carryFlags, p, s, t, plan, format)
	})
}

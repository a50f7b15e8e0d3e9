package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type applyOptions struct {
	planFlags
	carryFlags
	reviewedFiles []string
	out           string
}

// carryFlags are the flags of every command that writes to Panther.
type carryFlags struct {
	limitFlags
	format        string
	autoApprove   bool
	parallelism   int
	skipTests     bool
	undoOnFailure bool
	// allowed lists the guards that a saved plan's changes may pass.
	allowed []string
	// reviewed are the plans that the applied plan must not differ from; nil for any.
	reviewed []*sync.Plan
}

func (f *carryFlags) add(cmd *cobra.Command) {
	f.limitFlags.add(cmd)
	cmd.Flags().BoolVar(&f.autoApprove, "auto-approve", false, "apply without asking")
	cmd.Flags().IntVar(&f.parallelism, "parallelism", 8, "number of entities to write at the same time")
	cmd.Flags().BoolVar(&f.skipTests, "skip-tests", false, "save without running the unit tests in Panther first")
	cmd.Flags().BoolVar(&f.undoOnFailure, "rollback-on-failure", false, "if any change fails, undo the changes of this run")
	addFormat(cmd, &f.format, report.ResultView)
}

func newApply(a *app) *cobra.Command {
	o := &applyOptions{}
	cmd := &cobra.Command{
		Use:   "apply [plan.json]",
		Short: "Apply the repository to Panther",
		Long: `Without a plan file: make a plan, show it, ask for approval, and apply it. With a
plan file: apply exactly that plan, and refuse every entity that was deployed or
has changed in Panther since the plan was made. A failed entity stops only the
entities that depend on it; run the same command again to finish. What would take
back newer deployed work that this revision lacks is refused, unless --allow-older
is given. The result is recorded in git, as a commit on
refs/pdac/deployments/TENANT.

--reviewed names the plan of a pull request. The merged revision is planned, and
nothing is applied if a change was not reviewed, has other values than were reviewed,
or was changed in Panther after the review.`,
		Example: `  pdac apply
  pdac apply --auto-approve                   for pipelines
  pdac apply --allow-delete                   also delete what was removed from the repository
  pdac apply --ref v1.4.0 --allow-older       deploy an earlier revision
  pdac plan --out plan.json && pdac apply plan.json
  pdac apply --reviewed pull-request.json     only what was reviewed
  pdac apply --sandbox -C testdata/acme       apply to the embedded Panther, without asking`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.reviewed, err = a.readReviewed(cmd.Context(), o.reviewedFiles); err != nil {
				return err
			}
			if len(args) == 0 {
				if err := o.planFlags.check(cmd); err != nil {
					return err
				}
				return a.apply(cmd.Context(), o)
			}
			for _, flag := range changedFlags(cmd, "ref", "staged", "only", "owner", "filter", "except", "delete", "allow-empty", "no-lint", "tests", "with-dependencies", "without-dependencies", "on-drift", "on-conflict", "unmanaged-fields", "base", "out") {
				return fmt.Errorf("--%s only applies when planning; it can't be used with the saved plan %q", flag, args[0])
			}
			o.allowed = o.allow
			return a.applyFile(cmd.Context(), o, args[0])
		},
	}
	o.planFlags.add(cmd)
	o.carryFlags.add(cmd)
	cmd.Flags().StringVar(&o.out, "out", "", "also save the plan to this file, before it is applied")
	cmd.Flags().StringArrayVar(&o.reviewedFiles, "reviewed", nil, "refuse a plan that differs from this saved one, which was reviewed (repeatable)")
	cmd.Flags().BoolVar(&o.allowOlder, "allow-older", false, "also take back newer deployed work that the history of this revision lacks")
	return cmd
}

func (o *carryFlags) check() (report.Format, error) {
	if o.parallelism < 1 || o.parallelism > 64 {
		return "", fmt.Errorf("--parallelism %d must be between 1 and 64", o.parallelism)
	}
	// Before a plan is made and shown.
	if _, err := o.limits(&config.Config{}); err != nil {
		return "", err
	}
	return parseFormat(o.format, report.ResultView)
}

func (a *app) apply(ctx context.Context, o *applyOptions) error {
	format, err := o.carryFlags.check()
	if err != nil {
		return err
	}
	return a.with(ctx, func(p place, t *target) error {
		s, err := a.session(ctx, p, t, o.memoryFlags)
		if err != nil {
			return err
		}
		plan, err := a.makePlan(ctx, p, s, t, o.planFlags, true)
		if err != nil {
			return err
		}
		if err := savePlan(plan, o.out); err != nil {
			return err
		}
		if o.delete {
			// --delete asks for deletes explicitly.
			o.allowDelete = true
		}
		return a.showAndCarryOut(ctx, &o.carryFlags, p, s, t, plan, format)
	})
}

// showAndCarryOut shows a plan, asks, and applies it.
func (a *app) showAndCarryOut(ctx context.Context, o *carryFlags, p place, s *deploy.Session, t *target, plan *sync.Plan, format report.Format) error {
	// With another format only the result goes to standard output, for programs.
	view, out := a.planView(report.Text), a.Out
	if format != report.Text {
		out = a.Err
		view.Color = a.color(a.ErrTerminal)
	}
	if !plan.Empty() && !o.autoApprove && !t.sandbox {
		// Never ask for approval without showing the plan.
		view.Quiet = false
	}
	view.HoldDeletes = o.holds(p.cfg)
	if err := report.Plan(out, plan, view); err != nil {
		return fmt.Errorf("show the plan: %w", err)
	}
	if err := a.refuse(plan, o, p.cfg); err != nil {
		return err
	}
	if err := a.checkReviewed(s, plan, o.reviewed); err != nil {
		return err
	}
	if !plan.Empty() {
		if err := a.approve(ctx, o, t, plan); err != nil {
			return err
		}
	}
	return a.carryOut(ctx, o, s, t, plan, p.cfg, format)
}

func (a *app) applyFile(ctx context.Context, o *applyOptions, name string) error {
	format, err := o.carryFlags.check()
	if err != nil {
		return err
	}
	text, err := a.savedText(ctx, name)
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	plan, err := sync.ReadPlan(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("read the plan %q: %w", name, err)
	}
	return a.with(ctx, func(p place, t *target) error {
		if plan.Tenant != t.tenant {
			return fmt.Errorf("the plan %q was made for %q, but this is %q; plan again, or use the other Panther instance", name, plan.Tenant, t.tenant)
		}
		if err := plan.CheckErrors(); err != nil {
			return err
		}
		s, err := a.session(ctx, p, t, o.memoryFlags)
		if err != nil {
			return err
		}
		if err := s.Reload(ctx, plan); err != nil {
			return err
		}
		for _, d := range s.Warnings() {
			a.note("%s", report.Clean(d.String()))
		}
		if err := a.refuse(plan, &o.carryFlags, p.cfg); err != nil {
			return err
		}
		if err := a.checkReviewed(s, plan, o.reviewed); err != nil {
			return err
		}
		return a.carryOut(ctx, &o.carryFlags, s, t, plan, p.cfg, format)
	})
}

// refuse stops a plan that must not be applied: one with errors or over a limit.
func (a *app) refuse(plan *sync.Plan, o *carryFlags, cfg *config.Config) error {
	if err := plan.CheckErrors(); err != nil {
		return err
	}
	older := sync.OlderOptions{Allow: o.allowOlder, HoldDeletes: o.holds(cfg), Strict: config.InCI(a.Getenv)}
	if err := plan.CheckOlder(older); err != nil {
		return err
	}
	limits, err := o.limits(cfg)
	if err != nil || o.force {
		return err
	}
	return limits.Exceeded(plan, o.holds(cfg))
}

// approve asks for approval, or refuses if there is no terminal.
func (a *app) approve(ctx context.Context, o *carryFlags, t *target, plan *sync.Plan) error {
	switch {
	case o.autoApprove || t.sandbox:
		return nil
	case a.results.closed:
		return errors.New("nothing was applied, because the plan was not read to its end; run pdac apply without a pipe")
	case !a.InTerminal:
		return errors.New("nothing was applied, because there is no terminal for the approval; review the plan and use --auto-approve, or apply a plan file")
	}
	yes, err := a.ask(ctx, fmt.Sprintf("Apply %s to %s? Only \"yes\" will be accepted: ", report.Count(len(plan.Changes), "change", "changes"), plan.Tenant))
	if err != nil {
		return err
	}
	if !yes {
		return errors.New("nothing was applied")
	}
	return nil
}

// ask asks a question on the terminal. Only the answer "yes" counts as yes.
func (a *app) ask(ctx context.Context, question string) (bool, error) {
	defer a.watch.wait()()
	fmt.Fprint(a.Err, question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.In).ReadString('\n')
		answer <- strings.TrimSpace(line)
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.Err)
		return false, ctx.Err()
	case line := <-answer:
		return line == "yes", nil
	}
}

func (a *app) carryOut(ctx context.Context, o *carryFlags, s *deploy.Session, t *target, plan *sync.Plan, cfg *config.Config, format report.Format) error {
	allow := map[string]bool{}
	for _, id := range o.allowed {
		allow[id] = true
	}
	opts := sync.ApplyOptions{Allow: allow, Parallelism: o.parallelism, SkipTests: o.skipTests, HoldDeletes: o.holds(cfg)}
	switch {
	case a.logFormat == "json":
		opts.Observer = &logged{log: a.logger()}
	case !a.quiet:
		opts.Observer = report.NewProgress(a.Err, report.ProgressOptions{Terminal: a.ErrTerminal, Color: a.color(a.ErrTerminal)})
	}
	result := s.Apply(ctx, t.client, plan, deploy.ApplyOptions{ApplyOptions: opts, UndoOnFailure: o.undoOnFailure})
	if err := report.Result(a.Out, result, report.ResultOptions{Format: format, Links: a.links(format), Color: a.color(a.OutTerminal), Verbose: a.verbose, Quiet: a.quiet}); err != nil {
		return fmt.Errorf("show the result: %w", err)
	}
	if !result.OK() || result.Record != nil && (result.Record.Problem != "" || result.Record.Raced) {
		return exitCode(exitError)
	}
	return a.incomplete(plan.Unreadable, plan.Diagnostics, "deployed")
}

// incomplete returns an error that names the kinds that can't be read although
// something of them is concerned. Everything else went on.
func (a *app) incomplete(u sync.Unreadable, ds []repo.Diagnostic, done string) error {
	var kinds []string
	for _, d := range u.Errors(ds) {
		kinds = append(kinds, d.Kind)
	}
	if len(kinds) == 0 {
		return nil
	}
	return fmt.Errorf("nothing of kind %s was %s, because Panther refuses to list it; pdac auth status shows what the token lacks", strings.Join(kinds, ", "), done)
}

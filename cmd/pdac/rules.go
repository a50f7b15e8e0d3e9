package main

import (
	"context"
	"errors"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint"
	"github.com/spf13/cobra"
)

func newRules(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "rules [RULE]",
		Short: "List the rules of pdac lint, or explain one",
		Long: `List the rules of pdac lint, or explain one of them: what it finds, why that
matters, a bad and a good example, and how to configure it. Select a rule by its
id or its name. The rules of the repository itself, from lint.house in pdac.yaml,
are listed too.`,
		Example: `  pdac rules
  pdac rules PD107
  pdac rules duplicate-id
  pdac rules --format json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return errors.New("too many arguments; use one rule, or none to list all rules")
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			if len(args) == 0 {
				rules, err := a.allRules()
				if err != nil {
					rules = lint.Rules()
				}
				for _, r := range rules {
					ids = append(ids, r.ID+"\t"+r.Name)
				}
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.rules(cmd.Context(), args, format) },
	}
	addFormat(cmd, &format, report.RulesView)
	return cmd
}

func (a *app) rules(ctx context.Context, args []string, format string) error {
	f, err := parseFormat(format, report.RulesView)
	if err != nil {
		return err
	}
	rules, err := a.allRules()
	if err != nil {
		return err
	}
	o := report.RulesOptions{Format: f, Color: a.color(a.OutTerminal)}
	if len(args) == 0 {
		return report.Rules(a.Out, rules, o)
	}
	r, err := lint.FindRuleIn(rules, args[0])
	if err != nil {
		return err
	}
	return report.Rule(ctx, a.Out, r, o)
}

// allRules returns pdac's own rules and those of the repository.
func (a *app) allRules() ([]lint.Rule, error) {
	p, err := a.place()
	if err != nil {
		return nil, err
	}
	return lint.RulesWith(p.cfg.Lint)
}

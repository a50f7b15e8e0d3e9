package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo/config"
)

// nearLogType is the rule about log types that Panther may lack.
const nearLogType = "PD215"

// addLogTypes reads the log types that Panther has, for lint.
func (a *app) addLogTypes(ctx context.Context, p place, o *lint.Options) error {
	t, err := a.open(ctx, p)
	if err != nil {
		return fmt.Errorf("--live: %w", err)
	}
	names, err := t.client.LogTypes(ctx)
	if err := errors.Join(err, t.close()); err != nil {
		return fmt.Errorf("--live: %w", err)
	}
	list := make([]any, len(names))
	for i, n := range names {
		list[i] = n
	}
	deployed := config.RuleOption{Name: config.Word{Text: "deployed"}, Value: list}
	options := slices.Clone(o.Config.Options)
	i := slices.IndexFunc(options, func(r config.RuleOptions) bool { return r.Rule.Text == nearLogType })
	if i < 0 {
		options = append(options, config.RuleOptions{Rule: config.Word{Text: nearLogType}, Values: []config.RuleOption{deployed}})
	} else {
		values := slices.DeleteFunc(slices.Clone(options[i].Values), func(v config.RuleOption) bool { return v.Name.Text == deployed.Name.Text })
		options[i].Values = append(values, deployed)
	}
	o.Config.Options = options
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/spf13/cobra"
)

// addOwners adds --owner to a command.
func addOwners(cmd *cobra.Command, into *[]string, usage string) {
	cmd.Flags().StringArrayVar(into, "owner", nil, usage)
}

// checkOwners refuses values that name nobody.
func checkOwners(names []string) error {
	for _, n := range names {
		switch {
		case strings.TrimSpace(n) == "":
			return errors.New("--owner is empty; set a value or omit the flag (a pipeline variable may be unset)")
		case strings.ContainsAny(n, " ,"):
			return fmt.Errorf("--owner %q names several owners; repeat the flag for each", n)
		case !strings.Contains(n, "@"):
			return fmt.Errorf("--owner %q is not written as in CODEOWNERS; write a user as @name, a team as @org/team, or an address", n)
		}
	}
	return nil
}

// ownFindings adds the owners of their files to findings, and limits them to those of
// --owner.
func (a *app) ownFindings(ctx context.Context, p place, o *lintOptions, in lint.Input, res *lint.Result) error {
	if len(res.Findings) == 0 && len(o.owners) == 0 {
		return nil
	}
	owners, err := repo.ReadOwners(ctx, p.root, in.Tree, opener(o.ref, o.staged))
	if err == nil {
		err = owners.Check("--owner", o.owners)
	}
	if err != nil {
		return err
	}
	res.Own(owners, o.owners)
	res.Notes = append(res.Notes, owners.Diagnostics()...)
	return nil
}

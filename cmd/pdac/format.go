package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/spf13/cobra"
)

func addFormat(cmd *cobra.Command, into *string, legal ...string) {
	cmd.Flags().StringVar(into, "format", legal[0], "how it is shown: "+strings.Join(legal, ", "))
	// Registering fails only for a flag that doesn't exist.
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(legal, cobra.ShellCompDirectiveNoFileComp))
}

func parseFormat(s string, legal ...string) (report.Format, error) {
	if !slices.Contains(legal, s) {
		return "", fmt.Errorf("unknown --format %q; use %s", s, strings.Join(legal, ", "))
	}
	return report.Format(s), nil
}

package main

import (
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/spf13/cobra"
)

// addFormat adds --format for the formats of some views.
func addFormat(cmd *cobra.Command, into *string, views ...report.View) {
	legal := report.Formats(views...)
	cmd.Flags().StringVar(into, "format", string(legal[0]), "output format: "+report.FormatNames(legal))
	names := make([]string, len(legal))
	for i, f := range legal {
		names[i] = string(f)
	}
	// Registering fails only for a flag that doesn't exist.
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

// parseFormat reads the value of --format.
func parseFormat(s string, views ...report.View) (report.Format, error) {
	legal := report.Formats(views...)
	if !slices.Contains(legal, report.Format(s)) {
		return "", fmt.Errorf("unknown --format %q; use %s", s, report.FormatNames(legal))
	}
	return report.Format(s), nil
}

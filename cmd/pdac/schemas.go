package main

import (
	"fmt"
	"path/filepath"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/spf13/cobra"
)

func newSchemas(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "schemas",
		Short:   "Export JSON Schemas for editors",
		Example: "  pdac schemas export .vscode/pdac",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSchemasExport(a))
	return cmd
}

func newSchemasExport(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write the JSON Schemas to a folder",
		Long: `Write the JSON Schemas (draft-07) to a folder: one for each kind of spec,
spec.schema.json for all kinds together, and the schemas of pdac.yaml and of
plans. Editors use them to explain and complete keys, and to mark errors.

Files that an earlier version of pdac wrote are replaced. If a file with the same
name was not written by pdac, nothing is written without --force.`,
		Example: `  pdac schemas export .vscode/pdac
  # then, as the first line of a spec (a path relative to the spec, or absolute):
  # yaml-language-server: $schema=../.vscode/pdac/spec.schema.json`,
		Args: needs("folder", "pdac schemas export .vscode/pdac"),
		RunE: func(_ *cobra.Command, args []string) error { return a.exportSchemas(args[0], force) },
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace files that pdac did not write")
	return cmd
}

func (a *app) exportSchemas(dir string, force bool) error {
	done, err := schemas.Export(dir, force)
	if !a.quiet {
		for _, name := range done.Written {
			if _, err := fmt.Fprintln(a.Out, report.Clean(filepath.Join(dir, name))); err != nil {
				return err
			}
		}
	}
	if err != nil {
		return err
	}
	if len(done.Written) == 0 {
		a.note("All %d schemas in %s are up to date.", len(done.Unchanged), report.Clean(dir))
	}
	return nil
}

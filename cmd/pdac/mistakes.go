package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var together = lazyregexp.New(`^if any flags in the group \[[^\]]*\] are set none of the others can be; \[(\S+) (\S+)[^\]]*\] were all set$`)

// plainFlags rewrites cobra's message about mutually exclusive flags.
func plainFlags(text string) string {
	return together.ReplaceAllString(text, "--$1 and --$2 can't be used together")
}

// otherFlags are flags of Panther's own tool, panther_analysis_tool (source: its
// README), and what does the same in pdac.
var otherFlags = map[string]string{
	"path":               "name files or folders as arguments, or the repository with -C",
	"api-host":           "use --host",
	"api-token":          "set PANTHER_API_TOKEN, or use --token-file",
	"filter":             "use --only KIND/GLOB, or --filter of plan, apply, drift, lint, test and list",
	"ignore-files":       "list the files in content.exclude of pdac.yaml",
	"ignore-table-names": "use pdac lint --ignore PD510",
	"valid-table-names":  "list the tables in lint.sql.tables of pdac.yaml",
	"no-confirm":         "use --auto-approve",
}

// otherCommands are commands of Panther's own tool, and what does the same in pdac.
var otherCommands = map[string]string{
	"validate":              "pdac lint checks specs without Panther, and pdac plan shows what would change there",
	"upload":                "use pdac apply, which shows a plan first",
	"zip":                   "pdac apply sends the content itself, so there is no zip file to make",
	"delete":                "remove the files, and run pdac apply --allow-delete",
	"check-connection":      "use pdac auth status",
	"check-packs":           "use pdac lint --select PD206,PD207,PD208",
	"test-lookup-table":     "use pdac lint PATH",
	"clone":                 "use pdac import DIR to create a repository from what is live",
	"fetch":                 "use pdac pull to write edits made in the console to the files",
	"update-custom-schemas": noSuch,
	"benchmark":             noSuch,
	"enrich-test-data":      noSuch,
	"release":               noSuch,
	"publish":               noSuch,
	"explore":               noSuch,
	"install":               noSuch,
	"update":                noSuch,
	"merge":                 noSuch,
	"migrate":               noSuch,
	"enable":                noSuch,
}

const noSuch = "pdac has nothing that does the same; keep panther_analysis_tool for it"

// flagError explains a flag that can't be read: the flag that was probably meant,
// or the help.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("%w; see %s --help for the flags", err, c.CommandPath())
	}
	name := unknown.GetSpecifiedName()
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	meant := ""
	const few = 5
	if others := commandsWith(c.Root(), name); otherFlags[name] == "" && len(others) > 0 && len(others) <= few {
		return fmt.Errorf("%w; it is a flag of %s; see %s --help for the flags", err, strings.Join(others, ", "), c.CommandPath())
	}
	if nearest, ok := suggest.Nearest(name, names); ok {
		return fmt.Errorf("%w; did you mean --%s?", err, nearest)
	}
	if otherFlags[name] != "" {
		meant = "; " + otherFlags[name]
	}
	return fmt.Errorf("%w%s; see %s --help for the flags", err, meant, c.CommandPath())
}

var (
	strayArg = lazyregexp.New(`^unknown command "(.*)" for "pdac(?: .*)?"$`)
	argCount = lazyregexp.New(`^accepts (at most )?1 arg\(s\), received (\d+)$`)
)

// plainArgs rewrites cobra's messages about arguments. Cobra takes an argument of
// a command that has none for the name of a command.
func plainArgs(cmd *cobra.Command, text string) string {
	if m := argCount.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("%s takes %sone argument, but got %s; usage: %s", cmd.CommandPath(), m[1], m[2], cmd.UseLine())
	}
	m := strayArg.FindStringSubmatch(text)
	switch {
	case m == nil:
		return text
	case cmd.HasSubCommands():
		var names []string
		for _, c := range cmd.Commands() {
			names = append(names, c.Name())
		}
		if other := otherCommands[m[1]]; other != "" && !cmd.HasParent() {
			return text + "; " + other
		}
		return text + suggest.DidYouMean(m[1], names)
	}
	text = fmt.Sprintf("%s takes no arguments, but got \"%s\"", cmd.CommandPath(), m[1])
	if info, err := os.Stat(m[1]); err == nil && info.IsDir() {
		text += "; choose the repository's folder with -C"
	}
	return text
}

// needs is the check of a command that takes exactly one argument.
func needs(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s needs a %s; use for example: %s", cmd.CommandPath(), what, example)
		}
		return cobra.ExactArgs(1)(cmd, args)
	}
}

// nameFlag says which flag has a revision that can't be found.
func nameFlag(cmd *cobra.Command, err error) error {
	var revision *git.RevisionError
	if !errors.As(err, &revision) {
		return err
	}
	for _, name := range changedFlags(cmd, "ref", "base", "changed-since") {
		if cmd.Flags().Lookup(name).Value.String() == revision.Rev && !strings.Contains(err.Error(), "--"+name) {
			return fmt.Errorf("--%s: %w", name, err)
		}
	}
	return err
}

// commandsWith returns the commands below one that have a flag of their own.
func commandsWith(c *cobra.Command, flag string) []string {
	var out []string
	for _, sub := range c.Commands() {
		if f := sub.LocalNonPersistentFlags().Lookup(flag); f != nil && !f.Hidden && !sub.Hidden {
			out = append(out, sub.CommandPath())
		}
		out = append(out, commandsWith(sub, flag)...)
	}
	return out
}

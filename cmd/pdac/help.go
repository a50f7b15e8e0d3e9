package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is the width that help is wrapped to, whatever the terminal has.
const helpWidth = 80

// commandGroups lists the sections of "pdac --help" in their order, and the
// commands of each.
var commandGroups = []struct {
	id, title string
	commands  []string
}{
	{"content", "Work on content", []string{"new", "lint", "test", "debug", "rules", "tuning", "fmt", "pull"}},
	{"deploy", "Deploy", []string{"plan", "comment", "apply", "rollback"}},
	{"look", "Look", []string{"list", "get", "diff", "drift", "history", "show", "coverage"}},
	{"setup", "Set up", []string{"init", "auth", "import", "sandbox", "schemas", "completion", "version"}},
}

// groupOf returns the id of the group that lists a command.
func groupOf(command string) string {
	for _, g := range commandGroups {
		if slices.Contains(g.commands, command) {
			return g.id
		}
	}
	return ""
}

// groupCommands puts the commands below root into their groups.
func groupCommands(root *cobra.Command) {
	for _, g := range commandGroups {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
	}
	for _, c := range root.Commands() {
		c.GroupID = groupOf(c.Name())
	}
}

// refuseUnknownTopics makes an error of "pdac help" for a command that does not
// exist; cobra prints the root's help and ends with 0.
func refuseUnknownTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() != "help" {
			continue
		}
		c.Example = "  pdac help plan"
		c.Run = nil
		c.RunE = func(_ *cobra.Command, args []string) error {
			topic, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return fmt.Errorf("unknown command %q; pdac --help lists the commands", strings.Join(args, " "))
			}
			return topic.Help()
		}
	}
}

// A flagGroup is a section of the flags in the help of a command.
type flagGroup struct {
	title string
	flags []string
}

// flagGroups lists the sections of flags in their order. A flag of one command
// can be listed as "command flag" where its name means something else there.
var flagGroups = []flagGroup{
	{"Server", []string{"addr", "db", "token"}},
	{"Panther and repository", []string{"dir", "host", "token-file", "sandbox", "sandbox-db"}},
	{"Content", []string{"ref", "compare", "staged", "changed-since", "live", "only", "except", "filter", "where", "run", "last-failed", "owner", "with-dependencies", "without-dependencies", "stdin-filename", "log-type", "enabled-only"}},
	{"New spec", []string{"new log-type", "resource-type", "query", "rule", "severity", "name", "every", "template", "built-in"}},
	{"Set-up", []string{"ci", "main-branch", "init baseline", "remove-pat"}},
	{"Pull request", []string{"issue", "repo", "pull-request", "label", "result"}},
	{"Rules", []string{"select", "ignore", "baseline", "write-baseline"}},
	{"Fixes", []string{"fix", "lint diff", "add-ignore"}},
	{"Decisions", []string{"on-drift", "on-conflict", "unmanaged-fields", "delete", "allow-empty", "no-lint", "tests", "allow", "adopt", "take-conflicts", "update-packs"}},
	{"Limits", []string{"allow-delete", "max-deletes", "max-changes", "reviewed", "allow-older", "apply force", "rollback force"}},
	{"Deployment record", []string{"base", "no-record"}},
	{"Run", []string{"branch", "push", "watch", "fail-fast", "auto-approve", "parallelism", "skip-tests", "rollback-on-failure", "dry-run", "yes", "force", "no-cache", "timeout"}},
	{"Python", []string{"python"}},
	{"Tests of the tests", []string{"mutate", "min-score", "coverage", "min-coverage"}},
	{"Behaviour", []string{"against", "corpus", "outputs"}},
	{"Strictness", []string{"minimum-tests", "allow-not-run", "strict"}},
	{"Panther", []string{"alert", "serve log-type", "run-tests", "era", "lossy"}},
	{"Faults", []string{"fault", "latency", "deny"}},
	{"Output", []string{"impact", "behaviour", "out", "format", "output", "statistics", "show-files", "show-settings", "durations", "slow", "fail-on", "detailed-exitcode", "no-color", "quiet", "verbose", "debug", "log-format"}},
}

// fewFlags is how many flags are listed without sections.
const fewFlags = 4

// valueNames names the values of flags in help.
var valueNames = map[string]string{
	"dir": "DIR", "host": "HOST", "token-file": "FILE", "sandbox-db": "FILE", "log-format": "FORMAT",
	"ref": "REV", "base": "REV", "changed-since": "REV", "only": "KIND/GLOB", "owner": "OWNER", "log-type": "GLOB", "serve log-type": "NAME",
	"stdin-filename": "PATH", "add-ignore": "REASON", "show-settings": "FILE", "compare": "REV",
	"select": "RULES", "ignore": "RULES", "baseline": "FILE",
	"allow": "GUARD", "on-drift": "POLICY", "on-conflict": "POLICY", "tests": "require|off", "unmanaged-fields": "FIELDS",
	"max-deletes": "LIMIT", "max-changes": "LIMIT", "parallelism": "N", "limit": "N",
	"out": "FILE", "format": "FORMAT", "output": "FILE", "lint output": "FORMAT=FILE", "test output": "FORMAT=FILE", "lint fail-on": "SEVERITY", "drift fail-on": "DRIFT",
	"wait-for": "DURATION", "timeout": "DURATION", "to-file": "FILE", "addr": "ADDRESS", "db": "FILE", "token": "TOKEN",
	"repo": "OWNER/NAME", "pull-request": "N", "label": "KIND", "result": "FILE", "reviewed": "PLAN", "branch": "BRANCH",
	"python": "PROGRAM", "against": "REV", "corpus": "DIR", "run": "NAME-GLOB", "filter": "KEY=VALUES", "where": "FIELD=VALUES", "except": "KIND/GLOB", "minimum-tests": "N", "min-score": "PERCENT", "min-coverage": "PERCENT", "durations": "N", "slow": "DURATION",
	"ci": "FORGE", "new log-type": "TYPE", "resource-type": "TYPE", "query": "NAME", "rule": "ID", "severity": "SEVERITY", "name": "NAME", "every": "MINUTES", "template": "FILE", "main-branch": "BRANCH", "alert": "ID=N", "fault": "FAULT", "latency": "DURATION", "deny": "PERMISSION", "era": "YEAR",
}

// flagKey returns the key that a table lists a flag of a command under:
// "command flag", or the flag's own name, or "" where it does not.
func flagKey(cmd *cobra.Command, f *pflag.Flag, listed func(string) bool) string {
	for _, key := range []string{cmd.Name() + " " + f.Name, f.Name} {
		if listed(key) {
			return key
		}
	}
	return ""
}

// flagSection is a titled list of flags.
type flagSection struct {
	title string
	flags []*pflag.Flag
}

// flagSections sorts a command's own visible flags into sections. --help is in
// none of them: the root's help mentions it once.
func flagSections(cmd *cobra.Command) []flagSection {
	byKey := map[string]*pflag.Flag{}
	var all, rest []*pflag.Flag
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		all = append(all, f)
		key := flagKey(cmd, f, func(key string) bool {
			return slices.ContainsFunc(flagGroups, func(g flagGroup) bool { return slices.Contains(g.flags, key) })
		})
		if key == "" {
			rest = append(rest, f)
		}
		byKey[key] = f
	})
	if len(all) > 0 && len(all) <= fewFlags {
		return []flagSection{{"Flags", all}}
	}
	var out []flagSection
	for _, g := range flagGroups {
		s := flagSection{title: g.title}
		for _, key := range g.flags {
			if f := byKey[key]; f != nil {
				s.flags = append(s.flags, f)
			}
		}
		if len(s.flags) > 0 {
			out = append(out, s)
		}
	}
	if len(rest) > 0 {
		out = append(out, flagSection{"Other flags", rest})
	}
	return out
}

// flagName writes a flag with the name of its value: "-C, --dir DIR".
func flagName(cmd *cobra.Command, f *pflag.Flag) string {
	out := "    --" + f.Name
	if f.Shorthand != "" {
		out = "-" + f.Shorthand + ", --" + f.Name
	}
	if f.Value.Type() == "bool" {
		return out
	}
	key := flagKey(cmd, f, func(key string) bool { return valueNames[key] != "" })
	if key == "" {
		return out + " VALUE"
	}
	return out + " " + valueNames[key]
}

// flagText is the description of a flag, with its default.
func flagText(f *pflag.Flag) string {
	if slices.Contains([]string{"", "0", "0s", "false", "[]"}, f.DefValue) || strings.Contains(f.Usage, "(default") {
		return f.Usage
	}
	return fmt.Sprintf("%s (default %s)", f.Usage, f.DefValue)
}

// showHelp writes the whole help of a command.
func showHelp(w io.Writer, cmd *cobra.Command) {
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintln(w, strings.TrimSpace(text))
	fmt.Fprintln(w)
	showUsage(w, cmd)
}

// showUsage writes how a command is called: its line, subcommands, flags and
// examples.
func showUsage(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintf(w, "Usage: %s\n", useLine(cmd))
	showTables(w, commandTables(cmd))
	showTables(w, flagTables(cmd))
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	if cmd.HasParent() {
		fmt.Fprintln(w, "\nGlobal flags such as -C, --host and --sandbox: see pdac --help.")
	} else {
		fmt.Fprintln(w, "\nThe help of a command and its flags: pdac COMMAND --help (or -h).")
	}
}

// useLine is the line that calls a command.
func useLine(cmd *cobra.Command) string {
	switch {
	case cmd.HasAvailableSubCommands():
		return cmd.CommandPath() + " COMMAND [flags]"
	case len(flagSections(cmd)) == 0:
		return strings.TrimSuffix(cmd.UseLine(), " [flags]")
	}
	return cmd.UseLine()
}

// A table is a titled list of names with their texts.
type table struct {
	title string
	rows  [][2]string
}

// commandTables lists the subcommands, by group if they have groups.
func commandTables(cmd *cobra.Command) []table {
	var out []table
	for _, g := range append(slices.Clone(cmd.Groups()), &cobra.Group{Title: "Commands"}) {
		t := table{title: g.Title}
		for _, c := range inGroup(cmd, g.ID) {
			t.rows = append(t.rows, [2]string{c.Name(), c.Short})
		}
		if len(t.rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// flagTables lists a command's own flags by section.
func flagTables(cmd *cobra.Command) []table {
	var out []table
	for _, s := range flagSections(cmd) {
		t := table{title: s.title}
		if !cmd.HasParent() {
			t.title = "Global flags: " + s.title
		}
		for _, f := range s.flags {
			t.rows = append(t.rows, [2]string{flagName(cmd, f), flagText(f)})
		}
		out = append(out, t)
	}
	return out
}

// inGroup lists the visible subcommands of a group in the order of the group,
// and those without a group by name.
func inGroup(cmd *cobra.Command, group string) []*cobra.Command {
	var out []*cobra.Command
	for _, c := range cmd.Commands() {
		if c.GroupID == group && c.IsAvailableCommand() && c.Name() != "help" {
			out = append(out, c)
		}
	}
	for _, g := range commandGroups {
		if g.id == group {
			slices.SortStableFunc(out, func(a, b *cobra.Command) int {
				return slices.Index(g.commands, a.Name()) - slices.Index(g.commands, b.Name())
			})
		}
	}
	return out
}

// showTables writes tables with one column of names for all, and the texts
// beside it wrapped to helpWidth. Names that are too long have a line of their own.
func showTables(w io.Writer, tables []table) {
	const widest = 26
	column := 0
	for _, t := range tables {
		for _, r := range t.rows {
			if n := len(r[0]); n <= widest {
				column = max(column, n)
			}
		}
	}
	for _, t := range tables {
		fmt.Fprintf(w, "\n%s\n", t.title)
		for _, r := range t.rows {
			lines := wrap(r[1], helpWidth-column-4)
			if len(r[0]) > column {
				fmt.Fprintf(w, "  %s\n", r[0])
			} else {
				fmt.Fprintf(w, "  %-*s  %s\n", column, r[0], lines[0])
				lines = lines[1:]
			}
			for _, l := range lines {
				fmt.Fprintf(w, "  %-*s  %s\n", column, "", l)
			}
		}
	}
}

// wrap breaks a text into lines of at most width columns.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/spf13/cobra"
)

// TestGeneratedDocs compares the generated pages of docs/ with what generates
// them; -update writes them. docs/rules.md is checked in cmd/pdac/report.
func TestGeneratedDocs(t *testing.T) {
	commands := commandsPage(newRoot(&app{Process: process(nil, nil)}))
	configuration, err := configurationPage(schemas.Config())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"commands.md": commands, "configuration.md": configuration} {
		t.Run(name, func(t *testing.T) { checkDoc(t, name, want) })
	}
}

// checkDoc compares a generated file of docs/ with its content.
func checkDoc(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name)
	if *updateScripts {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("docs/%s is stale; renew it with \"make docs\" (-page +generated):\n%s", name, diff)
	}
}

// commandsPage writes the reference of all commands as Markdown.
func commandsPage(root *cobra.Command) string {
	var b bytes.Buffer
	b.WriteString("<!-- Generated from the commands by \"make docs\"; changes made here are lost. -->\n\n# Commands\n\n")
	b.WriteString("`pdac COMMAND --help` prints the same in the terminal. Exit codes are listed in [ci.md](ci.md#exit-codes).\n")
	b.WriteString("\n## Global flags\n")
	flagsMarkdown(&b, root)
	for _, g := range root.Groups() {
		b.WriteString("\n## " + g.Title + "\n")
		for _, c := range inGroup(root, g.ID) {
			commandMarkdown(&b, c)
		}
	}
	return b.String()
}

func commandMarkdown(b *bytes.Buffer, c *cobra.Command) {
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	b.WriteString("\n### " + c.CommandPath() + "\n\n" + escapeMarkdown(strings.TrimSpace(text)) + "\n\n```\n" + useLine(c) + "\n")
	if c.Example != "" {
		b.WriteString("\n" + strings.TrimRight(c.Example, "\n") + "\n")
	}
	b.WriteString("```\n")
	if c.Name() == "completion" {
		// What cobra says about each shell is left to --help.
		b.WriteString("\nShells: ")
		for i, shell := range inGroup(c, "") {
			b.WriteString([]string{"", ", "}[min(i, 1)] + "`" + shell.Name() + "`")
		}
		b.WriteString(".\n")
		return
	}
	flagsMarkdown(b, c)
	for _, sub := range inGroup(c, "") {
		commandMarkdown(b, sub)
	}
}

func flagsMarkdown(b *bytes.Buffer, c *cobra.Command) {
	for _, s := range flagSections(c) {
		b.WriteString("\n| " + s.title + " | |\n|---|---|\n")
		for _, f := range s.flags {
			b.WriteString("| `" + strings.TrimSpace(flagName(c, f)) + "` | " + escapeMarkdown(flagText(f)) + " |\n")
		}
	}
}

// escapeMarkdown keeps a plain text from being read as Markdown.
func escapeMarkdown(s string) string {
	return strings.NewReplacer("*", `\*`, "<", `\<`, "|", `\|`, "_", `\_`, "`", "\\`").Replace(s)
}

// TestHelp checks what holds for the help of every command.
func TestHelp(t *testing.T) {
	var check func(*cobra.Command)
	check = func(c *cobra.Command) {
		// What cobra says about its own commands is wider.
		ours := c.Name() != "completion" && (c.Parent() == nil || c.Parent().Name() != "completion")
		for _, tables := range [][]table{commandTables(c), flagTables(c)} {
			var b bytes.Buffer
			showTables(&b, tables)
			for line := range strings.Lines(b.String()) {
				if n := len([]rune(strings.TrimRight(line, "\n"))); n > helpWidth {
					t.Errorf("%s: a line of %d columns: %s", c.CommandPath(), n, line)
				}
			}
			for _, table := range tables {
				if table.title == "Other flags" {
					t.Errorf("%s: these flags are in no group of flagGroups: %v", c.CommandPath(), table.rows)
				}
				for _, row := range table.rows {
					if strings.HasSuffix(row[0], " VALUE") {
						t.Errorf("%s: valueNames does not name the value of %s", c.CommandPath(), row[0])
					}
				}
			}
		}
		if ours && c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		if c.HasParent() && !c.Parent().HasParent() && c.Name() != "help" && !c.Hidden && c.GroupID == "" {
			t.Errorf("%s is in no group of commandGroups", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check(newRoot(&app{Process: process(nil, nil)}))
}

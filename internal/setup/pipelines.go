package setup

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/docs/workflows"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"gopkg.in/yaml.v3"
)

// pipelines writes the workflows of the forge.
func (b *builder) pipelines() error {
	switch b.Forge {
	case GitHub:
		return b.github()
	case GitLab:
		return b.gitlab()
	}
	return nil
}

// ours is in every workflow that pdac writes, and in those that call it.
var ours = []string{"See docs/ci.md of pdac", "pdac-dev/pdac@", "pdac-dev/pdac/cmd/pdac@"}

func isOurs(text []byte) bool {
	return slices.ContainsFunc(ours, func(mark string) bool { return bytes.Contains(text, []byte(mark)) })
}

func (b *builder) github() error {
	for _, w := range []struct{ name, other, text, what string }{
		{"panther.yml", "pdac.yml", b.onGitHub(workflows.GitHub), "lint, test and plan pull requests, apply merges"},
		{"drift.yml", "pdac-drift.yml", b.onGitHub(workflows.GitHubDrift), "an issue and a pull request about edits in Panther, every night"},
	} {
		if err := b.pipeline([]string{".github/workflows/" + w.name, ".github/workflows/" + w.other}, w.text, w.what); err != nil {
			return err
		}
	}
	return nil
}

// pipeline writes a file under the first name that no other file has. One of pdac's own,
// which somebody may have edited, is kept.
func (b *builder) pipeline(names []string, text, what string) error {
	free := ""
	for _, name := range names {
		before, err := b.read(name)
		switch {
		case err != nil:
			return err
		case before == nil:
			if free == "" {
				free = name
			}
		case string(before) == text:
			return nil
		case isOurs(before):
			b.keep(name, "it runs pdac already, and is not the same as this version of pdac would write")
			return nil
		}
	}
	if free == "" {
		b.keep(names[len(names)-1], "other files have the names %s; rename one, and run pdac init again", strings.Join(names, " and "))
		return nil
	}
	b.write(free, nil, []byte(text), what)
	return nil
}

// onGitHub makes a workflow of the repository out of a documented one.
func (b *builder) onGitHub(text string) string {
	text = b.pinned(text)
	if b.Branch != "" && b.Branch != workflows.Branch {
		text = strings.ReplaceAll(text, "branches: ["+workflows.Branch+"]", "branches: ["+yamlWord(b.Branch)+"]")
		text = strings.ReplaceAll(text, "only main may use it", "only "+b.Branch+" may use it")
		text = strings.ReplaceAll(text, "was reviewed on main.", "was reviewed on "+b.Branch+".")
	}
	text = b.testArgs(text, "          command: test\n", "          command: test\n          args: %s\n")
	if b.Folder == "." {
		return text
	}
	paths := "    paths: [" + yamlWord(b.Folder+"/**") + "]\n"
	text = strings.Replace(text, "  pull_request:\n", "  pull_request:\n"+paths, 1)
	text = strings.Replace(text, "]\npermissions: {}", "]\n"+paths+"permissions: {}", 1)
	text = strings.ReplaceAll(text, "        with:\n          command:", "        with:\n          working-directory: "+yamlWord(b.Folder)+"\n          command:")
	up := b.relative()
	text = strings.ReplaceAll(text, "args=deploy/plan.json", "args="+up+"deploy/plan.json")
	return strings.ReplaceAll(text, "--reviewed deploy/", "--reviewed "+up+"deploy/")
}

// pinned sets the commit of pdac.
func (b *builder) pinned(text string) string {
	if b.Commit == "" {
		return text
	}
	return strings.ReplaceAll(text, workflows.Commit, b.Commit)
}

// testArgs sets the arguments of the unit tests that the settings of PAT ask for.
func (b *builder) testArgs(text, old, format string) string {
	args := b.PAT.Settings.TestArgs
	if len(args) == 0 {
		return text
	}
	return strings.Replace(text, old, fmt.Sprintf(format, strings.Join(args, " ")), 1)
}

const (
	gitlabFile    = ".gitlab-ci.yml"
	gitlabInclude = ".gitlab/pdac.yml"
)

func (b *builder) gitlab() error {
	before, err := b.read(gitlabFile)
	if err != nil {
		return err
	}
	doc, err := yamledit.Parse(before)
	if err != nil {
		return fmt.Errorf("%s: %w", gitlabFile, err)
	}
	text := b.pinned(workflows.GitLab)
	if stages := doc.Node(yamledit.Path{"stages"}); stages != nil && stages.Kind == yaml.SequenceNode && len(stages.Content) > 0 {
		// All jobs are in one stage, and wait for each other by "needs".
		text = strings.Replace(text, workflows.Stage, "  stage: "+yamlWord(stages.Content[len(stages.Content)-1].Value)+"\n", 1)
	}
	if b.Folder != "." {
		text = strings.Replace(text, workflows.Folder, "  PDAC_DIR: "+yamlWord(b.Folder)+"\n", 1)
		text = strings.ReplaceAll(text, "    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"\n", "    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"\n      changes: ["+yamlWord(b.Folder+"/**/*")+"]\n")
	}
	text = b.testArgs(text, "    - pdac test --output", "    - pdac test %s --output")
	if err := b.pipeline([]string{gitlabInclude}, text, "lint, test and plan merge requests, apply merges, report drift"); err != nil {
		return err
	}
	if err := include(doc); err != nil {
		return fmt.Errorf("%s: %w; add \"include: [{local: %s}]\" by hand", gitlabFile, err, gitlabInclude)
	}
	b.write(gitlabFile, before, doc.Bytes(), "includes "+gitlabInclude)
	return nil
}

// include adds the file of pdac to the includes of a pipeline.
func include(doc *yamledit.Doc) error {
	p := yamledit.Path{"include"}
	entry := yamledit.Map{{Key: "local", Value: gitlabInclude}}
	old := doc.Node(p)
	if old == nil {
		return doc.Set(p, []any{entry})
	}
	var has func(n *yaml.Node) bool
	has = func(n *yaml.Node) bool {
		return n.Kind == yaml.ScalarNode && strings.TrimPrefix(n.Value, "/") == gitlabInclude || slices.ContainsFunc(n.Content, has)
	}
	switch {
	case has(old):
		return nil
	case old.Kind == yaml.SequenceNode:
		return appendTo(doc, p, entry)
	case old.Kind == yaml.ScalarNode && old.Value != "":
		return doc.Set(p, []any{yamledit.Map{{Key: "local", Value: old.Value}}, entry})
	}
	return fmt.Errorf("\"include\" on line %d is neither a list nor a file", old.Line)
}

// yamlWord writes a word for YAML, in quotes if it needs them.
func yamlWord(s string) string {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-./", r) {
			return "'" + strings.ReplaceAll(s, "'", "''") + "'"
		}
	}
	if s == "" || strings.ContainsRune("-.0123456789", rune(s[0])) {
		return "'" + s + "'"
	}
	return s
}

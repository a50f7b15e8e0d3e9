package setup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/docs/workflows"
	"github.com/pdac-dev/pdac/internal/pat"
	"gopkg.in/yaml.v3"
)

// folder makes a folder with files.
func folder(t *testing.T, pairs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		name := filepath.Join(dir, filepath.FromSlash(pairs[i]))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(pairs[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// made builds a plan, writes it, and builds it again, which must find nothing to do.
func made(t *testing.T, dir string, o Options) Plan {
	t.Helper()
	if o.Folder == "" {
		o.Folder = "."
	}
	p, err := Build(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(dir, p.Changes); err != nil {
		t.Fatal(err)
	}
	again, err := Build(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Changes) > 0 {
		t.Errorf("a second run would change %q", Paths(again.Changes))
	}
	return p
}

func text(t *testing.T, dir, name string) string {
	t.Helper()
	out, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestDocumentedWorkflows checks that a repository whose branch is main gets exactly the
// files that docs/ci.md shows.
func TestDocumentedWorkflows(t *testing.T) {
	dir := folder(t)
	made(t, dir, Options{Forge: GitHub, Branch: "main"})
	for name, want := range map[string]string{"panther.yml": workflows.GitHub, "drift.yml": workflows.GitHubDrift} {
		if text(t, dir, ".github/workflows/"+name) != want {
			t.Errorf("%s is not the documented workflow", name)
		}
	}
	dir = folder(t)
	made(t, dir, Options{Forge: GitLab, Branch: "main"})
	if text(t, dir, ".gitlab/pdac.yml") != workflows.GitLab || text(t, dir, ".gitlab-ci.yml") != "include:\n  - local: .gitlab/pdac.yml\n" {
		t.Error("the pipeline is not the documented one")
	}
	for _, mark := range []string{workflows.Commit, workflows.Stage, workflows.Folder} {
		if !strings.Contains(workflows.GitLab, mark) {
			t.Errorf("the pipeline of GitLab lacks %q", mark)
		}
	}
}

// TestAFolderOfALargerRepository checks what differs there: each step of pdac runs in the
// folder, and finds the files of other steps.
func TestAFolderOfALargerRepository(t *testing.T) {
	dir := folder(t, "sec/det ections/rules/x", "")
	o := Options{Forge: GitHub, Branch: "release/1", Folder: "sec/det ections", Commit: strings.Repeat("ab", 20), PAT: pat.Found{Settings: pat.Settings{TestArgs: []string{"--minimum-tests", "2"}}}}
	p := made(t, dir, o)
	if want := []string{".github/workflows/drift.yml", ".github/workflows/panther.yml", ".pre-commit-config.yaml", "sec/det ections/.vscode/pdac/pdac.schema.json", "sec/det ections/.vscode/pdac/spec.schema.json", "sec/det ections/.vscode/settings.json", "sec/det ections/pdac.yaml"}; !slices.Equal(Paths(p.Changes), want) {
		t.Errorf("the files are %q", Paths(p.Changes))
	}
	got := text(t, dir, ".github/workflows/panther.yml")
	var w struct {
		On struct {
			PullRequest struct{ Paths []string }           `yaml:"pull_request"`
			Push        struct{ Branches, Paths []string } `yaml:"push"`
		} `yaml:"on"`
		Jobs map[string]struct {
			Steps []struct {
				Uses string
				With map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(got), &w); err != nil {
		t.Fatal(err)
	}
	paths := []string{"sec/det ections/**"}
	if !slices.Equal(w.On.PullRequest.Paths, paths) || !slices.Equal(w.On.Push.Paths, paths) || !slices.Equal(w.On.Push.Branches, []string{"release/1"}) {
		t.Errorf("it runs on %+v", w.On)
	}
	steps := 0
	for _, job := range w.Jobs {
		for _, s := range job.Steps {
			if strings.HasPrefix(s.Uses, "pdac-dev/pdac@") {
				steps++
				if s.With["working-directory"] != "sec/det ections" || s.Uses != "pdac-dev/pdac@"+o.Commit {
					t.Errorf("a step is %+v", s)
				}
				if s.With["command"] == "test" && s.With["args"] != "--minimum-tests 2" {
					t.Errorf("the tests run with %q", s.With["args"])
				}
			}
		}
	}
	if steps != 5 {
		t.Errorf("there are %d steps of pdac", steps)
	}
	for _, want := range []string{"args=../../deploy/plan.json\n", "--reviewed ../../deploy/reviewed.json\"\n", "mkdir deploy\n", "only release/1 may use it"} {
		if !strings.Contains(got, want) {
			t.Errorf("it has no %q", want)
		}
	}
	if got := text(t, dir, ".pre-commit-config.yaml"); !strings.Contains(got, "id: pdac-lint-staged\n") || !strings.Contains(got, "- sec/det ections\n") || !strings.Contains(got, "rev: "+o.Commit+"\n") {
		t.Errorf("the hooks are\n%s", got)
	}
	dir = folder(t)
	made(t, dir, Options{Forge: GitLab, Folder: "sec"})
	if got := text(t, dir, ".gitlab/pdac.yml"); !strings.Contains(got, "  PDAC_DIR: sec\n") || strings.Count(got, "      changes: ['sec/**/*']\n") != 3 {
		t.Errorf("the pipeline is\n%s", got)
	}
}

// TestFilesThatExist checks edits of files that exist: comments and style stay.
func TestFilesThatExist(t *testing.T) {
	o := Options{Forge: GitHub, Branch: "main", Host: "api.acme.runpanther.net", Baseline: []byte("{}\n"), PAT: pat.Found{Settings: pat.Settings{
		Host: "api.other.runpanther.net", Exclude: []string{"rules/old.yml"}, Only: []string{"rules/**"}, AnyTable: true, Tables: []string{"a.*"},
	}}}
	for _, c := range []struct{ name, before, after string }{
		{"pdac.yaml", "", "# Settings of pdac. Every key is explained in\n# https://github.com/pdac-dev/pdac/blob/main/docs/configuration.md\nversion: 1\napi:\n  host: api.acme.runpanther.net\ncontent:\n  only:\n    - rules/**\n  exclude:\n    - rules/old.yml\nlint:\n  ignore:\n    - PD510\n  sql:\n    tables:\n      - a.*\n  baseline: lint-baseline.json\n"},
		{"pdac.yaml", "version: 1\napi: {host: api.mine.runpanther.net} # ours\ncontent:\n    only: [x/**]\nlint:\n    ignore: [PD505]\n    baseline: known.json\n", "version: 1\napi: {host: api.mine.runpanther.net} # ours\ncontent:\n    only: [x/**]\n    exclude:\n        - rules/old.yml\nlint:\n    ignore: [PD505]\n    baseline: known.json\n    sql:\n        tables:\n            - a.*\n"},
		{"pdac.yaml", "version: 1\napi: {host: api.mine.runpanther.net}\ncontent: {include: [x/**]}\nlint: {ignore: [], sql: {tables: []}, baseline: known.json}\n", "version: 1\napi: {host: api.mine.runpanther.net}\ncontent: {include: [x/**], exclude: [rules/old.yml]}\nlint: {ignore: [], sql: {tables: []}, baseline: known.json}\n"},
		{".pre-commit-config.yaml", "# hooks\nrepos:\n- repo: local # ours\n  hooks: [{id: x}]\n", "# hooks\nrepos:\n- repo: local # ours\n  hooks: [{id: x}]\n- repo: https://github.com/pdac-dev/pdac\n  rev: main\n  hooks:\n  - id: pdac-lint\n"},
		{".pre-commit-config.yaml", "repos: []\n", "repos:\n  - repo: https://github.com/pdac-dev/pdac\n    rev: main\n    hooks:\n      - id: pdac-lint\n"},
		{".pre-commit-config.yaml", "repos:\n- repo: https://github.com/pdac-dev/pdac.git\n  rev: x\n  hooks: []\n", ""},
		{".pre-commit-config.yaml", "repos:\n- repo: local\n  hooks:\n  - {id: lint, entry: pdac lint --staged}\n", ""},
		{".vscode/settings.json", "{}", "{\n  \"yaml.schemas\": {\n    \".vscode/pdac/spec.schema.json\": [\"**/*.yml\", \"**/*.yaml\"],\n    \".vscode/pdac/pdac.schema.json\": \"pdac.yaml\"\n  }\n}"},
		{".vscode/settings.json", "{ \"a\": 1 }\n", "{ \"a\": 1,\n  \"yaml.schemas\": {\n    \".vscode/pdac/spec.schema.json\": [\"**/*.yml\", \"**/*.yaml\"],\n    \".vscode/pdac/pdac.schema.json\": \"pdac.yaml\"\n  }\n}\n"},
		{".vscode/settings.json", "{\n\t// ours, {not} \"this\"\n\t\"a\": [1, {\"b\": \"}\"},], /* , */\n\t\"yaml.schemas\": {\n\t\t\"x.json\": \"x.yml\" // last\n\t}, // more\n\t// end\n}\n", "{\n\t// ours, {not} \"this\"\n\t\"a\": [1, {\"b\": \"}\"},], /* , */\n\t\"yaml.schemas\": {\n\t\t\"x.json\": \"x.yml\", // last\n\t\t\".vscode/pdac/spec.schema.json\": [\"**/*.yml\", \"**/*.yaml\"],\n\t\t\".vscode/pdac/pdac.schema.json\": \"pdac.yaml\"\n\t}, // more\n\t// end\n}\n"},
		{".vscode/settings.json", "{\r\n  \"a\": true, // x, y\r\n}\r\n", "{\r\n  \"a\": true, // x, y\r\n  \"yaml.schemas\": {\r\n    \".vscode/pdac/spec.schema.json\": [\"**/*.yml\", \"**/*.yaml\"],\r\n    \".vscode/pdac/pdac.schema.json\": \"pdac.yaml\"\r\n  }\r\n}\r\n"},
		{".vscode/settings.json", "{\"yaml.schemas\": {\".vscode/pdac/spec.schema.json\": [], \".vscode/pdac/pdac.schema.json\": []}}", ""},
	} {
		var dir string
		if c.before == "" {
			dir = folder(t)
		} else {
			dir = folder(t, c.name, c.before)
		}
		made(t, dir, o)
		want := c.after
		if want == "" {
			want = c.before
		}
		if got := text(t, dir, c.name); got != want {
			t.Errorf("%s\n%s\nbecame\n%s\nwant\n%s", c.name, c.before, got, want)
		}
	}
}

// TestGitLabThatExists checks how pipelines include that of pdac.
func TestGitLabThatExists(t *testing.T) {
	for _, c := range []struct{ before, after, stage string }{
		{"stages: [build, deploy] # ours\nx: {script: [a]}\n", "stages: [build, deploy] # ours\nx: {script: [a]}\ninclude:\n  - local: .gitlab/pdac.yml\n", "deploy"},
		{"include: other.yml # ours\n", "include: # ours\n  - local: other.yml\n  - local: .gitlab/pdac.yml\n", "test"},
		{"include:\n- template: x # ours\n", "include:\n- template: x # ours\n- local: .gitlab/pdac.yml\n", "test"},
		{"include:\n- local: /.gitlab/pdac.yml\n", "include:\n- local: /.gitlab/pdac.yml\n", "test"},
	} {
		dir := folder(t, ".gitlab-ci.yml", c.before)
		made(t, dir, Options{Forge: GitLab})
		if got := text(t, dir, ".gitlab-ci.yml"); got != c.after {
			t.Errorf("%s\nbecame\n%s\nwant\n%s", c.before, got, c.after)
		}
		if got := text(t, dir, ".gitlab/pdac.yml"); !strings.Contains(got, "  stage: "+c.stage) {
			t.Errorf("the stage is not %s:\n%s", c.stage, got)
		}
	}
}

// TestKept checks files that are not changed, and what they are written as instead.
func TestKept(t *testing.T) {
	dir := folder(t, ".github/workflows/panther.yml", "name: ours\n", ".github/workflows/drift.yml", workflows.GitHubDrift+"# edited\n", ".vscode/settings.json", "[]", ".vscode/pdac/spec.schema.json", "{}")
	p := made(t, dir, Options{Forge: GitHub})
	if !slices.Contains(Paths(p.Changes), ".github/workflows/pdac.yml") || text(t, dir, ".github/workflows/panther.yml") != "name: ours\n" {
		t.Errorf("the changes are %q", Paths(p.Changes))
	}
	got := ""
	for _, k := range p.Kept {
		got += k.Path + ": " + k.Why + "\n"
	}
	if want := ".vscode/pdac/spec.schema.json: pdac did not write it\n.vscode/settings.json: line 1: expected an object; docs/lint.md shows the setting\n.github/workflows/drift.yml: it runs pdac already, and is not the same as this version of pdac would write\n"; got != want {
		t.Errorf("kept are\n%s", got)
	}
	dir = folder(t, ".github/workflows/panther.yml", "a: 1\n", ".github/workflows/pdac.yml", "a: 1\n")
	if p := made(t, dir, Options{Forge: GitHub}); len(p.Kept) != 1 || p.Kept[0].Why != "other files have the names .github/workflows/panther.yml and .github/workflows/pdac.yml; rename one, and run pdac init again" {
		t.Errorf("kept are %v", p.Kept)
	}
	if p := made(t, folder(t), Options{Forge: None}); slices.ContainsFunc(p.Changes, func(c Change) bool { return strings.HasPrefix(c.Path, ".git") }) {
		t.Errorf("the changes are %q", Paths(p.Changes))
	}
}

// TestErrors checks what stops a set-up before anything is written.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          string
	}{
		{"pdac.yaml", "version: 2\n", `pdac.yaml: line 1, column 10: "version" must be 1; write "version: 1"; correct it first`},
		{"pdac.yaml", "a: [", "pdac.yaml: "},
		{".pre-commit-config.yaml", "repos: {a: b}\n", `.pre-commit-config.yaml: line 1: "repos" is not a list; correct it first`},
		{".pre-commit-config.yaml", "a: [", ".pre-commit-config.yaml: "},
		{".gitlab-ci.yml", "a: [", ".gitlab-ci.yml: "},
		{".gitlab-ci.yml", "include: {local: x}\n", `.gitlab-ci.yml: "include" on line 1 is neither a list nor a file; add "include: [{local: .gitlab/pdac.yml}]" by hand`},
	} {
		_, err := Build(folder(t, c.name, c.content), Options{Forge: GitLab, Folder: "."})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %s", c.name, c.content, err, c.want)
		}
	}
}

// TestLinks checks that nothing is written over links out of the repository.
func TestLinks(t *testing.T) {
	out := t.TempDir()
	dir := folder(t)
	if err := os.Symlink(out, filepath.Join(dir, ".github")); err != nil {
		t.Skip("no links here")
	}
	if _, err := Build(dir, Options{Forge: GitHub, Folder: "."}); err == nil || !strings.Contains(err.Error(), ".github/workflows/panther.yml can't be written: \".github\" is a link to") {
		t.Errorf("the error is %v", err)
	}
	if left, _ := os.ReadDir(out); len(left) > 0 {
		t.Error("something was written outside")
	}
	dir = folder(t)
	if err := os.Symlink("nowhere", filepath.Join(dir, "pdac.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := Build(dir, Options{Forge: GitHub, Folder: "."}); err == nil || err.Error() != "pdac.yaml can't be written: it is a link to a file that does not exist; remove the link, or create the file" {
		t.Errorf("the error is %v", err)
	}
}

// TestApplyRefusesLaterEdits checks that what changed after the plan is not overwritten.
func TestApplyRefusesLaterEdits(t *testing.T) {
	dir := folder(t, "pdac.yaml", "version: 1\n")
	p, err := Build(dir, Options{Forge: None, Folder: ".", Host: "api.acme.runpanther.net"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pdac.yaml"), []byte("version: 1\n# mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Apply(dir, p.Changes); err == nil || err.Error() != "nothing was written: pdac.yaml: the file has changed since it was read" {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".vscode")); err == nil {
		t.Error("other files were written")
	}
	dir = folder(t)
	if p, err = Build(dir, Options{Forge: None, Folder: "."}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pdac.yaml"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Apply(dir, p.Changes); err == nil || !strings.HasPrefix(err.Error(), "nothing was written: pdac.yaml: ") {
		t.Errorf("the error is %v", err)
	}
}

// TestRemovals deletes what nothing needs.
func TestRemovals(t *testing.T) {
	dir := folder(t, ".github/workflows/up.yml", "x\n", ".panther_settings.yml", "y\n")
	o := Options{Forge: None, Folder: ".", RemovePAT: true, PAT: pat.Found{Idle: []string{".github/workflows/up.yml", ".panther_settings.yml"}}}
	made(t, dir, o)
	for _, name := range o.PAT.Idle {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s exists", name)
		}
	}
}

// TestDetect chooses the forge.
func TestDetect(t *testing.T) {
	for _, c := range []struct {
		remote, file string
		want         Forge
	}{
		{"git@github.com:acme/rules.git", ".gitlab-ci.yml", GitHub},
		{"https://gitlab.acme.example/x/y", ".github/workflows", GitLab},
		{"ssh://git@gitlab.com/x/y", "", GitLab},
		{"git@git.acme.example:x/y", "", GitHub},
		{"git@git.acme.example:x/y", ".gitlab-ci.yml", GitLab},
		{"/srv/gitlab/x.git", "", GitHub},
		{"", ".gitlab-ci.yml", GitLab},
		{"", "", GitHub},
	} {
		if got := Detect(c.remote, func(name string) bool { return name == c.file }); got != c.want {
			t.Errorf("%q with %q: %s, want %s", c.remote, c.file, got, c.want)
		}
	}
}

// FuzzAddSchemas edits any settings of VS Code: what can be read stays, and gets the
// schemas.
func FuzzAddSchemas(f *testing.F) {
	f.Add([]byte("{\n  // x\n  \"a\": [1, {\"b\": null}],\n}\n"))
	f.Add([]byte("{\"yaml.schemas\": {\"x\": [\"y\"] /* , */ , }}"))
	f.Add([]byte("\ufeff{\"a\":\"\\\"\"}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := addSchemas(src)
		if err != nil {
			return
		}
		was := jsonc{}
		if len(src) > 0 {
			if was, err = parseJSONC(string(src)); err != nil {
				t.Fatalf("%q can't be read: %v", src, err)
			}
		}
		doc, err := parseJSONC(string(out))
		if err != nil {
			t.Fatalf("%q became %q: %v", src, out, err)
		}
		for i, key := range was.top.keys {
			if doc.top.keys[i] != key {
				t.Fatalf("%q lost the key %q: %q", src, key, out)
			}
		}
		all, _ := doc.find("yaml.schemas")
		for _, s := range editorSchemas {
			if _, ok := all.object.key(s.schema); !ok {
				t.Fatalf("%q became %q, without %s", src, out, s.schema)
			}
		}
		if again, err := addSchemas(out); err != nil || string(again) != string(out) {
			t.Fatalf("a second run changes %q to %q: %v", out, again, err)
		}
	})
}

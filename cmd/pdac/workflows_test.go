package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/forge/forgetest"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"gopkg.in/yaml.v3"
)

// workflow is what runs of a workflow and of an action.
type workflow struct {
	Jobs map[string]struct {
		If      string            `yaml:"if"`
		Needs   string            `yaml:"needs"`
		Outputs map[string]string `yaml:"outputs"`
		Steps   []workflowStep    `yaml:"steps"`
	} `yaml:"jobs"`
	Inputs  map[string]struct{ Default string } `yaml:"inputs"`
	Outputs map[string]struct{ Value string }   `yaml:"outputs"`
	Runs    struct{ Steps []workflowStep }      `yaml:"runs"`
}

type workflowStep struct {
	ID   string            `yaml:"id"`
	If   string            `yaml:"if"`
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	With map[string]string `yaml:"with"`
	Env  map[string]string `yaml:"env"`
}

// runner runs the steps of workflows in one clone.
type runner struct {
	t         *testing.T
	dir, temp string
	// workflows is the folder of the workflows.
	workflows string
	action    workflow
	// values are what expressions read, and env the variables of a job.
	values, env map[string]string
	log         strings.Builder
}

var expression = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`)

// value evaluates an operand, and alternatives of them.
func (r *runner) value(text string) string {
	for _, operand := range strings.Split(text, "||") {
		operand = strings.TrimSpace(operand)
		v, known := r.values[operand]
		if !known && !strings.HasPrefix(operand, "steps.") && !strings.HasPrefix(operand, "env.") {
			r.t.Fatalf("the value of %q is unknown", operand)
		}
		if v != "" {
			return v
		}
	}
	return ""
}

func (r *runner) fill(text string) string {
	return expression.ReplaceAllStringFunc(text, func(s string) string { return r.value(expression.FindStringSubmatch(s)[1]) })
}

// holds evaluates a condition.
func (r *runner) holds(condition string) bool {
	for term := range strings.SplitSeq(condition, "&&") {
		term = strings.TrimSpace(term)
		yes := true
		if rest, not := strings.CutPrefix(term, "!"); not {
			term, yes = rest, false
		}
		is := false
		if a, b, ok := strings.Cut(term, " == "); ok {
			is = r.value(a) == strings.Trim(b, "'")
		} else if a, b, ok := strings.Cut(term, " != "); ok {
			is = r.value(a) != strings.Trim(b, "'")
		} else if term != "cancelled()" && term != "" {
			is = r.value(term) != ""
		} else {
			is = term == ""
		}
		if is != yes {
			return false
		}
	}
	return true
}

// run runs the jobs of a workflow whose condition holds, one after the other.
func (r *runner) run(file string, jobs ...string) {
	var w workflow
	readYAML(r.t, filepath.Join(r.workflows, file), &w)
	for _, name := range jobs {
		job := w.Jobs[name]
		if job.Steps == nil || !r.holds(job.If) {
			r.t.Fatalf("%s has no job %s that runs", file, name)
		}
		for i, s := range job.Steps {
			if s.ID == "" {
				s.ID = fmt.Sprint("step", i)
			}
			if r.holds(s.If) {
				r.step(name, s)
			}
		}
		for output, text := range job.Outputs {
			r.values["needs."+name+".outputs."+output] = r.fill(text)
		}
	}
}

func (r *runner) step(job string, s workflowStep) {
	uses, _, _ := strings.Cut(s.Uses, "@")
	with := map[string]string{}
	for k, v := range s.With {
		with[k] = r.fill(v)
	}
	artifact := filepath.Join(r.temp, "artifacts", with["name"])
	switch uses {
	case "actions/checkout":
		r.git("clean", "-qfdx")
	case "actions/upload-artifact":
		for path := range strings.FieldsSeq(with["path"]) {
			r.copy(path, artifact)
		}
	case "actions/download-artifact":
		r.copy(artifact, with["path"])
	case "actions/setup-python":
	case "pdac-dev/pdac":
		r.pdac(job, s.ID, with)
	case "":
		r.shell(job, s)
	default:
		r.t.Fatalf("unknown action %s", uses)
	}
}

// copy copies a file, or what is in a folder, into a folder.
func (r *runner) copy(from, to string) {
	info, err := os.Stat(from)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		r.t.Fatal(err)
	}
	files := []string{from}
	if info.IsDir() {
		files, _ = filepath.Glob(filepath.Join(from, "*"))
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(f)), text, 0o644)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *runner) git(args ...string) string {
	return strings.TrimSpace(gittest.Run(r.t, r.dir, args...))
}

// pdac runs the last step of action.yml.
func (r *runner) pdac(job, id string, with map[string]string) {
	for name, in := range r.action.Inputs {
		if _, given := with[name]; !given {
			with[name] = in.Default
		}
		r.values["inputs."+name] = with[name]
	}
	step := r.action.Runs.Steps[len(r.action.Runs.Steps)-1]
	if step.ID != "run" || step.Run != `"$RUNNER_TEMP/pdac-bin/pdac" action` {
		r.t.Fatalf("the last step of action.yml is %+v", step)
	}
	output := filepath.Join(r.temp, job+"-"+id)
	env := maps.Clone(r.env)
	env["GITHUB_OUTPUT"] = output
	for name, text := range step.Env {
		env[name] = r.fill(text)
	}
	var out, said bytes.Buffer
	r.t.Chdir(filepath.Join(r.dir, with["working-directory"]))
	defer r.t.Chdir(r.dir)
	code := Main(context.Background(), Process{Args: []string{"action"}, In: strings.NewReader(""), Out: &out, Err: &said, Getenv: func(name string) string { return env[name] }, Now: time.Now, Width: func() int { return 0 }})
	fmt.Fprintf(&r.log, "%s: %d\n%s%s", job, code, &out, &said)
	if code != exitOK {
		r.t.Fatalf("%s ended with %d:\n%s", with["command"], code, &r.log)
	}
	r.outputs("steps.run.outputs.", output)
	for name, o := range r.action.Outputs {
		r.values["steps."+id+".outputs."+name] = r.fill(o.Value)
	}
}

// outputs reads the outputs of a step.
func (r *runner) outputs(prefix, file string) {
	maps.DeleteFunc(r.values, func(name, _ string) bool { return strings.HasPrefix(name, prefix) })
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		r.values[prefix+name] = value
	}
}

// shell runs a script as GitHub does.
func (r *runner) shell(job string, s workflowStep) {
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
	cmd.Dir = r.dir
	output := filepath.Join(r.temp, job+"-"+s.ID)
	cmd.Env = append(gittest.Env(), "PATH="+filepath.Join(r.temp, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"), "GITHUB_OUTPUT="+output, "ARTIFACTS="+filepath.Join(r.temp, "artifacts"), "GH_LOG="+filepath.Join(r.temp, "gh.log"))
	for name, v := range r.env {
		cmd.Env = append(cmd.Env, name+"="+v)
	}
	for name, text := range s.Env {
		cmd.Env = append(cmd.Env, name+"="+r.fill(text))
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v\n%s", s.Run, err, out)
	}
	r.outputs("steps."+s.ID+".outputs.", output)
}

// fakeGH stands for GitHub's program: the merged commit belongs to a pull request, whose
// plan was kept.
const fakeGH = `#!/bin/bash
echo "$*" >> "$GH_LOG"
case "$*" in
"api repos/acme/rules/commits/"*) echo head123 ;;
"api repos/acme/rules/actions/artifacts?name=pdac-plan-head123"*) echo 42 ;;
"run download 42 --name pdac-plan-head123 --dir reviewed") cp -r "$ARTIFACTS/pdac-plan-head123" reviewed ;;
"pr list"*) echo 0 ;;
"pr create"*) ;;
*) exit 1 ;;
esac
`

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// repositoryRoot is the top of this repository, whatever the current folder is.
func repositoryRoot(t *testing.T) string {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// passUnitTests corrects the one unit test of the demo that fails on purpose.
func passUnitTests(t *testing.T, dir string) {
	t.Helper()
	name := filepath.Join(dir, "rules", "aws_rules", "root_console_login.yml")
	text, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, bytes.ReplaceAll(text, []byte(`"123456789012"`), []byte(`"111122223333"`)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// workflowPlace is a repository whose workflows run.
type workflowPlace struct {
	name string
	// folder is where the detections are.
	folder string
	// long says that it only runs with PDAC_LONG.
	long bool
	// prepare writes the content and the workflows. Without it, the demo has the
	// documented ones.
	prepare func(t *testing.T, dir string)
	changes int
	rule    string
}

// do runs pdac while a repository is prepared.
func do(t *testing.T, args ...string) {
	t.Helper()
	var out bytes.Buffer
	p := process(&out, nil, args...)
	p.Err = &out
	if code := Main(t.Context(), p); code != exitOK {
		t.Fatalf("pdac %q ended with %d:\n%s", args, code, &out)
	}
}

// demo lays out the demo repository, whose unit tests pass.
func demo(t *testing.T, dir string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(repositoryRoot(t), "testdata", "acme"))); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".pdac")); err != nil {
		t.Fatal(err)
	}
	passUnitTests(t, dir)
}

var workflowPlaces = []workflowPlace{
	{name: "documented", changes: 34, rule: "Acme.AWS.TrailStopped"},
	{name: "a folder of a larger repository", folder: "sec/det", changes: 34, rule: "Acme.AWS.TrailStopped", prepare: func(t *testing.T, dir string) {
		demo(t, filepath.Join(dir, "sec", "det"))
		gittest.Run(t, dir, "init", "-q", "-b", "main")
		do(t, "init", filepath.Join(dir, "sec", "det"), "--yes")
	}},
	{name: "a plain repository", long: true, changes: 34, rule: "Acme.AWS.TrailStopped", prepare: func(t *testing.T, dir string) {
		demo(t, dir)
		do(t, "init", dir, "--yes")
	}},
	{name: "an empty folder", long: true, changes: 2, rule: "Acme.Okta.Login", prepare: func(t *testing.T, dir string) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		do(t, "init", dir)
		do(t, "new", "rule", "Acme.Okta.Login", "--log-type", "Okta.SystemLog", "-C", dir)
		do(t, "new", "global", "acme_text", "-C", dir)
	}},
	{name: "a repository that used PAT", long: true, changes: 34, rule: "Acme.AWS.TrailStopped", prepare: func(t *testing.T, dir string) {
		demo(t, dir)
		for name, text := range map[string]string{
			".panther_settings.yml":        "minimum_tests: 1\n",
			".github/workflows/upload.yml": "on: push\njobs:\n  up:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: pip install panther_analysis_tool\n      - run: panther_analysis_tool upload --path .\n",
		} {
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"lookup_tables", "scheduled_prompts", "rules/aws_rules/root_console_login_sandbox.yml"} {
			if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(name))); err != nil { // only PAT deploys them
				t.Fatal(err)
			}
		}
		do(t, "init", dir, "--yes", "--remove-pat")
		if left, _ := filepath.Glob(filepath.Join(dir, ".github", "workflows", "upload.yml")); len(left) > 0 {
			t.Error("the workflow of PAT is still there")
		}
	}},
}

// TestWorkflows runs the jobs of docs/workflows, and of what init makes of them, with
// action.yml and their shell: a pull request, its merge, and a night after an edit.
func TestWorkflows(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs pdac too often for the quick set")
	}
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		t.Skip("the scripts are for bash on the runners of the workflows")
	}
	gittest.Need(t)
	if _, err := findPython(); err != nil {
		t.Skip("the workflow runs unit tests, and there is no Python")
	}
	for _, p := range workflowPlaces {
		t.Run(p.name, func(t *testing.T) {
			if p.long && os.Getenv("PDAC_LONG") == "" {
				t.Skip("set PDAC_LONG to run it")
			}
			runWorkflows(t, p)
		})
	}
}

func runWorkflows(t *testing.T, place workflowPlace) {
	interpreter, err := findPython()
	if err != nil {
		t.Fatal(err)
	}
	root := repositoryRoot(t)
	r := &runner{t: t, dir: filepath.Join(t.TempDir(), "clone"), temp: t.TempDir(), workflows: filepath.Join(root, "docs", "workflows"), values: map[string]string{}, env: map[string]string{}}
	readYAML(t, filepath.Join(root, "action.yml"), &r.action)
	if place.prepare == nil {
		demo(t, r.dir)
	} else {
		place.prepare(t, r.dir)
		r.workflows = filepath.Join(r.dir, ".github", "workflows")
	}
	if err := os.MkdirAll(filepath.Join(r.temp, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.temp, "bin", "gh"), []byte(fakeGH), 0o755); err != nil {
		t.Fatal(err)
	}
	remote := filepath.Join(t.TempDir(), "remote.git")
	gittest.Run(t, r.dir, "init", "-q", "-b", "main")
	gittest.Run(t, r.dir, "init", "-q", "--bare", remote)
	r.git("remote", "add", "origin", remote)
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "first")
	r.git("push", "-q", "origin", "main")
	live, err := sandbox.Open(t.Context(), sandbox.Options{Token: "sesame", CheckTests: true})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	server := httptest.NewServer(live)
	defer server.Close()
	hub := forgetest.New()
	defer hub.Close()
	t.Chdir(r.dir)
	r.env = map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_API_URL": hub.URL, "GITHUB_REPOSITORY": "acme/rules", "RUNNER_TEMP": r.temp, "GITHUB_STEP_SUMMARY": filepath.Join(r.temp, "summary.md"),
		"HOME": r.temp, "PDAC_PYTHON": interpreter.Program,
	}
	maps.Copy(r.values, map[string]string{
		"vars.PANTHER_API_HOST": server.URL, "secrets.PANTHER_API_TOKEN": "sesame", "github.token": forgetest.Token, "env.PANTHER_API_HOST": "", "env.PANTHER_API_TOKEN": "",
		"github.event.pull_request.head.repo.fork": "", "github.event.pull_request.head.sha": "head123", "github.event.repository.default_branch": "main",
	})
	on := func(event, ref, commit string) {
		r.values["github.event_name"], r.env["GITHUB_REF"], r.env["GITHUB_SHA"] = event, ref, commit
	}

	up := strings.Repeat("../", len(strings.Split(place.folder, "/")))
	if place.folder == "" {
		up = ""
	}
	on("pull_request", "refs/pull/7/merge", r.git("rev-parse", "HEAD"))
	r.run("panther.yml", "review", "test")
	if len(hub.Comments) != 1 || !strings.Contains(hub.Comments[0].Body, fmt.Sprintf("makes these %d changes", place.changes)) {
		t.Fatalf("the comments are %v\n%s", hub.Comments, &r.log)
	}
	if !strings.Contains(r.log.String(), " passed in ") {
		t.Errorf("the unit tests did not run:\n%s", &r.log)
	}
	on("push", "refs/heads/main", "abc")
	r.run("panther.yml", "plan", "apply")
	if len(hub.Comments) != 1 || !strings.Contains(hub.Comments[0].Body, fmt.Sprintf("Applied: %d created", place.changes)) {
		t.Fatalf("the comments are %v\n%s", hub.Comments, &r.log)
	}
	if args := r.values["needs.plan.outputs.args"]; args != strings.ReplaceAll("UPdeploy/plan.json --reviewed UPdeploy/reviewed.json", "UP", up) {
		t.Errorf("the apply had the arguments %q", args)
	}
	if err := live.Edit(t.Context(), "rules", place.rule, func(m map[string]any) { m["enabled"] = false }); err != nil {
		t.Fatal(err)
	}
	on("schedule", "refs/heads/main", "abc")
	r.run("drift.yml", "drift")
	if len(hub.Issues) != 1 || !strings.Contains(hub.Issues[0].Title, "1 edited") {
		t.Errorf("the issues are %v\n%s", hub.Issues, &r.log)
	}
	if got := strings.TrimSpace(gittest.Run(t, remote, "log", "-1", "--format=%s", "pdac/drift")); got != "Pull 1 change from Panther" {
		t.Errorf("the branch has the commit %q", got)
	}
	text, _ := os.ReadFile(filepath.Join(r.temp, "gh.log"))
	if calls := strings.Split(string(text), "\n"); !slices.ContainsFunc(calls, func(c string) bool { return strings.HasPrefix(c, "pr create --head pdac/drift --base main") }) {
		t.Errorf("gh was called with %q", calls)
	}
	if got, err := filepath.Glob(filepath.Join(r.temp, "artifacts", "drift", "*.html")); err != nil || len(got) != 1 {
		t.Errorf("the pages are %q", got)
	}
	if summary, _ := os.ReadFile(filepath.Join(r.temp, "summary.md")); !strings.Contains(string(summary), "### Drift of") || !strings.Contains(string(summary), "### Apply to") {
		t.Errorf("the job summary has %d bytes", len(summary))
	}
	if strings.Contains(strings.ReplaceAll(r.log.String(), "::add-mask::sesame", ""), "sesame") {
		t.Error("the log has the token")
	}
}

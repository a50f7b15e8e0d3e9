package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

// The inputs of action.yml, which come as variables so that no shell reads them.
const (
	inputCommand = "PDAC_ACTION_COMMAND"
	inputArgs    = "PDAC_ACTION_ARGS"
	inputComment = "PDAC_ACTION_COMMENT"
	inputFailOn  = "PDAC_ACTION_FAIL_ON"
)

// actionCommands are the commands that the action runs.
var actionCommands = []string{"lint", "test", "plan", "apply", "drift", "pull"}

func newAction(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    "action",
		Hidden: true,
		Short:  "Run a command as a step of GitHub Actions",
		Long: `Run the command in PDAC_ACTION_COMMAND as action.yml does: with the arguments in
PDAC_ACTION_ARGS, and with its results as outputs of the step, in the job summary,
and with PDAC_ACTION_COMMENT in the pull request.`,
		Example: "  PDAC_ACTION_COMMAND=plan pdac action",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.action(cmd.Context()) },
	}
}

// step is one run of the action.
type step struct {
	*app
	command, failOn string
	args            []string
	comment         bool
	// dir is where the files of the step are.
	dir     string
	outputs []string
}

func (a *app) action(ctx context.Context) error {
	s := &step{app: a, command: strings.TrimSpace(a.Getenv(inputCommand)), failOn: strings.TrimSpace(a.Getenv(inputFailOn))}
	if !slices.Contains(actionCommands, s.command) {
		return fmt.Errorf("unknown command %q of the action; use one of %s", s.command, strings.Join(actionCommands, ", "))
	}
	switch value := a.Getenv(inputComment); value {
	case "true":
		s.comment = s.command == "plan" || s.command == "apply"
	case "false", "":
	default:
		return fmt.Errorf("comment is %q; use true or false", value)
	}
	var err error
	if s.args, err = splitWords(a.Getenv(inputArgs)); err != nil {
		return fmt.Errorf("args of the action: %w", err)
	}
	a.mask("PANTHER_API_TOKEN")
	if s.dir, err = s.folder(); err != nil {
		return err
	}
	// The commands watch their own progress.
	defer a.watch.wait()()
	code, err := map[string]func(context.Context) (int, error){
		"lint": s.lint, "test": s.tests, "plan": s.plan, "apply": s.apply, "drift": s.drift, "pull": s.pull,
	}[s.command](ctx)
	if err := errors.Join(err, s.writeOutputs()); err != nil {
		return err
	}
	if code != exitOK {
		return exitCode(code)
	}
	return nil
}

// mask keeps a secret out of the log.
func (a *app) mask(name string) {
	if secret := strings.TrimSpace(a.Getenv(name)); secret != "" {
		fmt.Fprintf(a.Out, "::add-mask::%s\n", strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(secret))
	}
}

// folder makes the folder for the files of this step, which later steps read.
func (s *step) folder() (string, error) {
	temp := s.Getenv("RUNNER_TEMP")
	if temp == "" {
		return "", errors.New("RUNNER_TEMP is not set; the action runs in a job of GitHub Actions")
	}
	dir, err := os.MkdirTemp(temp, "pdac-"+s.command+"-")
	if err != nil {
		return "", fmt.Errorf("make a folder for the files of the step: %w", err)
	}
	return dir, nil
}

// run runs a command of pdac with the arguments of the step. Its standard output goes to
// out.
func (s *step) run(ctx context.Context, out io.Writer, args ...string) int {
	p := s.Process
	p.Args, p.Out, p.OutTerminal, p.Shield = args, out, false, s.Shield
	return Main(ctx, p)
}

// file writes what a command prints to a file of the step, and returns its name.
func (s *step) file(ctx context.Context, name string, args ...string) (path string, code int, err error) {
	var text bytes.Buffer
	code = s.run(ctx, &text, args...)
	path = filepath.Join(s.dir, name)
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		return "", code, fmt.Errorf("write a file of the step: %w", err)
	}
	return path, code, nil
}

// set adds an output of the step.
func (s *step) set(name string, value any) {
	s.outputs = append(s.outputs, name+"="+strings.NewReplacer("\r", "", "\n", "").Replace(fmt.Sprint(value)))
}

func (s *step) writeOutputs() error {
	file := s.Getenv("GITHUB_OUTPUT")
	if file == "" || len(s.outputs) == 0 {
		return nil
	}
	return appendFile(file, "outputs of GITHUB_OUTPUT", strings.Join(s.outputs, "\n")+"\n")
}

func appendFile(file, what, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("write the %s: %w", what, err)
	}
	return nil
}

func (s *step) lint(ctx context.Context) (int, error) {
	args := []string{"lint", "--format", "github"}
	if s.failOn != "" {
		args = append(args, "--fail-on", s.failOn)
	}
	return s.run(ctx, s.Out, append(args, s.args...)...), nil
}

// tests runs the unit tests, and lists those that do not pass in the job summary.
func (s *step) tests(ctx context.Context) (int, error) {
	if s.failOn != "" {
		return exitError, fmt.Errorf("fail-on is %q, but test has none", s.failOn)
	}
	file := filepath.Join(s.dir, "tests.md")
	format := report.GitHub
	if slices.ContainsFunc(s.args, func(arg string) bool {
		name, _, _ := strings.Cut(arg, "=")
		return slices.Contains([]string{"--coverage", "--against", "--corpus"}, name)
	}) {
		format = report.Text // these have no annotations
	}
	code := s.run(ctx, s.Out, append([]string{"test", "--format", string(format), "--output", "markdown=" + file}, s.args...)...)
	summary := s.Getenv("GITHUB_STEP_SUMMARY")
	text, err := os.ReadFile(file)
	if err != nil || summary == "" {
		return code, nil // the command has said why
	}
	return code, appendFile(summary, "job summary", "\n"+string(text))
}

// changesFail reads the fail-on of a plan and of an apply.
func (s *step) changesFail() (bool, error) {
	switch s.failOn {
	case "", "none":
		return false, nil
	case "changes":
		return true, nil
	}
	return false, fmt.Errorf("fail-on of %s is %q; use changes or none", s.command, s.failOn)
}

func (s *step) plan(ctx context.Context) (int, error) {
	args := []string{"plan", "--out", filepath.Join(s.dir, "plan.json")}
	fail, err := s.changesFail()
	if err != nil {
		return exitError, err
	}
	if fail {
		args = append(args, "--detailed-exitcode")
	}
	code := s.run(ctx, s.Out, append(args, s.args...)...)
	return s.planned(ctx, args[2], "", code)
}

// planned sets the outputs of a plan, and shows it where people look.
func (s *step) planned(ctx context.Context, file, result string, code int) (int, error) {
	if _, err := os.Stat(file); err != nil {
		return code, nil // the command has said why
	}
	saved, err := s.readSaved(ctx, file)
	if err != nil || saved.Plan == nil {
		return exitError, errors.Join(err, fmt.Errorf("%s is not a plan", file))
	}
	n := saved.Plan.Summary
	s.set("changes", n.Create+n.Update+n.Replace+n.Delete)
	s.set("creates", n.Create)
	s.set("updates", n.Update)
	s.set("replaces", n.Replace)
	s.set("deletes", n.Delete)
	s.set("drift", n.Drifted)
	s.set("plan-file", file)
	if err := s.page(ctx, file); err != nil {
		return code, err
	}
	args := []string{"comment", file}
	if result != "" {
		args = append(args, "--result", result)
	}
	if !s.comment {
		return code, s.summary(ctx, args)
	}
	if failed := s.run(ctx, s.Out, args...); failed != exitOK && code != exitError {
		code = failed
	}
	return code, nil
}

// summary adds what a comment would say to the job summary.
func (s *step) summary(ctx context.Context, comment []string) error {
	file := s.Getenv("GITHUB_STEP_SUMMARY")
	if file == "" {
		return nil
	}
	var text bytes.Buffer
	if code := s.run(ctx, &text, append(comment, "--dry-run")...); code != exitOK {
		return fmt.Errorf("show the %s in the job summary: it ended with %d", s.command, code)
	}
	return appendFile(file, "job summary", "\n"+text.String())
}

func (s *step) apply(ctx context.Context) (int, error) {
	fail, err := s.changesFail()
	if err != nil {
		return exitError, err
	}
	args := append([]string{"apply"}, s.args...)
	plan := ""
	if len(s.args) > 0 && !strings.HasPrefix(s.args[0], "-") {
		plan = s.args[0]
	} else {
		plan = filepath.Join(s.dir, "plan.json")
		args = append(args, "--out", plan)
	}
	result, code, err := s.file(ctx, "result.json", append(args, "--auto-approve", "--format", "json")...)
	if err != nil {
		return code, err
	}
	if info, err := os.Stat(result); err != nil || info.Size() == 0 {
		// Nothing was applied, and the log says why.
		s.comment = false
		return s.planned(ctx, plan, "", code)
	}
	s.set("result-file", result)
	if shown := s.run(ctx, s.Out, "show", result); code == exitOK {
		code = shown
	}
	if code, err = s.planned(ctx, plan, result, code); err == nil && code == exitOK && fail {
		saved, err := s.readSaved(ctx, plan)
		if err == nil && !saved.Plan.Empty() {
			code = exitChanges
		}
		return code, err
	}
	return code, err
}

func (s *step) drift(ctx context.Context) (int, error) {
	args := []string{"drift", "--format", "json"}
	if s.failOn != "" {
		args = append(args, "--fail-on", s.failOn)
	}
	file, code, err := s.file(ctx, "drift.json", append(args, s.args...)...)
	if err != nil {
		return code, err
	}
	saved, err := s.readSaved(ctx, file)
	if err != nil || saved.Drift == nil {
		return code, nil // the command has said why
	}
	s.set("changes", len(saved.Drift.Entities))
	s.set("drift", len(saved.Drift.Entities))
	s.set("drift-file", file)
	if shown := s.run(ctx, s.Out, "show", file); shown != exitOK {
		return shown, nil
	}
	if err := s.page(ctx, file); err != nil {
		return code, err
	}
	if summary := s.Getenv("GITHUB_STEP_SUMMARY"); summary != "" {
		var text bytes.Buffer
		if s.run(ctx, &text, "show", file, "--format", "markdown") == exitOK {
			return code, appendFile(summary, "job summary", "\n"+text.String())
		}
	}
	return code, nil
}

func (s *step) pull(ctx context.Context) (int, error) {
	if s.failOn != "" {
		return exitError, fmt.Errorf("fail-on is %q, but pull has none", s.failOn)
	}
	var text bytes.Buffer
	code := s.run(ctx, &text, append([]string{"pull", "--format", "json"}, s.args...)...)
	var pull deploy.Pull
	if json.Unmarshal(text.Bytes(), &pull) != nil {
		return code, nil // the command has said why
	}
	s.set("changes", pull.Count(deploy.PullEdited)+pull.Count(deploy.PullDeleted)+pull.Count(deploy.PullAdopted))
	if pull.Branch != nil {
		s.set("commit", pull.Branch.Commit)
	}
	pull.Files = map[string][]byte{} // which JSON doesn't have
	for _, e := range pull.Entities {
		for _, f := range e.Files {
			pull.Files[f] = nil
		}
	}
	return code, report.Pull(s.Out, &pull, report.PullOptions{Format: report.Text, Color: s.color(false)})
}

// splitWords splits a text into words as a shell does, with quotes and backslashes, and
// without expanding anything.
func splitWords(text string) ([]string, error) {
	var out []string
	word, inWord := strings.Builder{}, false
	quote := rune(0)
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\\' && quote != '\'':
			if i++; i == len(runes) {
				return nil, errors.New(`it ends with a backslash`)
			}
			if runes[i] != '\n' {
				word.WriteRune(runes[i])
				inWord = true
			}
		case quote == 0 && (r == '\'' || r == '"'):
			quote, inWord = r, true
		case r == quote && quote != 0:
			quote = 0
		case quote == 0 && (r == ' ' || r == '\t' || r == '\n' || r == '\r'):
			if inWord {
				out = append(out, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a %c is not closed", quote)
	}
	if inWord {
		out = append(out, word.String())
	}
	return out, nil
}

// page writes a plan or a drift report as a page beside its file.
func (s *step) page(ctx context.Context, file string) error {
	page, code, err := s.file(ctx, strings.TrimSuffix(filepath.Base(file), ".json")+".html", "show", file, "--format", "html")
	if err == nil && code == exitOK {
		s.set("page-file", page)
	}
	return err
}

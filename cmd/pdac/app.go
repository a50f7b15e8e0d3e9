package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/spf13/cobra"
)

// Exit codes. Scripts rely on them.
const (
	exitOK      = 0
	exitError   = 1
	exitChanges = 2
	// exitFailed is the error code of commands that use 1 for findings.
	exitFailed = 2
)

// Process is everything that a run gets from outside, so that tests can replace it.
type Process struct {
	Args                                 []string
	In                                   io.Reader
	Out, Err                             io.Writer
	InTerminal, OutTerminal, ErrTerminal bool
	Getenv                               func(string) string
	Now                                  func() time.Time
	// Shield keeps signals from ending the process until release is called, and calls
	// noticed at the first one. It may be nil.
	Shield func(noticed func()) (release func())
	// Width returns the number of terminal columns; 0 if unknown.
	Width func() int
}

// exitCode ends a run with an exit code and no further message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Main runs one command and returns the exit code.
func Main(ctx context.Context, p Process) int {
	out := &results{to: p.Out}
	a := &app{Process: p, stdout: p.Out, results: out}
	a.Out, p.Out = out, out
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	a.watch = newWatch(cancel)
	root := newRoot(a)
	root.SetArgs(p.Args)
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	cmd, err := root.ExecuteContextC(ctx)
	a.watch.stop()
	var code exitCode
	var idle *noProgress
	if err == nil || errors.As(err, &code) {
		// Whoever reads an exit code must be able to rely on the output.
		if lost := out.err(); lost != nil {
			err = lost
		}
	}
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &idle):
		err = idle
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		err = errors.New("interrupted; nothing was written")
	}
	a.showError(plainArgs(cmd, plainFlags(nameFlag(cmd, err).Error())))
	if cmd.Annotations[failsWith] != "" {
		return exitFailed
	}
	return exitError
}

// showError prints the text of an error to standard error, in the format of the logs.
func (a *app) showError(text string) {
	if a.logFormat == "json" {
		a.logger().Error(report.Clean(text))
		return
	}
	// An error can quote a server or a file, so each line is cleaned. The line breaks are
	// our own.
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		fmt.Fprintln(a.Err, strings.TrimRight([]string{"pdac: ", ""}[min(i, 1)]+report.Clean(strings.ReplaceAll(line, "\t", "  ")), " "))
	}
}

// app is shared by all commands: the process and the global flags.
type app struct {
	Process
	// stdout is standard output itself; Out drops what nobody reads. results is Out.
	stdout  io.Writer
	results *results
	watch   *watch

	dir, host, tokenFile, sandboxDB string
	sandbox, noColor, quiet         bool
	verbose, debug                  bool
	logFormat                       string
	timeout                         time.Duration
}

func newRoot(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pdac",
		Short: "Plan and apply a repository of Panther detections",
		Long: `pdac compares a git repository of Panther detections with the live content of
Panther, shows the differences field by field, and applies them.`,
		Example: `  pdac plan --sandbox -C testdata/acme     try it without a Panther instance
  pdac lint                                find problems before deploying
  pdac plan                                show what would change in Panther
  pdac plan --out plan.json                save the plan
  pdac apply plan.json                     apply the saved plan
  pdac drift                               show changes made outside of pdac`,
		SilenceErrors: true, SilenceUsage: true, DisableSuggestions: true, Version: buildVersion(),
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if a.logFormat != "text" && a.logFormat != "json" {
				return fmt.Errorf("unknown --log-format %q; use text or json", a.logFormat)
			}
			return a.watchRun(cmd)
		},
	}
	cmd.SetFlagErrorFunc(flagError)
	f := cmd.PersistentFlags()
	f.StringVarP(&a.dir, "dir", "C", "", "the repository's folder (default: found from the current folder)")
	f.StringVar(&a.host, "host", "", "Panther's host or URL, such as api.acme.runpanther.net")
	f.StringVar(&a.tokenFile, "token-file", "", "read the API token from this file")
	f.BoolVar(&a.sandbox, "sandbox", false, "use an embedded Panther, stored in .pdac/sandbox.db of the repository")
	f.StringVar(&a.sandboxDB, "sandbox-db", "", "use an embedded Panther, stored in this file")
	f.DurationVar(&a.timeout, "timeout", defaultPatience, "stop if nothing progresses for so long: no response of Panther, and no file; writes in progress are finished")
	f.BoolVar(&a.noColor, "no-color", false, "disable colors (also: NO_COLOR in the environment; FORCE_COLOR forces them)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "show only results and errors, without progress and notes")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "show every value and every note")
	f.BoolVar(&a.debug, "debug", false, "log what pdac does, and every call to Panther, on standard error")
	f.StringVar(&a.logFormat, "log-format", "text", "format of the logs on standard error: text or json")
	cmd.MarkFlagsMutuallyExclusive("quiet", "verbose")
	cmd.MarkFlagsMutuallyExclusive("quiet", "debug")
	cmd.MarkFlagsMutuallyExclusive("sandbox", "host")
	cmd.MarkFlagsMutuallyExclusive("sandbox-db", "host")
	cmd.AddCommand(newPlan(a), newApply(a), newRollback(a), newComment(a), newPull(a), newImport(a), newInit(a), newNew(a), newDrift(a), newList(a), newGet(a), newDiff(a), newHistory(a), newShow(a), newFmt(a), newLint(a), newTest(a), newDebug(a), newRules(a), newTuning(a), newCoverage(a), newSchemas(a), newSandbox(a), newAuth(a), newVersion(a), newAction(a))
	cmd.SetVersionTemplate(versionText())
	a.completions(cmd)
	refuseUnknownTopics(cmd)
	groupCommands(cmd)
	cmd.SetHelpFunc(func(c *cobra.Command, _ []string) { showHelp(c.OutOrStdout(), c) })
	cmd.SetUsageFunc(func(c *cobra.Command) error { showUsage(c.OutOrStderr(), c); return nil })
	return cmd
}

// note prints a note to standard error, in the format of the logs.
func (a *app) note(format string, args ...any) {
	switch text := fmt.Sprintf(format, args...); {
	case a.quiet:
	case a.logFormat == "json":
		a.logger().Info(text)
	default:
		fmt.Fprintln(a.Err, text)
	}
}

// color reports whether output to a stream is colored. What says no to colors wins
// over what asks for them.
func (a *app) color(terminal bool) bool {
	set := func(name string) bool { v := a.Getenv(name); return v != "" && v != "0" }
	switch {
	case a.noColor, a.Getenv("NO_COLOR") != "", a.Getenv("FORCE_COLOR") == "0":
		return false
	case set("FORCE_COLOR"), set("CLICOLOR_FORCE"):
		return true
	case a.Getenv("CLICOLOR") == "0":
		return false
	}
	return terminal && a.Getenv("TERM") != "dumb"
}

func (a *app) logger() *slog.Logger {
	level := slog.LevelInfo
	switch {
	case a.quiet:
		level = slog.LevelError
	case a.debug:
		level = slog.LevelDebug
	}
	opts := &slog.HandlerOptions{Level: level}
	if a.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.Err, opts))
	}
	// People read these next to the results; the time of day is enough.
	opts.ReplaceAttr = func(groups []string, attr slog.Attr) slog.Attr {
		if attr.Key == slog.TimeKey && len(groups) == 0 {
			attr.Value = slog.StringValue(a.Now().Format("15:04:05"))
		}
		return attr
	}
	return slog.New(slog.NewTextHandler(a.Err, opts))
}

// place is the repository's folder and its configuration.
type place struct {
	root string
	cfg  *config.Config
}

func (a *app) place() (place, error) {
	dir, named := a.dir, a.dir != ""
	if !named {
		dir = "."
	}
	return a.placeAt(dir, named)
}

// placeAt is the place of a folder; named says that a person named it.
func (a *app) placeAt(dir string, named bool) (place, error) {
	root, err := config.FindRoot(dir, named, repo.TopLevel)
	if err != nil {
		return place{}, err
	}
	cfg, err := config.Load(root)
	if err == nil {
		cfg.Progress = a.watch.tick
	}
	return place{root: root, cfg: cfg}, err
}

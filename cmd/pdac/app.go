package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/suggest"
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
	// Width returns the number of terminal columns; 0 if unknown.
	Width func() int
}

// exitCode ends a run with an exit code and no further message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Main runs one command and returns the exit code.
func Main(ctx context.Context, p Process) int {
	a := &app{Process: p}
	root := newRoot(a)
	root.SetArgs(p.Args)
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	cmd, err := root.ExecuteContextC(ctx)
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		err = errors.New("interrupted; nothing was written")
	}
	text := plainArgs(cmd, plainFlags(err.Error()))
	if a.logFormat == "json" {
		a.logger().Error(report.Clean(text))
	} else {
		// An error can quote a server or a file, so each line is cleaned. The line
		// breaks are our own.
		for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
			fmt.Fprintln(p.Err, strings.TrimRight([]string{"pdac: ", ""}[min(i, 1)]+report.Clean(strings.ReplaceAll(line, "\t", "  ")), " "))
		}
	}
	if cmd.Annotations[failsWith] != "" {
		return exitFailed
	}
	return exitError
}

var together = regexp.MustCompile(`^if any flags in the group \[[^\]]*\] are set none of the others can be; \[(\S+) (\S+)[^\]]*\] were all set$`)

// plainFlags rewrites cobra's message about mutually exclusive flags.
func plainFlags(text string) string {
	return together.ReplaceAllString(text, "--$1 and --$2 can't be used together")
}

var (
	strayArg = regexp.MustCompile(`^unknown command "(.*)" for "pdac .*"$`)
	argCount = regexp.MustCompile(`^accepts (at most )?1 arg\(s\), received (\d+)$`)
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
		return text + suggest.DidYouMean(m[1], names)
	}
	text = fmt.Sprintf("%s takes no arguments, but got \"%s\"", cmd.CommandPath(), m[1])
	if info, err := os.Stat(m[1]); err == nil && info.IsDir() {
		text += "; choose the repository's folder with -C"
	}
	return text
}

// app is shared by all commands: the process and the global flags.
type app struct {
	Process
	dir, host, tokenFile, sandboxDB string
	sandbox, noColor, quiet         bool
	verbose                         bool
	logFormat                       string
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
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.logFormat != "text" && a.logFormat != "json" {
				return fmt.Errorf("unknown --log-format %q; use text or json", a.logFormat)
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help for the flags", err, c.CommandPath())
	})
	f := cmd.PersistentFlags()
	f.StringVarP(&a.dir, "dir", "C", "", "the repository's folder (default: found from the current folder)")
	f.StringVar(&a.host, "host", "", "Panther's host or URL, such as api.acme.runpanther.net")
	f.StringVar(&a.tokenFile, "token-file", "", "read the API token from this file")
	f.BoolVar(&a.sandbox, "sandbox", false, "use an embedded Panther, stored in .pdac/sandbox.db of the repository")
	f.StringVar(&a.sandboxDB, "sandbox-db", "", "use an embedded Panther, stored in this file")
	f.BoolVar(&a.noColor, "no-color", false, "disable colors (also: set NO_COLOR in the environment)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "show only results and errors, without progress and notes")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "show every value, and log every call")
	f.StringVar(&a.logFormat, "log-format", "text", "format of the logs on standard error: text or json")
	cmd.MarkFlagsMutuallyExclusive("quiet", "verbose")
	cmd.MarkFlagsMutuallyExclusive("sandbox", "host")
	cmd.MarkFlagsMutuallyExclusive("sandbox-db", "host")
	cmd.AddCommand(newPlan(a), newApply(a), newRollback(a), newPull(a), newImport(a), newDrift(a), newHistory(a), newShow(a), newFmt(a), newLint(a), newRules(a), newCoverage(a), newSchemas(a), newSandbox(a), newAuth(a), newVersion(a))
	completions(cmd)
	refuseUnknownTopics(cmd)
	groupCommands(cmd)
	cmd.SetHelpFunc(func(c *cobra.Command, _ []string) { showHelp(c.OutOrStdout(), c) })
	cmd.SetUsageFunc(func(c *cobra.Command) error { showUsage(c.OutOrStderr(), c); return nil })
	return cmd
}

// completions adds a short text and examples to cobra's completion command.
func completions(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Short = "Print the completion script for a shell"
		c.Long = "Print the script that completes pdac's commands and flags in a shell. pdac\ncompletion SHELL --help says how to load it."
		c.Example = "  pdac completion bash > /etc/bash_completion.d/pdac"
		for _, shell := range c.Commands() {
			shell.Example = fmt.Sprintf("  pdac completion %s", shell.Name())
		}
	}
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

// color reports whether output to a stream is colored.
func (a *app) color(terminal bool) bool {
	return terminal && !a.noColor && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb"
}

func (a *app) logger() *slog.Logger {
	level := slog.LevelInfo
	switch {
	case a.quiet:
		level = slog.LevelError
	case a.verbose:
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
	root, err := config.FindRoot(dir, named, repo.TopLevel)
	if err != nil {
		return place{}, err
	}
	cfg, err := config.Load(root)
	return place{root: root, cfg: cfg}, err
}

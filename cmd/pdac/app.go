package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/spf13/cobra"
)

// Exit codes. Scripts rely on them.
const (
	exitOK      = 0
	exitError   = 1
	exitChanges = 2
	// exitFailed is what commands use that say with 1 that they found something.
	exitFailed = 2
)

// Process is all that a run gets from outside, so that tests can hold it.
type Process struct {
	Args                                 []string
	In                                   io.Reader
	Out, Err                             io.Writer
	InTerminal, OutTerminal, ErrTerminal bool
	Getenv                               func(string) string
	Now                                  func() time.Time
	// Width gives the terminal's columns; 0 where unknown.
	Width func() int
}

// exitCode ends a run with a code and nothing more to say.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Main runs one command and gives the exit code.
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
		err = errors.New("stopped before the end; nothing was written")
	}
	if a.logFormat == "json" {
		a.logger().Error(report.Clean(plainFlags(err.Error())))
	} else {
		// An error may repeat what a server or a file said. The lines are ours.
		for i, line := range strings.Split(strings.TrimSpace(plainFlags(err.Error())), "\n") {
			fmt.Fprintln(p.Err, strings.TrimRight([]string{"pdac: ", ""}[min(i, 1)]+report.Clean(strings.ReplaceAll(line, "\t", "  ")), " "))
		}
	}
	if cmd.Annotations[failsWith] != "" {
		return exitFailed
	}
	return exitError
}

var together = regexp.MustCompile(`^if any flags in the group \[[^\]]*\] are set none of the others can be; \[(\S+) (\S+)[^\]]*\] were all set$`)

// plainFlags says in our words what cobra says of flags that exclude one another.
func plainFlags(text string) string {
	return together.ReplaceAllString(text, "--$1 and --$2 can't go together; leave one off")
}

// app is what all commands share: the process and the global flags.
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
		Long: `pdac holds a git repository of Panther detections against what is live in
Panther, shows the difference field by field, and applies it.`,
		Example: `  pdac plan --sandbox -C testdata/acme     try it without a Panther
  pdac lint                                what would break, before it is deployed
  pdac plan                                what would change in Panther
  pdac plan --out plan.json                keep the plan, to apply just that
  pdac apply plan.json                     apply a plan that was reviewed
  pdac drift                               what differs from this revision`,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.logFormat != "text" && a.logFormat != "json" {
				return fmt.Errorf("unknown --log-format %q; use text or json", a.logFormat)
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help shows the flags", err, c.CommandPath())
	})
	f := cmd.PersistentFlags()
	f.StringVarP(&a.dir, "dir", "C", "", "the repository's folder (default: found from the current one)")
	f.StringVar(&a.host, "host", "", "Panther's host, such as api.acme.runpanther.net")
	f.StringVar(&a.tokenFile, "token-file", "", "a file that holds the API token")
	f.BoolVar(&a.sandbox, "sandbox", false, "use an embedded Panther, kept in .pdac/sandbox.db of the repository")
	f.StringVar(&a.sandboxDB, "sandbox-db", "", "use an embedded Panther kept in this file")
	f.BoolVar(&a.noColor, "no-color", false, "no colours (also: NO_COLOR in the environment)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no notes, only results and errors")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "show every value, and log every call")
	f.StringVar(&a.logFormat, "log-format", "text", "how logs are written to standard error: text or json")
	cmd.MarkFlagsMutuallyExclusive("quiet", "verbose")
	cmd.MarkFlagsMutuallyExclusive("sandbox", "host")
	cmd.MarkFlagsMutuallyExclusive("sandbox-db", "host")
	cmd.AddCommand(newPlan(a), newApply(a), newRollback(a), newPull(a), newImport(a), newDrift(a), newHistory(a), newShow(a), newFmt(a), newLint(a), newRules(a), newCoverage(a), newSchemas(a), newSandbox(a), newAuth(a), newVersion(a))
	completions(cmd)
	return cmd
}

// completions gives cobra's own command the examples that every other one has.
func completions(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Example = "  pdac completion bash > /etc/bash_completion.d/pdac"
		for _, shell := range c.Commands() {
			shell.Example = fmt.Sprintf("  pdac completion %s", shell.Name())
		}
	}
}

// note tells something beside the result, in the form that logs have.
func (a *app) note(format string, args ...any) {
	switch text := fmt.Sprintf(format, args...); {
	case a.quiet:
	case a.logFormat == "json":
		a.logger().Info(text)
	default:
		fmt.Fprintln(a.Err, text)
	}
}

// color tells whether a stream that is a terminal, or not, gets colours.
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
	// A person reads these beside the results; the hour says enough.
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
	root, err := config.FindRoot(dir, named, git.TopLevel)
	if err != nil {
		return place{}, err
	}
	cfg, err := config.Load(root)
	return place{root: root, cfg: cfg}, err
}

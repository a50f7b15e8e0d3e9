package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
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
	// exitFailed is the code of errors for commands whose code 1 means that they
	// found something.
	exitFailed = 2
)

// Process is everything that a run gets from outside, so that tests can set it.
type Process struct {
	Args                                 []string
	In                                   io.Reader
	Out, Err                             io.Writer
	InTerminal, OutTerminal, ErrTerminal bool
	Getenv                               func(string) string
	Now                                  func() time.Time
	// Width returns the terminal's columns; 0 if they are unknown.
	Width func() int
}

// exitCode ends a run with a code and no further message.
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
		err = errors.New("stopped before the end; nothing was written")
	}
	if a.logFormat == "json" {
		a.logger().Error(report.Clean(plainFlags(err.Error())))
	} else {
		// An error may quote a server or a file. Only its line breaks are ours.
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

// plainFlags rewords cobra's message about flags that exclude one another.
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
		Long: `pdac compares a git repository of Panther detections with what is live in
Panther, shows the difference field by field, and applies it.`,
		Example: `  pdac plan --sandbox -C testdata/acme   try it without a Panther account
  pdac lint                              find what would break
  pdac plan                              show what would change in Panther
  pdac plan --out plan.json              save the plan ...
  pdac apply plan.json                   ... and apply exactly that plan
  pdac drift                             report edits made in the console`,
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
	f.StringVarP(&a.dir, "dir", "C", "", "the repository's folder (default: found from the current folder)")
	f.StringVar(&a.host, "host", "", "the host of Panther's API, such as api.acme.runpanther.net")
	f.StringVar(&a.tokenFile, "token-file", "", "read the API token from this file")
	f.BoolVar(&a.sandbox, "sandbox", false, "use an embedded Panther with its state in .pdac/sandbox.db of the repository")
	f.StringVar(&a.sandboxDB, "sandbox-db", "", "use an embedded Panther with its state in this file")
	f.BoolVar(&a.noColor, "no-color", false, "print without colours (also: set NO_COLOR)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "print results and errors, without progress and notes")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "print every value and log every API call")
	f.StringVar(&a.logFormat, "log-format", "text", "the format of logs on standard error: text or json")
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

// completions gives cobra's own command a short text and the examples that every
// other command has.
func completions(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Short = "Print the completion script for a shell"
		c.Long = "Print the script that completes pdac's commands and flags in a shell. The help of\neach shell's command says how to load it."
		c.Example = "  pdac completion bash > /etc/bash_completion.d/pdac"
		for _, shell := range c.Commands() {
			shell.Example = fmt.Sprintf("  pdac completion %s", shell.Name())
		}
	}
}

// note prints something beside the result, in the format of logs.
func (a *app) note(format string, args ...any) {
	switch text := fmt.Sprintf(format, args...); {
	case a.quiet:
	case a.logFormat == "json":
		a.logger().Info(text)
	default:
		fmt.Fprintln(a.Err, text)
	}
}

// color reports whether a stream gets colours.
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
	// People read these beside the results; the time of day is enough.
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

// followed returns the file that a path leads to over links, whether it exists
// or not.
func followed(path string) string {
	for range 40 {
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// writeFile replaces a file as a whole or not at all. It follows links, and
// writes directly to what isn't a regular file, such as a pipe.
func writeFile(path string, mode os.FileMode, write func(io.Writer) error) error {
	path = followed(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".pdac-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := errors.Join(tmp.Chmod(mode), write(tmp), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
)

func newSandbox(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sandbox",
		Short:   "Run the embedded Panther",
		Example: "  pdac sandbox serve",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSandboxServe(a))
	return cmd
}

type serveOptions struct {
	addr, db, token string
	faults, deny    []string
	alerts          map[string]int
	logTypes        []string
	runTests        bool
	latency         time.Duration
	era             int
	lossy           bool
}

func newSandboxServe(a *app) *cobra.Command {
	o := &serveOptions{}
	cmd := &cobra.Command{
		Use:         "serve",
		Annotations: map[string]string{endless: "true"},
		Short:       "Serve the embedded Panther over HTTP",
		Long: `Serve the embedded Panther that --sandbox uses, for curl and other programs. The
command prints the address and runs until it is stopped.

A fault is METHOD PATH OUTCOME [Nx] [after N] [retry-after SECONDS]. The method
can be *. The path can contain * and also matches everything below it. The
outcome is a status such as 503, reset (the connection is closed), timeout (no
response ever comes), a delay such as 2s, or an odd success: other-id (the answer
names another id), page (a web page, and nothing is done), blank (no body),
garbled (descriptions that are not UTF-8) or ignored (nothing is done). "3x" hits
three requests, "after 2" leaves the first two alone.`,
		Example: `  pdac sandbox serve --addr 127.0.0.1:8080
  curl -H 'X-API-Key: sandbox' http://127.0.0.1:8080/rules
  pdac sandbox serve --fault 'POST /rules 503 3x' --fault '* /policies reset after 2'
  pdac sandbox serve --era 2025 --latency 200ms
  pdac sandbox serve --lossy
  pdac sandbox serve --deny LogSourceRead,LogSourceModify`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.addr, "addr", "127.0.0.1:0", "the address to listen on; port 0 selects a free port")
	cmd.Flags().StringVar(&o.db, "db", "", "the file for its state (default: .pdac/sandbox.db of the repository)")
	cmd.Flags().StringVar(&o.token, "token", sandboxToken, "the API token that it accepts")
	cmd.Flags().StringArrayVar(&o.faults, "fault", nil, "let requests fail, such as 'POST /rules 503 3x' (repeatable)")
	cmd.Flags().DurationVar(&o.latency, "latency", 0, "delay every response, such as 200ms")
	cmd.Flags().StringSliceVar(&o.deny, "deny", nil, "take a permission from the token, such as LogSourceRead (repeatable)")
	cmd.Flags().StringToIntVar(&o.alerts, "alert", nil, "let detections have raised alerts in the last 7 days, such as Acme.Rule=12 (repeatable)")
	cmd.Flags().StringArrayVar(&o.logTypes, "log-type", nil, "have this log type, for pdac lint --live (repeatable)")
	cmd.Flags().BoolVar(&o.runTests, "run-tests", false, "run the unit tests of a detection before it is saved, as Panther does, and refuse it if one fails; this needs Python")
	cmd.Flags().IntVar(&o.era, "era", int(sandbox.Era2026), "behave like Panther's API of that year: 2024, 2025 or 2026")
	cmd.Flags().BoolVar(&o.lossy, "lossy", false, "store some values in another form: texts without spaces at their ends and in composed Unicode (NFC), tags in lower case, a deduplication period of at most a day")
	return cmd
}

func (a *app) serve(ctx context.Context, o *serveOptions) error {
	if o.token == "" {
		return errors.New("--token must not be empty")
	}
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return fmt.Errorf("invalid --addr %q; write it like 127.0.0.1:8080", o.addr)
	}
	if !panther.Loopback(host) && o.token == sandboxToken {
		return fmt.Errorf("--addr %q can be reached from other machines; set your own token with --token", o.addr)
	}
	opts, err := o.sandbox()
	if err != nil {
		return err
	}
	root, path := "", o.db
	if path == "" {
		p, err := a.place()
		if err != nil {
			return err
		}
		if root, path, err = a.sandboxPath(p); err != nil {
			return err
		}
	}
	opts.LogTypes = o.logTypes
	if o.runTests {
		if opts.RunTests, err = a.sandboxTests(ctx); err != nil {
			return err
		}
	}
	opts.Root, opts.Path, opts.Token, opts.Now, opts.Logger = root, path, o.token, a.Now, a.logger()
	s, err := sandbox.Open(ctx, opts)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := o.seedAlerts(ctx, s, a.Now()); err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", o.addr, err)
	}
	fmt.Fprintf(a.Out, "http://%s\n", l.Addr())
	a.note("serving the embedded Panther, stored in %s; stop it with Ctrl-C", filepath.Join(root, path))
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.Faults().Clear() // ends the requests that never get a response
	shut, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(shut); err != nil {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}

// maxSeeded is up to how many alerts of a detection the sandbox starts with.
const maxSeeded = 100_000

// seedAlerts stores the alerts of --alert, evenly over the last week.
func (o *serveOptions) seedAlerts(ctx context.Context, s *sandbox.Server, now time.Time) error {
	var all []sandbox.Alert
	for _, id := range slices.Sorted(maps.Keys(o.alerts)) {
		n := o.alerts[id]
		if n < 0 || n > maxSeeded {
			return fmt.Errorf("--alert %s=%d: the number must be 0 to %d", id, n, maxSeeded)
		}
		for i := range n {
			age := sync.ImpactDays * 24 * time.Hour * time.Duration(i+1) / time.Duration(n+1)
			all = append(all, sandbox.Alert{Title: "Alert of " + id, CreatedAt: now.Add(-age), Detection: &sandbox.Detection{ID: id, Type: "RULE"}})
		}
	}
	return s.SeedAlerts(ctx, all...)
}

// sandbox returns the options that the flags for faults set.
func (o *serveOptions) sandbox() (sandbox.Options, error) {
	out := sandbox.Options{Era: sandbox.Era(o.era), Lossy: o.lossy, Faults: &sandbox.Faults{}}
	if eras := []int{int(sandbox.Era2024), int(sandbox.Era2025), int(sandbox.Era2026)}; !slices.Contains(eras, o.era) {
		return out, fmt.Errorf("--era %d is unknown; use 2024, 2025 or 2026", o.era)
	}
	if o.latency < 0 {
		return out, fmt.Errorf("--latency %s is negative; use a delay such as 200ms", o.latency)
	}
	var faults []sandbox.Fault
	if o.latency > 0 {
		faults = append(faults, sandbox.Fault{Latency: o.latency})
	}
	for _, text := range o.faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			return out, fmt.Errorf("--%w", err)
		}
		faults = append(faults, f)
	}
	for _, f := range faults {
		if _, err := out.Faults.Add(f); err != nil {
			return out, err
		}
	}
	var known []string
	for _, p := range sandbox.AllPermissions() {
		known = append(known, string(p))
	}
	slices.Sort(known)
	for _, name := range o.deny {
		if !slices.Contains(known, name) {
			return out, fmt.Errorf("--deny %q is not a permission of the sandbox; use one of %s%s", name, strings.Join(known, ", "), suggest.DidYouMean(name, known))
		}
		out.Deny = append(out.Deny, sandbox.Permission(name))
	}
	return out, nil
}

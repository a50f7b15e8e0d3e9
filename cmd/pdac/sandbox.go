package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
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
}

func newSandboxServe(a *app) *cobra.Command {
	o := &serveOptions{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the embedded Panther over HTTP",
		Long: `Serve the same embedded Panther that --sandbox uses, for curl and other
programs. It prints its address and runs until it is stopped.`,
		Example: `  pdac sandbox serve --addr 127.0.0.1:8080
  curl -H 'X-API-Key: sandbox' http://127.0.0.1:8080/rules`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.addr, "addr", "127.0.0.1:0", "the address to listen on; port 0 chooses a free one")
	cmd.Flags().StringVar(&o.db, "db", "", "the file for its state (default: .pdac/sandbox.db of the repository)")
	cmd.Flags().StringVar(&o.token, "token", sandboxToken, "the API token that it accepts")
	return cmd
}

func (a *app) serve(ctx context.Context, o *serveOptions) error {
	if o.token == "" {
		return errors.New("--token must not be empty")
	}
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return fmt.Errorf("--addr %q is not an address; write it like 127.0.0.1:8080", o.addr)
	}
	if !panther.Loopback(host) && o.token == sandboxToken {
		return fmt.Errorf("--addr %q can be reached from other machines; choose a token of your own with --token", o.addr)
	}
	path := o.db
	if path == "" {
		p, err := a.place()
		if err != nil {
			return err
		}
		if path, err = a.sandboxPath(p); err != nil {
			return err
		}
	}
	s, err := sandbox.Open(ctx, sandbox.Options{Path: path, Token: o.token, Now: a.Now, Logger: a.logger()})
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", o.addr, err)
	}
	fmt.Fprintf(a.Out, "http://%s\n", l.Addr())
	a.note("an embedded Panther, stored in %s; stop it with Ctrl-C", path)
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	shut, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(shut); err != nil {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}

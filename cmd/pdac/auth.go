package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
	"github.com/spf13/cobra"
)

// rotationAge is the age at which a token should be rotated (source: Panther
// recommends 90 days).
const rotationAge = 90 * 24 * time.Hour

func newAuth(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "auth",
		Short: "Inspect and rotate the API token",
		Long: `Inspect and rotate the API token.

The host and the token come from --host and --token-file, or else from the
variables PANTHER_API_HOST and PANTHER_API_TOKEN, from pdac.yaml, or from
.panther_settings.yml. The host is a URL, the GraphQL address of
panther_analysis_tool, or a host name: as in that tool, "acme.runpanther.net"
means https://api.acme.runpanther.net. A path in the URL is kept, such as
https://ID.execute-api.REGION.amazonaws.com/v1.

A host from a file of the repository gets a token from elsewhere only if it is
api.NAME.runpanther.net, or is listed in PDAC_ALLOWED_HOSTS or in "allowed_hosts"
of pdac/config.yaml in your configuration folder, such as ~/.config.

In a company's network, HTTPS_PROXY names the proxy, and NO_PROXY the hosts to
reach without it. SSL_CERT_FILE names a PEM file with the CAs to trust; macOS and
Windows use the CAs of the system instead.`,
		Example: `  pdac auth status
  pdac auth rotate --to-file token.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAuthStatus(a), newAuthRotate(a))
	return cmd
}

type statusOptions struct {
	wait     bool
	patience time.Duration
	format   string
}

func newAuthStatus(a *app) *cobra.Command {
	o := &statusOptions{}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Check the connection to Panther and the permissions of the token",
		Long: `Show the token's details from Panther: its name, its allowed networks, its
expiry date, its last rotation, and which of the permissions that the content of
this repository needs it has. Outside of a repository, the permissions for all
kinds are listed. The exit code is 1 if Panther can't be reached, the token
doesn't work, or a permission is missing.`,
		Example: `  pdac auth status
  pdac auth status --wait                wait until a new token works
  pdac auth status --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.authStatus(cmd.Context(), o) },
	}
	cmd.Flags().BoolVar(&o.wait, "wait", false, "wait until a new token works")
	cmd.Flags().DurationVar(&o.patience, "wait-for", 2*time.Minute, "maximum time to wait with --wait")
	addFormat(cmd, &o.format, report.TokenView)
	return cmd
}

func (a *app) authStatus(ctx context.Context, o *statusOptions) error {
	format, err := parseFormat(o.format, report.TokenView)
	if err != nil {
		return err
	}
	return a.with(ctx, func(p place, t *target) error {
		token, err := a.self(ctx, t.client, o)
		if err != nil {
			return err
		}
		s := judge(t.tenant, token, a.Now())
		content, err := a.kindsOf(ctx, p)
		if err != nil {
			s.Warnings = append(s.Warnings, fmt.Sprintf("the repository can't be read, so the permissions for all kinds are listed: %v", err))
		}
		s.permissions(content)
		if format == "json" {
			enc := json.NewEncoder(a.Out)
			enc.SetIndent("", "  ")
			err = enc.Encode(s)
		} else {
			err = s.text(a.Out, a.Now())
		}
		if err == nil && len(s.Missing) > 0 {
			return exitCode(exitError)
		}
		return err
	})
}

// kindsOf counts the specs of the repository by kind, without those that are not
// deployed.
func (a *app) kindsOf(ctx context.Context, p place) (map[panther.Kind]int, error) {
	r, err := a.load(ctx, p, "")
	if err != nil {
		return nil, err
	}
	out := map[panther.Kind]int{}
	for _, it := range r.Items {
		if it.Kind != "" && !it.Excluded {
			out[it.Kind]++
		}
	}
	return out, nil
}

// self reads the token's details. With --wait it retries while a new token doesn't
// work yet.
func (a *app) self(ctx context.Context, c *panther.Client, o *statusOptions) (panther.Token, error) {
	const pause = 2 * time.Second
	deadline := a.Now().Add(o.patience)
	for told := false; ; told = true {
		token, err := c.Self(ctx)
		var api *panther.APIError
		if err == nil || !o.wait || !errors.As(err, &api) || api.Status != http.StatusUnauthorized {
			return token, err
		}
		if a.Now().Add(pause).After(deadline) {
			return token, fmt.Errorf("the token did not start working within %s: %w", o.patience, err)
		}
		if !told {
			a.note("waiting for the token to work (usually 30 to 60 seconds)")
		}
		select {
		case <-ctx.Done():
			return token, ctx.Err()
		case <-time.After(pause):
		}
	}
}

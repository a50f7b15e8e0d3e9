package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
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
		Long: `Show the token's details from Panther: its name, its permissions and the ones
that pdac still needs, its allowed networks, its expiry date, and its last
rotation. The exit code is 1 if Panther can't be reached, the token doesn't
work, or a permission is missing.`,
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

// tokenStatus is the result of auth status, in the form of its JSON.
type tokenStatus struct {
	Tenant string        `json:"tenant"`
	Token  panther.Token `json:"token"`
	// Missing lists the permissions that pdac needs and the token lacks.
	Missing  []string `json:"missing_permissions"`
	Warnings []string `json:"warnings"`
	// DaysSinceRotation counts from the creation if the token was never rotated; -1
	// if Panther returns neither date.
	DaysSinceRotation int `json:"days_since_rotation"`
}

func (a *app) authStatus(ctx context.Context, o *statusOptions) error {
	format, err := parseFormat(o.format, report.TokenView)
	if err != nil {
		return err
	}
	return a.with(ctx, func(_ place, t *target) error {
		token, err := a.self(ctx, t.client, o)
		if err != nil {
			return err
		}
		s := judge(t.tenant, token, a.Now())
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

func judge(tenant string, t panther.Token, now time.Time) tokenStatus {
	s := tokenStatus{Tenant: tenant, Token: t, Missing: []string{}, Warnings: []string{}, DaysSinceRotation: -1}
	for _, perm := range neededPermissions() {
		if !slices.Contains(t.Permissions, perm) {
			s.Missing = append(s.Missing, perm)
		}
	}
	rotated := t.RotatedAt
	if rotated.IsZero() {
		rotated = t.CreatedAt
	}
	if !rotated.IsZero() {
		age := now.Sub(rotated)
		s.DaysSinceRotation = int(age / (24 * time.Hour))
		if age > rotationAge {
			s.Warnings = append(s.Warnings, fmt.Sprintf("the token is %d days old; Panther recommends rotating it every 90 days (pdac auth rotate)", s.DaysSinceRotation))
		}
	}
	if !t.ExpiresAt.IsZero() && t.ExpiresAt.Sub(now) < 14*24*time.Hour {
		s.Warnings = append(s.Warnings, fmt.Sprintf("the token expires on %s; create a new one before then", t.ExpiresAt.UTC().Format(time.DateOnly)))
	}
	if len(t.AllowedCIDRBlocks) == 0 {
		s.Warnings = append(s.Warnings, "the token works from any network; restrict it to the networks of your pipeline")
	}
	return s
}

func neededPermissions() []string {
	var out []string
	for _, k := range panther.Kinds() {
		read, modify := k.Permissions()
		out = append(out, read, modify)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s tokenStatus) text(w io.Writer, now time.Time) error {
	var b strings.Builder
	tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(tab, "%s\t%s\n", name, report.Clean(value)) }
	row("Panther:", s.Tenant+" (reached)")
	row("token:", s.Token.Name)
	var held []string
	for _, perm := range neededPermissions() {
		if slices.Contains(s.Token.Permissions, perm) {
			held = append(held, perm)
		}
	}
	row("permissions held:", orNone(held))
	row("permissions missing:", orNone(s.Missing))
	cidr := "all"
	if len(s.Token.AllowedCIDRBlocks) > 0 {
		cidr = strings.Join(s.Token.AllowedCIDRBlocks, ", ")
	}
	row("allowed networks:", cidr)
	expires := "never"
	if e := s.Token.ExpiresAt; !e.IsZero() {
		expires = fmt.Sprintf("%s (in %d days)", e.UTC().Format(time.DateOnly), int(e.Sub(now)/(24*time.Hour)))
	}
	row("expires:", expires)
	age := "unknown"
	switch {
	case s.DaysSinceRotation >= 0 && s.Token.RotatedAt.IsZero():
		age = fmt.Sprintf("never; created %d days ago", s.DaysSinceRotation)
	case s.DaysSinceRotation >= 0:
		age = fmt.Sprintf("%d days ago", s.DaysSinceRotation)
	}
	row("last rotation:", age)
	if err := tab.Flush(); err != nil {
		return err
	}
	for _, warning := range s.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	if len(s.Missing) > 0 {
		fmt.Fprintf(&b, "error: pdac needs %s; add it to the token in Panther, under Settings > API Tokens\n", strings.Join(s.Missing, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

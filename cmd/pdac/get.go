package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/spf13/cobra"
)

func newGet(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "get KIND/ID",
		Short: "Print a live entity",
		Long: `Print one live entity: as YAML or JSON with all that Panther's API returns of it, as
the spec that pdac import would write (spec), or its Python file (python). Nothing
is written.`,
		Example: `  pdac get rule/AWS.Root.Login
  pdac get rule/AWS.Root.Login --format json | jq .severity
  pdac get rule/AWS.Root.Login --format spec > rules/root_login.yml
  pdac get rule/AWS.Root.Login --format python > rules/root_login.py
  pdac get 'query/Logins of the last day'`,
		Args: needs("kind and an id", "pdac get rule/AWS.Root.Login"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.get(cmd.Context(), args[0], format) },
	}
	addFormat(cmd, &format, report.EntityView)
	return cmd
}

func (a *app) get(ctx context.Context, arg, asked string) error {
	format, err := parseFormat(asked, report.EntityView)
	if err != nil {
		return err
	}
	key, err := parseKey(arg)
	if err != nil {
		return err
	}
	return a.with(ctx, func(_ place, t *target) error {
		e, err := t.client.Get(ctx, key, "")
		if panther.IsNotFound(err) {
			return a.notLive(ctx, t, key)
		}
		if err != nil {
			return err
		}
		if err := report.Entity(a.Out, e, report.EntityOptions{Format: format, Terminal: a.OutTerminal}); err != nil {
			return fmt.Errorf("show %s: %w", key, err)
		}
		return nil
	})
}

// parseKey reads "kind/id".
func parseKey(arg string) (panther.Key, error) {
	key, err := panther.ParseKey(arg)
	if err != nil {
		if kind, id, _ := strings.Cut(arg, "/"); id != "" {
			err = fmt.Errorf("%q: %w%s", arg, err, suggest.DidYouMean(strings.TrimSuffix(strings.ToLower(kind), "s"), allKinds()))
		}
		return key, err
	}
	return key, nil
}

// severalNamed returns an error if the id of what does not exist is meant as a pattern. Ids
// can have the characters of patterns too: a query may be named "Who logged in?".
func severalNamed(key panther.Key) error {
	if !strings.ContainsAny(key.ID, "*?") {
		return nil
	}
	return fmt.Errorf("%q names several entities, and this needs one; pdac list %s lists them", key, quoted(key.String()))
}

// allKinds returns the names of all kinds.
func allKinds() []string {
	var out []string
	for _, k := range panther.Kinds() {
		out = append(out, string(k))
	}
	return out
}

// notLive returns the error for an entity that is not live, with what it may have been
// meant to be.
func (a *app) notLive(ctx context.Context, t *target, key panther.Key) error {
	if err := severalNamed(key); err != nil {
		return err
	}
	var ids []string
	for _, kind := range slices.Concat([]panther.Kind{key.Kind}, key.Kind.Family()) {
		list, err := t.client.List(ctx, kind)
		if err != nil {
			continue // the answer does not depend on it
		}
		for _, e := range list {
			if e.ID == key.ID {
				return fmt.Errorf("%s is not live in %s, but %s is", key, t.tenant, e.Key)
			}
			ids = append(ids, e.Key.String())
		}
	}
	return fmt.Errorf("%s is not live in %s%s", key, t.tenant, nearest(key, ids))
}

// nearest suggests ids for one that does not exist.
func nearest(key panther.Key, keys []string) string {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if meant := suggest.DidYouMean(key.String(), keys); meant != "" {
		return meant
	}
	// Part of an id is more useful than none.
	var parts []string
	for _, k := range keys {
		if strings.Contains(strings.ToLower(k), strings.ToLower(key.ID)) {
			parts = append(parts, k)
		}
	}
	switch n := len(parts); {
	case n > 5:
		return fmt.Sprintf("; similar are %s and %d more", strings.Join(parts[:5], ", "), n-5)
	case n > 0:
		return "; similar: " + strings.Join(parts, ", ")
	}
	return fmt.Sprintf("; pdac list %s lists what there is", quoted(string(key.Kind)+"/*"))
}

package panther

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// RecordsActors reports whether Panther can list the entities of a kind by who changed them
// last (source: Panther's API description; only detections have the parameter).
func (k Kind) RecordsActors() bool { return k.RunsTests() }

// ChangedBy returns the ids of the entities of a kind that a user or token changed last. The
// kind must record actors.
func (c *Client) ChangedBy(ctx context.Context, kind Kind, actor string) (map[string]bool, error) {
	out := map[string]bool{}
	q := url.Values{"last-modified-by": {actor}}
	err := c.pages(ctx, kind.Collection(), q, c.opts.PageSize, func(r listed) error {
		var e struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(r.text(), &e); err != nil {
			return fmt.Errorf("read a %s: %w", kind, err)
		}
		out[e.ID] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the %s that %q changed last: %w", kind.Collection(), actor, err)
	}
	return out, nil
}

// User is a person with an account in Panther.
type User struct {
	ID         string
	Email      string
	GivenName  string
	FamilyName string
	// LastLogin is zero if the person never logged in, or Panther does not report it.
	LastLogin time.Time
}

// Name returns the person's name, or the address if there is no name.
func (u User) Name() string {
	if name := strings.TrimSpace(u.GivenName + " " + u.FamilyName); name != "" {
		return name
	}
	return u.Email
}

// Users returns the people with an account, deactivated ones too, those who logged in last
// first. It needs the permission UserRead.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	var out []User
	q := url.Values{"include-deactivated": {"true"}}
	err := c.pages(ctx, "/users", q, c.opts.PageSize, func(r listed) error {
		var u struct{ ID, Email, GivenName, FamilyName, LastLoggedInAt string }
		if err := json.Unmarshal(r.text(), &u); err != nil {
			return fmt.Errorf("read a user: %w", err)
		}
		login, _ := time.Parse(time.RFC3339, u.LastLoggedInAt)
		out = append(out, User{u.ID, u.Email, u.GivenName, u.FamilyName, login})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the users: %w", err)
	}
	slices.SortStableFunc(out, func(a, b User) int { return b.LastLogin.Compare(a.LastLogin) })
	return out, nil
}

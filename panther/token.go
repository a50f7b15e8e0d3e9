package panther

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// Token is Panther's record of an API token. Unset times are zero.
type Token struct {
	ID                string    `json:"id"`
	Name              string    `json:"name"`
	Permissions       []string  `json:"permissions"`
	AllowedCIDRBlocks []string  `json:"allowedCIDRBlocks"`
	CreatedAt         time.Time `json:"createdAt,omitzero"`
	ExpiresAt         time.Time `json:"expiresAt,omitzero"`
	RotatedAt         time.Time `json:"rotatedAt,omitzero"`
	LastUsedAt        time.Time `json:"lastUsedAt,omitzero"`
	// Value is the secret. It is set only in the response to a rotation.
	Value string `json:"-"`
}

// selfPath is the path of the client's own token, which every Panther has.
const selfPath = "/api-tokens/self"

// Self returns the record of the client's token.
func (c *Client) Self(ctx context.Context) (Token, error) {
	body, err := c.do(ctx, call{method: http.MethodGet, path: selfPath})
	if err != nil {
		return Token{}, fmt.Errorf("read the token's own record: %w", err)
	}
	t, err := readToken(body)
	if err != nil {
		return Token{}, c.unread(http.MethodGet, body, err)
	}
	return t, nil
}

// Rotate replaces the token's value; the old value stops working immediately.
// The request is sent only once. If the error is Uncertain, the old value may
// be dead and the new one lost.
func (c *Client) Rotate(ctx context.Context) (Token, error) {
	body, err := c.do(ctx, call{method: http.MethodPost, path: selfPath + "/rotate", once: true})
	if err != nil {
		return Token{}, fmt.Errorf("rotate the token: %w", err)
	}
	var secret struct{ Value string }
	if err := json.Unmarshal(body, &secret); err != nil || secret.Value == "" {
		return Token{}, c.unread(http.MethodPost, nil, errors.New("rotate the token: Panther's response has no new value"))
	}
	// The value matters more than the rest of the record, so any record with it
	// is accepted.
	t, err := readToken(body)
	if err != nil {
		t = Token{}
	}
	t.Value = secret.Value
	return t, nil
}

func readToken(body []byte) (Token, error) {
	var t struct {
		Token
		CreatedAt  string `json:"createdAt"`
		ExpiresAt  string `json:"expiresAt"`
		RotatedAt  string `json:"rotatedAt"`
		LastUsedAt string `json:"lastUsedAt"`
	}
	if err := json.Unmarshal(body, &t); err != nil {
		return Token{}, fmt.Errorf("read the token's record: %s; check that the host is a Panther API", yamlcore.PlainJSON(err))
	}
	if t.ID == "" && t.Name == "" {
		return Token{}, errors.New("read the token's record: the response has none; check that the host is a Panther API")
	}
	for _, at := range []struct {
		text string
		into *time.Time
	}{
		{t.CreatedAt, &t.Token.CreatedAt}, {t.ExpiresAt, &t.Token.ExpiresAt},
		{t.RotatedAt, &t.Token.RotatedAt}, {t.LastUsedAt, &t.Token.LastUsedAt},
	} {
		if at.text != "" {
			*at.into, _ = time.Parse(time.RFC3339, at.text)
		}
	}
	return t.Token, nil
}

// Permissions are the token permissions for a kind. One of each list is enough.
type Permissions struct{ Read, Modify []string }

// Permissions returns the token permissions for reading and writing a kind
// (source: Panther's documentation of each collection, which calls them View
// Rules, Manage Rules and so on).
func (k Kind) Permissions() Permissions {
	switch k {
	case Policy:
		return Permissions{Read: []string{"PolicyRead"}, Modify: []string{"PolicyModify"}}
	case Global:
		return Permissions{Read: []string{"RuleRead", "PolicyRead"}, Modify: []string{"RuleModify", "PolicyModify"}}
	case DataModel:
		return Permissions{Read: []string{"LogSourceRead"}, Modify: []string{"LogSourceModify"}}
	case Query:
		return Permissions{Read: []string{"DataAnalyticsRead"}, Modify: []string{"DataAnalyticsModify"}}
	}
	return Permissions{Read: []string{"RuleRead"}, Modify: []string{"RuleModify"}}
}

package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// TokenInfo is the record of the sandbox's only API token. Zero times are omitted from responses.
type TokenInfo struct {
	ID                string       `json:"id"`
	Name              string       `json:"name"`
	Permissions       []Permission `json:"permissions"`
	AllowedCIDRBlocks []string     `json:"allowedCIDRBlocks"`
	CreatedAt         time.Time    `json:"createdAt"`
	UpdatedAt         time.Time    `json:"updatedAt,omitzero"`
	RotatedAt         time.Time    `json:"rotatedAt,omitzero"`
	ExpiresAt         time.Time    `json:"expiresAt,omitzero"`
	LastUsedAt        time.Time    `json:"lastUsedAt,omitzero"`
}

func (t TokenInfo) clone() TokenInfo {
	t.Permissions = append([]Permission{}, t.Permissions...)
	t.AllowedCIDRBlocks = append([]string{}, t.AllowedCIDRBlocks...)
	return t
}

// TokenDelay disables a new token until a number of requests were refused and a time has passed, whichever is later.
type TokenDelay struct {
	Requests int
	For      time.Duration
}

// storedToken is the record in the file. It contains only a hash of the value.
type storedToken struct {
	Info TokenInfo `json:"info"`
	Hash []byte    `json:"hash,omitempty"` // empty: any value that is not empty
}

var tokenKey = []byte("record")

// tokens guards the token.
type tokens struct {
	store *store
	now   func() time.Time
	// deny are permissions that the token lacks, whatever its record says.
	deny []Permission

	mu       sync.Mutex
	record   storedToken
	refuse   int       // the number of requests that are still refused
	workFrom time.Time // requests before it are refused
}

func openTokens(ctx context.Context, st *store, o Options) (*tokens, error) {
	now, value := o.Now, o.Token
	t := &tokens{store: st, now: now, deny: o.Deny}
	err := st.commits.write(ctx, func(tx *bbolt.Tx) error {
		t.record = storedToken{}
		if raw := tx.Bucket(tokenBucket).Get(tokenKey); raw != nil {
			if err := json.Unmarshal(raw, &t.record); err != nil {
				return fmt.Errorf("%w (its token record is damaged: %v)", ErrNotSandbox, err)
			}
		} else {
			t.record.Info = TokenInfo{ID: newUUID(), Name: "sandbox", Permissions: AllPermissions(), CreatedAt: now().UTC()}
		}
		if slices.ContainsFunc(formerPermissions(), func(all []Permission) bool { return samePermissions(all, t.record.Info.Permissions) }) {
			t.record.Info.Permissions = AllPermissions()
		}
		if value != "" {
			t.record.Hash = hashToken(value)
		}
		return putToken(tx, t.record)
	})
	if err != nil {
		return nil, fmt.Errorf("read the sandbox's token: %w", err)
	}
	return t, nil
}

func hashToken(value string) []byte {
	sum := sha256.Sum256([]byte(value))
	return sum[:]
}

func putToken(tx *bbolt.Tx, record storedToken) error {
	raw, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return tx.Bucket(tokenBucket).Put(tokenKey, raw)
}

// info returns the token as its owner sees it. The caller holds mu.
func (t *tokens) info() TokenInfo {
	out := t.record.Info.clone()
	out.Permissions = slices.DeleteFunc(out.Permissions, func(p Permission) bool { return slices.Contains(t.deny, p) })
	return out
}

// matches reports whether a value is that of the token. The caller holds mu.
func (t *tokens) matches(value string) bool {
	if value == "" {
		return false
	}
	return len(t.record.Hash) == 0 || subtle.ConstantTimeCompare(t.record.Hash, hashToken(value)) == 1
}

// admit accepts a request with a token value from an address, or returns the answer that refuses it.
func (t *tokens) admit(value, from string) (TokenInfo, *answer) {
	if value == "" {
		return TokenInfo{}, unauthorized("the request has no API token: send it in the header X-API-Key")
	}
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.matches(value) {
		return TokenInfo{}, unauthorized("this API token is not valid")
	}
	if t.refuse > 0 {
		t.refuse--
		return TokenInfo{}, unauthorized("this API token is not valid")
	}
	if now.Before(t.workFrom) {
		return TokenInfo{}, unauthorized("this API token is not valid")
	}
	info := t.info()
	if !info.ExpiresAt.IsZero() && !now.Before(info.ExpiresAt) {
		return TokenInfo{}, unauthorized("this API token expired at " + info.ExpiresAt.UTC().Format(time.RFC3339))
	}
	if !allowed(info.AllowedCIDRBlocks, from) {
		return TokenInfo{}, forbidden("this API token may not be used from your network address")
	}
	t.record.Info.LastUsedAt = now.UTC()
	return info, nil
}

// allowed reports whether an address is in one of the blocks. In-process requests come from 127.0.0.1.
func allowed(blocks []string, from string) bool {
	if len(blocks) == 0 {
		return true
	}
	host, _, err := net.SplitHostPort(from)
	if err != nil {
		host = from
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(blocks, func(block string) bool {
		prefix, err := netip.ParsePrefix(block)
		return err == nil && prefix.Contains(addr.Unmap().WithZone(""))
	})
}

// set replaces the record of the token, not its value.
func (t *tokens) set(ctx context.Context, info TokenInfo) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := storedToken{Info: info.clone(), Hash: t.record.Hash}
	if err := t.store.commits.write(context.WithoutCancel(ctx), func(tx *bbolt.Tx) error { return putToken(tx, next) }); err != nil {
		return fmt.Errorf("store the token: %w", err)
	}
	t.record = next
	return nil
}

func (t *tokens) delay(d TokenDelay) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.setDelay(d)
}

func (t *tokens) setDelay(d TokenDelay) {
	t.refuse, t.workFrom = d.Requests, time.Time{}
	if d.For > 0 {
		t.workFrom = t.now().Add(d.For)
	}
}

// rotate replaces the value of the token, unless the value in the request became invalid since it was admitted.
func (t *tokens) rotate(ctx context.Context, with string, d TokenDelay) (TokenInfo, string, *answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.matches(with) {
		return TokenInfo{}, "", unauthorized("this API token is not valid")
	}
	value := "pdac-sandbox-" + rand.Text()
	next := storedToken{Info: t.record.Info.clone(), Hash: hashToken(value)}
	next.Info.RotatedAt = t.now().UTC()
	next.Info.UpdatedAt = next.Info.RotatedAt
	if err := t.store.commits.write(context.WithoutCancel(ctx), func(tx *bbolt.Tx) error { return putToken(tx, next) }); err != nil {
		return TokenInfo{}, "", broken(err)
	}
	t.record = next
	t.setDelay(d)
	return t.info(), value, nil
}

// newUUID returns a random version 4 UUID.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// samePermissions compares two lists of permissions, whatever their order.
func samePermissions(a, b []Permission) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

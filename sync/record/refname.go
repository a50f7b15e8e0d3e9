package record

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
)

const (
	refPrefix = "refs/pdac/deployments/"
	// maxComponent leaves room for ".lock" in a file name of 255 bytes.
	maxComponent = 240
)

// RefName returns the ref of a tenant's records. Different tenants have different
// refs, on case-insensitive file systems too. Upper case, and what isn't allowed
// in a ref, is encoded as in a URL: a port's colon is %3A.
func RefName(tenant string) (string, error) {
	if tenant == "" {
		return "", errors.New("a deployment record needs a tenant; use the host that was deployed to")
	}
	var b strings.Builder
	for i := range len(tenant) {
		if c := tenant[i]; keeps(tenant, i) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() > maxComponent {
		return "", fmt.Errorf("the tenant %q is too long for a git ref (%d bytes, at most %d); use only its host", git.OneLine(tenant, 60), b.Len(), maxComponent)
	}
	return refPrefix + b.String(), nil
}

// Adopt continues the records that a tenant has under a former name: if none are
// recorded under its own, its ref is created at the last one of the former. The
// former ref stays. It reports whether the ref was created.
func (s *Store) Adopt(ctx context.Context, tenant, former string) (adopted bool, err error) {
	name, err := RefName(tenant)
	if err != nil {
		return false, err
	}
	old, err := RefName(former)
	if err != nil {
		return false, err
	}
	err = s.with(ctx, func(r *git.Repository) error {
		hash, err := r.Ref(ctx, name)
		if err != nil || hash != "" {
			return err
		}
		if hash, err = r.Ref(ctx, old); err != nil || hash == "" {
			return err
		}
		err = r.MoveRef(ctx, name, hash, "")
		if errors.Is(err, git.ErrRefMoved) {
			return nil // another process was faster
		}
		adopted = err == nil
		return err
	})
	return adopted, err
}

// keeps reports whether the byte at i is allowed in a ref as it is.
func keeps(tenant string, i int) bool {
	switch c := tenant[i]; {
	case 'a' <= c && c <= 'z':
		return i > 0 || !isDevice(tenant)
	case '0' <= c && c <= '9', c == '-', c == '_':
		return true
	case c == '.':
		rest := tenant[i+1:]
		return i > 0 && tenant[i-1] != '.' && rest != "" && rest != "lock"
	}
	return false
}

// isDevice reports whether Windows takes a file of that name for a device.
func isDevice(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	switch name {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(name) == 4 && (strings.HasPrefix(name, "com") || strings.HasPrefix(name, "lpt")) && name[3] >= '0' && name[3] <= '9'
}

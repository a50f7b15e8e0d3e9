package record

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// DefaultRefs is where the refs of the records are, unless In says otherwise.
const DefaultRefs = "refs/pdac/deployments"

const (
	// maxComponent leaves room for ".lock" in a file name of 255 bytes.
	maxComponent = 240
)

// In returns the store with the refs of its records below another one than
// DefaultRefs, such as refs/heads/pdac; "" changes nothing. CheckRefs says which are
// possible.
func (s *Store) In(refs string) *Store {
	out := *s
	if refs != "" {
		out.prefix = refs + "/"
	}
	return &out
}

// refPart is a part of a ref that every file system and every git accepts.
var refPart = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)

// CheckRefs returns an error that says why the refs of records can't be below a
// ref. Names that git allows and other systems don't are not possible.
func CheckRefs(refs string) error {
	parts := strings.Split(refs, "/")
	if len(parts) < 3 || parts[0] != "refs" {
		return errors.New("it must start with refs/ and have at least three parts")
	}
	for _, part := range parts {
		if !refPart.MatchString(part) || strings.HasSuffix(part, ".lock") || strings.HasSuffix(part, ".") || strings.Contains(part, "..") {
			return fmt.Errorf("its part %q is not possible in the name of a ref; use letters, digits, - and _", part)
		}
	}
	switch parts[1] {
	case "tags", "remotes":
		return fmt.Errorf("refs/%s is for other things; use refs/heads or a name of your own", parts[1])
	}
	return nil
}

// RefName returns the ref of a tenant's records by default; see Store.RefName.
func RefName(tenant string) (string, error) {
	return (&Store{prefix: DefaultRefs + "/"}).RefName(tenant)
}

// RefName returns the ref of a tenant's records. Different tenants have different
// refs, on case-insensitive file systems too. Upper case, and what isn't allowed
// in a ref, is encoded as in a URL: a port's colon is %3A.
func (s *Store) RefName(tenant string) (string, error) {
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
	return s.prefix + b.String(), nil
}

// Adopt continues the records that a tenant has under a former name in a store of
// the same repository: if none are recorded under its own, its ref is created at the
// last one of the former. The former ref stays. It reports whether the ref was created.
func (s *Store) Adopt(ctx context.Context, tenant string, from *Store, former string) (adopted bool, err error) {
	name, err := s.RefName(tenant)
	if err != nil {
		return false, err
	}
	old, err := from.RefName(former)
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
		err = s.moveRef(ctx, r, name, hash, "")
		if errors.Is(err, git.ErrRefMoved) {
			return nil // another process was faster
		}
		adopted = err == nil
		return err
	})
	return adopted, err
}

// moveRef sets the ref of a record. What prevents it may be a branch of the user's, so
// at chosen refs the way out is another choice.
func (s *Store) moveRef(ctx context.Context, r *git.Repository, name, commit, old string) error {
	return s.otherRefs(r.MoveRef(ctx, name, commit, old))
}

// CheckRef returns an error if the ref of a tenant's record can't be created, so that a
// deployment is not carried out and then not recorded.
func (s *Store) CheckRef(ctx context.Context, tenant string) error {
	name, err := s.RefName(tenant)
	if err != nil {
		return err
	}
	return s.with(ctx, func(r *git.Repository) error { return s.otherRefs(r.RefPossible(ctx, name)) })
}

func (s *Store) otherRefs(err error) error {
	var cant *git.UnsupportedError
	if errors.As(err, &cant) && s.prefix != DefaultRefs+"/" {
		return &git.UnsupportedError{Feature: cant.Feature, Next: useOtherRefs, Err: err}
	}
	return err
}

// useOtherRefs is the way out if there is a ref that prevents the one of a record.
const useOtherRefs = "set deployments.ref in pdac.yaml to another name"

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

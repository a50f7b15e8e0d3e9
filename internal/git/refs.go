package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/pdac-dev/pdac/internal/readfile"
)

// Refs lists the names of the refs below another name, such as refs/heads, sorted.
func (r *Repository) Refs(ctx context.Context, below string) ([]string, error) {
	return ask(ctx, r, func(e engine) ([]string, error) { return e.refs(ctx, below) })
}

func (p *program) refs(ctx context.Context, below string) ([]string, error) {
	out, err := p.run(ctx, nil, nil, "for-each-ref", "--format=%(refname)", "--", below+"/")
	if err != nil {
		return nil, fmt.Errorf("list the refs below %s: %w", below, err)
	}
	names := strings.Fields(out)
	slices.Sort(names)
	return names, nil
}

func (l *library) refs(ctx context.Context, below string) (names []string, err error) {
	err = l.with(ctx, func(s *store) error {
		refs, err := s.IterReferences()
		if err != nil {
			return fmt.Errorf("list the refs below %s: %w", below, err)
		}
		return refs.ForEach(func(ref *plumbing.Reference) error {
			if name := ref.Name().String(); strings.HasPrefix(name, below+"/") {
				names = append(names, name)
			}
			return ctx.Err()
		})
	})
	slices.Sort(names)
	return names, err
}

// DeleteRef deletes a ref if it still names a commit. It is no error if there is no such
// ref; if it names another commit, the error is ErrRefMoved.
func (r *Repository) DeleteRef(ctx context.Context, name, old string) error {
	_, err := askProgram(r, func(e engine) (struct{}, error) { return struct{}{}, e.deleteRef(ctx, name, old) })
	if errors.Is(err, ErrRefMoved) {
		if now, readErr := r.Ref(ctx, name); readErr == nil && now == "" {
			return nil
		}
	}
	return err
}

func (p *program) deleteRef(ctx context.Context, name, old string) error {
	_, err := p.query(ctx, "update-ref", "--no-deref", "-d", name, old)
	return refError(name, "delete", err)
}

// deleteRef holds git's own lock, as moveRef does. go-git removes the packed ref too.
func (l *library) deleteRef(ctx context.Context, name, old string) error {
	ref := filepath.Join(l.commonDir, filepath.FromSlash(name))
	lock, err := lockRef(ctx, name, ref+".lock")
	if err != nil {
		return err
	}
	defer os.Remove(lock.Name())
	if err := lock.Close(); err != nil {
		return fmt.Errorf("delete %s: %w", name, err)
	}
	if now, err := l.ref(ctx, name); err != nil || now != old {
		return errors.Join(err, ErrRefMoved)
	}
	return l.with(ctx, func(s *store) error { return s.RemoveReference(plumbing.ReferenceName(name)) })
}

// CheckBranch returns the ref of a branch, or an error if no branch can have that name.
func CheckBranch(name string) (ref string, err error) {
	full := plumbing.NewBranchReferenceName(name)
	if err := full.Validate(); err != nil || strings.HasPrefix(name, "-") || name == "HEAD" || strings.HasPrefix(name, "refs/") {
		return "", fmt.Errorf("%q is not a name that a branch can have; use one such as pdac/drift", OneLine(name, 100))
	}
	return full.String(), nil
}

// CheckedOut returns a folder in which a branch is checked out, or "".
func (r *Repository) CheckedOut(ctx context.Context, ref string) (string, error) {
	if r.prog != nil {
		out, err := r.prog.run(ctx, nil, nil, "worktree", "list", "--porcelain")
		if err != nil {
			return "", fmt.Errorf("find what is checked out: %w", err)
		}
		dir := ""
		for line := range strings.Lines(out) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			switch {
			case key == "worktree":
				dir = value
			case key == "branch" && value == ref:
				return dir, nil
			}
		}
		return "", nil
	}
	heads, err := filepath.Glob(filepath.Join(r.commonDir, "worktrees", "*", "HEAD"))
	if err != nil {
		return "", err
	}
	for _, file := range append([]string{filepath.Join(r.commonDir, "HEAD")}, heads...) {
		if text, err := readfile.Bounded(file, 64<<10); err == nil && strings.TrimSpace(string(text)) == "ref: "+ref {
			return filepath.Dir(file), nil
		}
	}
	return "", nil
}

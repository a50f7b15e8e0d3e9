package git

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// revisionForm is what is understood without git: a name, and steps from there,
// as in main~3^2.
var revisionForm = lazyregexp.New(`^([^~^:{}?*[\\ ]+)((?:[~^][0-9]*|\^\{\}|\^\{commit\})*)$`)

// steps ~3 is three first parents up, ^2 the second parent, and ^0 the commit.
var revisionStep = lazyregexp.New(`[~^](?:[0-9]+|\{\}|\{commit\})?`)

// resolve reads revisions by git's rules. go-git's own reading takes a branch
// named "ad" for the start of some commit's hash, and ^3 for ^2.
func (l *library) resolve(ctx context.Context, rev string) (commit string, err error) {
	form := revisionForm.FindStringSubmatch(rev)
	if form == nil {
		return "", &UnsupportedError{
			Feature: fmt.Sprintf("resolving the revision %q needs git, which was not found on PATH", rev),
			Next:    "install git, or name a branch, a tag or a commit",
		}
	}
	err = l.with(ctx, func(s *store) error {
		c, err := s.base(rev, form[1])
		if err != nil {
			return err
		}
		for _, step := range revisionStep.FindAllString(form[2], -1) {
			if c, err = l.step(ctx, s, rev, c, step); err != nil {
				return err
			}
		}
		commit = c.Hash.String()
		return nil
	})
	return commit, err
}

func (l *library) head(ctx context.Context) (commit string, err error) {
	err = l.with(ctx, func(s *store) error {
		h, err := s.reference(plumbing.HEAD)
		if errors.Is(err, plumbing.ErrReferenceNotFound) {
			return nil // no commit yet
		}
		if err != nil {
			return err
		}
		commit = h.String()
		return nil
	})
	return commit, err
}

// base finds the commit that a name or hash names. A full hash takes precedence
// over a branch of that name, and a branch over an abbreviated hash.
func (s *store) base(rev, base string) (*object.Commit, error) {
	if base == "@" {
		base = "HEAD"
	}
	if looksLikeHash(base) && len(base) == 40 {
		c, err := s.peel(rev, plumbing.NewHash(base))
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			err = noSuchRevision(rev)
		}
		return c, err
	}
	for _, rule := range plumbing.RefRevParseRules {
		name := plumbing.ReferenceName(fmt.Sprintf(rule, base))
		if !name.IsSafe() {
			continue
		}
		h, err := s.reference(name)
		if err == nil {
			return s.peel(rev, h)
		}
	}
	// "git describe" writes v1.0-3-g1a2b3c4.
	if i := strings.LastIndex(base, "-g"); i > 0 && looksLikeHash(base[i+2:]) {
		base = base[i+2:]
	}
	if !looksLikeHash(base) {
		return nil, noSuchRevision(rev)
	}
	return s.abbreviated(rev, strings.ToLower(base))
}

// looksLikeHash reports whether a name may be a hash, or enough of its start for git.
func looksLikeHash(name string) bool {
	return len(name) >= 4 && len(name) <= 40 && strings.Trim(strings.ToLower(name), "0123456789abcdef") == ""
}

// reference follows a branch or tag to what it names.
func (s *store) reference(name plumbing.ReferenceName) (plumbing.Hash, error) {
	ref, err := storer.ResolveReference(s, name)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return ref.Hash(), nil
}

// peel returns the commit that an object is, or that a tag names.
func (s *store) peel(rev string, h plumbing.Hash) (*object.Commit, error) {
	for range 10 {
		o, err := s.EncodedObject(plumbing.AnyObject, h)
		if err != nil {
			return nil, err
		}
		switch o.Type() {
		case plumbing.CommitObject:
			return object.DecodeCommit(s, o)
		case plumbing.TagObject:
			tag, err := object.DecodeTag(s, o)
			if err != nil {
				return nil, err
			}
			h = tag.Target
		default:
			return nil, &RevisionError{Rev: rev, Reason: fmt.Sprintf("is a %s, not a commit; name a branch, a tag or a commit", o.Type())}
		}
	}
	return nil, &RevisionError{Rev: rev, Reason: "is a tag of a tag of too many tags; name its commit"}
}

func (s *store) abbreviated(rev, prefix string) (*object.Commit, error) {
	start, err := hex.DecodeString(prefix[:len(prefix)&^1])
	if err != nil {
		return nil, err
	}
	hashes, err := s.HashesWithPrefix(start)
	if err != nil {
		return nil, err
	}
	found := map[string]*object.Commit{}
	for _, h := range hashes {
		if !strings.HasPrefix(h.String(), prefix) {
			continue
		}
		if c, err := s.peel(rev, h); err == nil {
			found[h.String()] = c
		}
	}
	var all []string
	for h, c := range found {
		if len(found) == 1 {
			return c, nil
		}
		all = append(all, h[:12])
	}
	if len(all) == 0 {
		return nil, noSuchRevision(rev)
	}
	slices.Sort(all)
	return nil, &RevisionError{Rev: rev, Reason: fmt.Sprintf("matches more than one commit (%s); use more characters of its hash", strings.Join(all, ", "))}
}

func (l *library) step(ctx context.Context, s *store, rev string, c *object.Commit, step string) (*object.Commit, error) {
	n, err := strconv.Atoi(step[1:])
	switch {
	case step == "~" || step == "^":
		n = 1
	case strings.HasPrefix(step[1:], "{"), err == nil && n == 0:
		return c, nil
	case err != nil:
		return nil, noSuchRevision(rev)
	}
	times, which := 1, n
	if step[0] == '~' {
		times, which = n, 1
	}
	edge, err := l.edge()
	if err != nil {
		return nil, err
	}
	for range times {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if edge[c.Hash.String()] {
			return nil, noSuchRevision(rev)
		}
		if which > len(c.ParentHashes) {
			return nil, &RevisionError{Rev: rev, Reason: fmt.Sprintf("goes past commit %.12s, which has %s; go back fewer steps", c.Hash, countParents(len(c.ParentHashes)))}
		}
		parent, err := object.GetCommit(s, c.ParentHashes[which-1])
		if err != nil {
			return nil, err
		}
		c = parent
	}
	return c, nil
}

func countParents(n int) string {
	switch n {
	case 0:
		return "no parent"
	case 1:
		return "1 parent"
	}
	return fmt.Sprintf("%d parents", n)
}

// hint names the remote-tracking branch of that name, if any: clones in CI often
// have no others.
func (r *Repository) hint(ctx context.Context, rev string) string {
	advice := `; run "git fetch --tags" if it is on the server`
	form := revisionForm.FindStringSubmatch(rev)
	if form == nil || r.lib == nil {
		return advice
	}
	var remote []string
	_ = r.lib.with(ctx, func(s *store) error {
		refs, err := s.IterReferences()
		if err != nil {
			return err
		}
		return refs.ForEach(func(ref *plumbing.Reference) error {
			short, ok := strings.CutPrefix(ref.Name().String(), "refs/remotes/")
			if _, branch, _ := strings.Cut(short, "/"); ok && branch == form[1] {
				remote = append(remote, short)
			}
			return nil
		})
	})
	if len(remote) == 0 {
		return advice
	}
	slices.Sort(remote)
	return fmt.Sprintf("; did you mean %q?", remote[0]+form[2])
}

package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
)

// Intent is what an apply is about to write, stored before its first write and deleted
// once its deployment is recorded.
type Intent struct {
	// Hash is the commit that holds it, and Ref names that here.
	Hash    string
	Ref     string
	Time    time.Time
	Content []byte
	// Damaged is why its content can't be read; nil if it can.
	Damaged error
	// Shared says that the remote has it.
	Shared bool
}

const (
	// intentRefs is where the refs of the intents of this repository are, and copyRefs
	// where those are that a remote has.
	intentRefs = "refs/pdac/intents"
	copyRefs   = "refs/pdac/shared-intents"
	// intentPath is the file of an intent.
	intentPath = "pdac-intent.json"
	// maxIntents bounds how many intents are read, the newest first.
	maxIntents = 64
)

// intentFolders are the refs above those of a tenant's intents: here, here as copies of
// a remote's, and in a remote.
type intentFolders struct{ own, copies, there string }

func (s *Store) intents(tenant string) (intentFolders, error) {
	name, err := s.RefName(tenant)
	if err != nil {
		return intentFolders{}, err
	}
	encoded := strings.TrimPrefix(name, s.prefix)
	there := intentRefs
	if s.prefix != DefaultRefs+"/" {
		there = strings.TrimSuffix(s.prefix, "/") + "-intents"
	}
	return intentFolders{own: intentRefs + "/" + encoded, copies: copyRefs + "/" + encoded, there: there + "/" + encoded}, nil
}

// WriteIntent stores what an apply is about to write, and returns its hash.
func (s *Store) WriteIntent(ctx context.Context, tenant, actor string, at time.Time, content []byte) (hash string, err error) {
	refs, err := s.intents(tenant)
	if err != nil {
		return "", err
	}
	if len(content) > MaxStored {
		return "", fmt.Errorf("what is about to be written has %d bytes, more than the %d that git servers accept", len(content), MaxStored)
	}
	err = s.with(ctx, func(r *git.Repository) error {
		tree, err := r.StoreFiles(ctx, map[string][]byte{intentPath: content})
		if err != nil {
			return err
		}
		who, _ := identity(ctx, r, actor)
		at = wholeMinutes(at)
		stamp := fmt.Sprintf("%s %d %s", who, at.Unix(), at.Format("-0700"))
		body := fmt.Sprintf("tree %s\nauthor %s\ncommitter %s\n\nDeploy to %s: about to start\n\npdac deletes this once the deployment is recorded.\n", tree, stamp, stamp, git.OneLine(tenant, 100))
		if hash, err = r.StoreCommit(ctx, []byte(body)); err != nil {
			return err
		}
		err = r.MoveRef(ctx, refs.own+"/"+hash, hash, "")
		if errors.Is(err, git.ErrRefMoved) {
			return nil // an equal run of the same second
		}
		return err
	})
	return hash, err
}

// ShareIntents pushes intents to a remote.
func (s *Store) ShareIntents(ctx context.Context, remote, tenant string, hashes ...string) error {
	refs, err := s.intents(tenant)
	if err != nil || len(hashes) == 0 {
		return err
	}
	return remoteError("push", remote, s.with(ctx, func(r *git.Repository) error {
		m, err := talkTo(ctx, r, remote)
		if err != nil {
			return err
		}
		specs := make([]string, len(hashes))
		for i, hash := range hashes {
			specs[i] = hash + ":" + refs.there + "/" + hash
		}
		if err := s.patience.wait(ctx, func() error { return m.Push(ctx, specs...) }); err != nil {
			return err
		}
		// As after a fetch: once the remote no longer has it, it is deleted here.
		for _, hash := range hashes {
			if err := r.MoveRef(ctx, refs.copies+"/"+hash, hash, ""); err != nil && !errors.Is(err, git.ErrRefMoved) {
				return err
			}
		}
		return nil
	}))
}

// DropIntents deletes intents, also in a remote unless that is "". A hash may be there twice: an
// apply that goes on where an equal one of the same minute ended has its intent.
func (s *Store) DropIntents(ctx context.Context, remote, tenant string, hashes ...string) error {
	refs, err := s.intents(tenant)
	if err != nil || len(hashes) == 0 {
		return err
	}
	hashes = slices.Compact(slices.Sorted(slices.Values(hashes)))
	return s.with(ctx, func(r *git.Repository) error {
		var errs []error
		if remote != "" {
			var there []string
			for _, hash := range hashes {
				there = append(there, refs.there+"/"+hash)
			}
			m, err := talkTo(ctx, r, remote)
			if err == nil {
				err = s.patience.wait(ctx, func() error { return m.Delete(ctx, there...) })
			}
			if failed := new(git.RemoteError); errors.As(err, &failed) && !failed.Busy {
				// Another run may have deleted some of them, which git refuses.
				err = s.deleteLeft(ctx, m, refs, there)
			}
			errs = append(errs, remoteError("push", remote, err))
		}
		for _, hash := range hashes {
			errs = append(errs, r.DeleteRef(ctx, refs.own+"/"+hash, hash), r.DeleteRef(ctx, refs.copies+"/"+hash, hash))
		}
		return errors.Join(errs...)
	})
}

// deleteLeft deletes those refs that a remote still has.
func (s *Store) deleteLeft(ctx context.Context, m *git.Remote, refs intentFolders, there []string) error {
	tips, err := m.Tips(ctx, refs.there+"/*")
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(there, func(ref string) bool { return tips[ref] == "" })
	if len(left) == 0 {
		return nil
	}
	return s.patience.wait(ctx, func() error { return m.Delete(ctx, left...) })
}

// Intents returns the intents of a tenant that are stored here, the oldest first.
func (s *Store) Intents(ctx context.Context, tenant string) ([]Intent, error) {
	refs, err := s.intents(tenant)
	if err != nil || s.bare {
		return nil, err
	}
	var out []Intent
	err = s.with(ctx, func(r *git.Repository) error {
		known := map[string]bool{}
		for _, folder := range []string{refs.copies, refs.own} {
			names, err := r.Refs(ctx, folder)
			if err != nil {
				return err
			}
			for _, name := range names {
				hash := path.Base(name)
				if known[hash] || !isHash(hash) {
					continue
				}
				known[hash] = true
				err := r.Log(ctx, hash, 1, func(c git.LogEntry) (bool, error) {
					out = append(out, Intent{Hash: hash, Ref: name, Time: c.Committed, Shared: folder == refs.copies})
					return false, nil
				})
				if err != nil {
					return damaged(err)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(x, y Intent) int {
		return cmp.Or(x.Time.Compare(y.Time), strings.Compare(x.Hash, y.Hash))
	})
	out = out[max(0, len(out)-maxIntents):]
	for i := range out {
		if out[i].Content, out[i].Damaged = s.intentContent(ctx, out[i].Hash); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return out, nil
}

func (s *Store) intentContent(ctx context.Context, hash string) (content []byte, err error) {
	t, err := git.Commit(ctx, s.top, hash, s.options)
	if err != nil {
		return nil, fmt.Errorf("read what the apply %.12s was about to write: %w", hash, err)
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	content, err = t.Read(ctx, intentPath, MaxStored)
	if err != nil {
		return nil, fmt.Errorf("read what the apply %.12s was about to write: %w", hash, err)
	}
	return content, nil
}

// fetchIntents says what to fetch of a tenant's intents, and deletes the copies of those
// that the remote no longer has. It is called before the fetch.
func (s *Store) fetchIntents(ctx context.Context, r *git.Repository, m *git.Remote, tenant string) (refspec string, err error) {
	refs, err := s.intents(tenant)
	if err != nil {
		return "", err
	}
	copies, err := r.Refs(ctx, refs.copies)
	if err != nil {
		return "", err
	}
	if len(copies) > 0 {
		there, err := m.Tips(ctx, refs.there+"/*")
		if err != nil {
			return "", err
		}
		for _, name := range copies {
			hash := path.Base(name)
			if _, stays := there[refs.there+"/"+hash]; stays || !isHash(hash) {
				continue
			}
			if err := errors.Join(r.DeleteRef(ctx, name, hash), r.DeleteRef(ctx, refs.own+"/"+hash, hash)); err != nil {
				return "", err
			}
		}
	}
	return refs.there + "/*:" + refs.copies + "/*", nil
}

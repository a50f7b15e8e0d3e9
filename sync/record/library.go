package record

import (
	"bufio"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// library is the engine over go-git. It opens the storage anew for every call,
// so that packs that came or went since are seen.
type library struct {
	location
	// pause is called with the ref locked; tests stop there.
	pause func(stage string)
}

// with lends a storage. Damaged repositories make go-git panic here and there.
func (l *library) with(ctx context.Context, use func(*filesystem.Storage) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := filesystem.NewStorageWithOptions(osfs.New(l.common), cache.NewObjectLRUDefault(), filesystem.Options{KeepDescriptors: true})
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("go-git failed: %v", p)
		}
		err = errors.Join(err, s.Close())
	}()
	return use(s)
}

func (l *library) ref(ctx context.Context, name string) (hash string, err error) {
	err = l.with(ctx, func(s *filesystem.Storage) error {
		hash, err = refOf(s, name)
		return err
	})
	return hash, err
}

func refOf(s *filesystem.Storage, name string) (string, error) {
	r, err := s.Reference(plumbing.ReferenceName(name))
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	if r.Type() != plumbing.HashReference || r.Hash().IsZero() {
		return "", notDirect(name)
	}
	return r.Hash().String(), nil
}

// queue holds commits to visit, the newest first.
type queue []queued

type queued struct {
	rawCommit
	commit
	turn int
}

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if !q[i].when.Equal(q[j].when) {
		return q[i].when.After(q[j].when)
	}
	return q[i].turn < q[j].turn
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(queued)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func (l *library) walk(ctx context.Context, hash string, edge map[string]bool, limit int, visit func(rawCommit) (bool, error)) error {
	return l.with(ctx, func(s *filesystem.Storage) error {
		seen := map[string]bool{}
		q := &queue{}
		add := func(hash string) error {
			if seen[hash] {
				return nil
			}
			seen[hash] = true
			raw, err := readCommit(s, hash)
			if err != nil {
				return err
			}
			c, err := raw.parse()
			if err != nil {
				return err
			}
			heap.Push(q, queued{raw, c, len(seen)})
			return nil
		}
		if err := add(hash); err != nil {
			return err
		}
		for n := 1; q.Len() > 0; n++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			at := heap.Pop(q).(queued)
			if more, err := visit(at.rawCommit); err != nil || !more || n == limit {
				return err
			}
			if edge[at.hash] {
				continue
			}
			for _, p := range at.parents {
				if err := add(p); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func readCommit(s *filesystem.Storage, hash string) (rawCommit, error) {
	o, err := s.EncodedObject(plumbing.CommitObject, plumbing.NewHash(hash))
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return rawCommit{}, fmt.Errorf("%w: commit %s", errNoObject, hash)
	}
	if err != nil {
		return rawCommit{}, fmt.Errorf("read commit %s: %w", hash, err)
	}
	r, err := o.Reader()
	if err != nil {
		return rawCommit{}, fmt.Errorf("read commit %s: %w", hash, err)
	}
	body, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err = errors.Join(err, r.Close()); err != nil {
		return rawCommit{}, fmt.Errorf("read commit %s: %w", hash, err)
	}
	return rawCommit{hash, body}, nil
}

// recent is the age up to which git's cleaning leaves objects alone anyway.
const recent = 24 * time.Hour

func (l *library) missing(ctx context.Context, hashes []string) (map[string]bool, error) {
	out := map[string]bool{}
	var packs []*idxfile.MemoryIndex
	err := l.with(ctx, func(s *filesystem.Storage) (err error) {
		packs, err = l.packs(s)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, hash := range hashes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		path := l.loose(hash)
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			// Nothing may need it but us: it must not be cleaned away before
			// the ref names it.
			if now := time.Now(); now.Sub(info.ModTime()) > recent {
				_ = os.Chtimes(path, now, now)
			}
			continue
		}
		h := plumbing.NewHash(hash)
		if !slices.ContainsFunc(packs, func(p *idxfile.MemoryIndex) bool { ok, err := p.Contains(h); return ok && err == nil }) {
			out[hash] = true
		}
	}
	return out, nil
}

// packs gives the tables of contents. go-git's own look-up opens a file for
// every object before it turns to them, 30 µs each time.
func (l *library) packs(s *filesystem.Storage) ([]*idxfile.MemoryIndex, error) {
	names, err := s.ObjectPacks()
	if err != nil {
		return nil, fmt.Errorf("list the packs: %w", err)
	}
	var out []*idxfile.MemoryIndex
	for _, name := range names {
		f, err := os.Open(filepath.Join(l.common, "objects", "pack", "pack-"+name.String()+".idx"))
		if errors.Is(err, fs.ErrNotExist) {
			continue // cleaning replaced it, or it isn't complete yet
		}
		if err != nil {
			return nil, fmt.Errorf("look into a pack: %w", err)
		}
		index := idxfile.NewMemoryIndex()
		err = idxfile.NewDecoder(bufio.NewReader(f)).Decode(index)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("look into pack %s: %w", name, err)
		}
		out = append(out, index)
	}
	return out, nil
}

func (l *library) loose(hash string) string {
	return filepath.Join(l.common, "objects", hash[:2], hash[2:])
}

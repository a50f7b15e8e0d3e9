package record

import (
	"bufio"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

func (l *library) store(ctx context.Context, objects []object) error {
	if len(objects) > fewObjects {
		return l.storePack(ctx, objects)
	}
	for _, o := range objects {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := place(l.loose(o.hash), func(w io.Writer) error {
			z := zlib.NewWriter(w)
			if _, err := z.Write(objectHead(o.kind, len(o.body))); err != nil {
				return err
			}
			if _, err := z.Write(o.body); err != nil {
				return err
			}
			return z.Close()
		})
		if err != nil {
			return fmt.Errorf("write a git object: %w", err)
		}
	}
	return nil
}

// storePack writes one pack. git sees it when its table of contents is there,
// which comes last.
func (l *library) storePack(ctx context.Context, objects []object) error {
	dir := filepath.Join(l.common, "objects", "pack")
	var entries []packed
	var sum string
	pack, err := temporary(dir, func(w io.Writer) (err error) {
		entries, sum, err = writePack(w, l.hashing, objects)
		return err
	})
	if err == nil && ctx.Err() != nil {
		_ = os.Remove(pack)
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("write a git pack: %w", err)
	}
	var table idxfile.Writer
	if err := table.OnHeader(uint32(len(entries))); err != nil {
		return err
	}
	for _, e := range entries {
		table.Add(plumbing.NewHash(e.hash), e.offset, e.crc)
	}
	if err := table.OnFooter(plumbing.NewHash(sum)); err != nil {
		return err
	}
	index, err := table.Index()
	if err != nil {
		return err
	}
	if err := os.Rename(pack, filepath.Join(dir, "pack-"+sum+".pack")); err != nil {
		_ = os.Remove(pack)
		return fmt.Errorf("write a git pack: %w", err)
	}
	err = place(filepath.Join(dir, "pack-"+sum+".idx"), func(w io.Writer) error {
		_, err := idxfile.NewEncoder(w).Encode(index)
		return err
	})
	if err != nil {
		return fmt.Errorf("write a git pack: %w", err)
	}
	return nil
}

// place makes a read-only file that is whole and on disk when it has its name.
func place(path string, write func(io.Writer) error) error {
	for range 3 {
		tmp, err := temporary(filepath.Dir(path), write)
		if errors.Is(err, fs.ErrNotExist) {
			continue // cleaning removed the empty folder
		}
		if err != nil {
			return err
		}
		err = os.Rename(tmp, path)
		if err != nil {
			_ = os.Remove(tmp)
		}
		// On Windows a file that another process wrote first and has open stays.
		if _, there := os.Stat(path); err != nil && there == nil {
			return nil
		}
		return err
	}
	return fmt.Errorf("the folder %s is removed again and again", filepath.Dir(path))
}

// temporary writes a file under a name that git's cleaning knows as left over.
func temporary(dir string, write func(io.Writer) error) (string, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, "tmp_obj_")
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(f, 64<<10)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Chmod(f.Name(), 0o444)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// lockPatience is how long a lock is waited for, in steps of lockStep.
const (
	lockPatience = 2 * time.Second
	lockStep     = 20 * time.Millisecond
)

// move follows git's own protocol: whoever makes REF.lock may look at the ref
// and then rename the lock over it.
func (l *library) move(ctx context.Context, name, commit, old string) error {
	path := filepath.Join(l.common, filepath.FromSlash(name))
	lock, err := l.lock(ctx, name, path+".lock", commit)
	if err != nil {
		return err
	}
	err = l.with(ctx, func(s *filesystem.Storage) error {
		if old == "" {
			if err := inTheWay(s, name); err != nil {
				return err
			}
		}
		now, err := refOf(s, name)
		if err == nil && now != old {
			err = errMoved
		}
		return err
	})
	if err == nil {
		l.pause("locked")
		if err = os.Rename(lock, path); err != nil {
			err = fmt.Errorf("move %s: %w", name, err)
		}
	}
	if err != nil {
		_ = os.Remove(lock)
	}
	return err
}

// lock makes the lock's file, which holds what the ref is to be.
func (l *library) lock(ctx context.Context, name, lock, commit string) (string, error) {
	var f *os.File
	for waited := time.Duration(0); ; waited += lockStep {
		err := os.MkdirAll(filepath.Dir(lock), 0o777)
		if err == nil {
			f, err = os.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		}
		if err == nil {
			break
		}
		again := errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist)
		switch {
		case errors.Is(err, syscall.ENOTDIR):
			return "", blocked(name, filepath.Dir(name))
		case again && waited >= lockPatience:
			return "", &LockedError{Ref: name, File: lock, Err: err}
		case !again:
			return "", fmt.Errorf("lock %s: %w", name, err)
		}
		select {
		case <-time.After(lockStep):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	_, err := f.WriteString(commit + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(lock)
		return "", fmt.Errorf("lock %s: %w", name, err)
	}
	return lock, nil
}

// inTheWay finds packed refs that have the name of one of our folders, which
// git doesn't allow beside each other.
func inTheWay(s *filesystem.Storage, name string) error {
	for _, above := range []string{"refs/pdac", "refs/pdac/deployments"} {
		if hash, err := refOf(s, above); err == nil && hash != "" {
			return blocked(name, above)
		}
	}
	return nil
}

func blocked(name, above string) error {
	return &UnsupportedError{
		Feature: fmt.Sprintf("the ref %s stands where the folder of %s must be", filepath.ToSlash(above), name),
		Next:    fmt.Sprintf(`rename it, or delete it with "git update-ref -d %s"`, filepath.ToSlash(above)),
	}
}

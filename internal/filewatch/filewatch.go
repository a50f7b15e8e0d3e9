// Package filewatch waits for changes of the files below a folder.
package filewatch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long nothing must change before a change is reported: editors and git write
// several files, some of them twice.
const settle = 100 * time.Millisecond

// ErrOverflow says that changes came faster than they were read, so that any file may have
// changed.
var ErrOverflow = fsnotify.ErrEventOverflow

// Watcher watches a folder and all below it, without following links. It is not safe for
// concurrent use.
type Watcher struct {
	root string
	skip func(string) bool
	w    *fsnotify.Watcher
	// dirs are the folders that are or were watched.
	dirs map[string]bool
}

// Change is a file or folder that was made, written, moved or removed.
type Change struct {
	// Path is relative to the root, with slashes.
	Path string
	// Dir reports whether it is or was a folder.
	Dir bool
}

// New begins to watch a folder. skip is called with the slash-separated path of each file and
// folder, relative to the root, and keeps it out.
func New(root string, skip func(path string) bool) (*Watcher, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", root, err)
	}
	w := &Watcher{root: root, skip: skip, w: n, dirs: map[string]bool{}}
	if err := w.add(root); err != nil {
		_ = n.Close()
		return nil, fmt.Errorf("watch %s: %w", root, err)
	}
	return w, nil
}

// Close ends the watch.
func (w *Watcher) Close() error { return w.w.Close() }

// add watches a folder and those below it, and ignores what is gone by then.
func (w *Watcher) add(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch rel, known := w.rel(path); {
		case err != nil && path == w.root:
			return err
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return fs.SkipDir // it can't be read, as when it is scanned
		case !d.IsDir():
			return nil
		case !known && path != w.root, known && w.skip(rel):
			return fs.SkipDir
		}
		if err := w.w.Add(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		w.dirs[path] = true
		return nil
	})
}

// rel returns a path relative to the root; false for the root itself.
func (w *Watcher) rel(path string) (string, bool) {
	rel, err := filepath.Rel(w.root, path)
	return filepath.ToSlash(rel), err == nil && rel != "."
}

// Wait waits until files have changed and then nothing changes for a moment, and returns
// them, sorted. It returns ErrOverflow if it lost count, and the context's error if that
// ends first.
func (w *Watcher) Wait(ctx context.Context) ([]Change, error) {
	var changed []Change
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-quiet:
			slices.SortFunc(changed, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
			return slices.Compact(changed), nil
		case err := <-w.w.Errors:
			return nil, err
		case e := <-w.w.Events:
			rel, ok := w.rel(e.Name)
			if !ok || e.Op == fsnotify.Chmod || w.skip(rel) {
				continue
			}
			if e.Has(fsnotify.Create) {
				// What was written into a new folder before it was watched has no event of its own.
				if err := w.add(e.Name); err != nil {
					return nil, fmt.Errorf("watch %s: %w", e.Name, err)
				}
			}
			changed = append(changed, Change{rel, w.dirs[e.Name]})
			quiet = time.After(settle)
		}
	}
}

package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/atomicfile"
)

func sortedPaths(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }

// Write puts the files of a pull in their places. It refuses, before it writes
// anything, where something would be lost that git doesn't hold.
func (s *Session) Write(p *Pull, force bool) error {
	if len(p.Files) == 0 {
		return nil
	}
	if err := s.still(p); err != nil {
		return err
	}
	if !force {
		if err := s.guard(p); err != nil {
			return err
		}
	}
	for _, path := range sortedPaths(p.Files) {
		full := filepath.Join(s.o.Root, filepath.FromSlash(path))
		content := p.Files[path]
		if content == nil {
			if err := os.Remove(full); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove %s: %w; git diff shows what was written before it", path, err)
			}
			continue
		}
		if err := atomicfile.Replace(full, content); err != nil {
			return fmt.Errorf("write %s: %w; git diff shows what was written before it", path, err)
		}
	}
	return nil
}

// still finds files that somebody has changed since they were read, as may happen
// while Panther is asked: the new content was made from the old.
func (s *Session) still(p *Pull) error {
	for _, path := range sortedPaths(p.Files) {
		text, err := os.ReadFile(filepath.Join(s.o.Root, filepath.FromSlash(path)))
		before, known := p.before[path]
		switch {
		case !known && errors.Is(err, fs.ErrNotExist):
		case err != nil && !known:
			return fmt.Errorf("nothing was written, because what is at %s can't be read: %w", path, err)
		case known && (err != nil || !bytes.Equal(text, before)):
			return fmt.Errorf("nothing was written, because %s has been changed since it was read; pull again", path)
		}
	}
	return nil
}

// guard finds what would be lost.
func (s *Session) guard(p *Pull) error {
	if s.repo.Revision.Commit == "" {
		return errors.New("nothing was written, because no commit holds the files as they are now, to take them back; commit them first, or give --force")
	}
	var dirty []string
	for _, path := range sortedPaths(p.Files) {
		if s.uncommitted(path) {
			dirty = append(dirty, path)
		}
		if _, known := s.repo.Sources[path]; known || p.Files[path] == nil {
			continue
		}
		if _, err := os.Lstat(filepath.Join(s.o.Root, filepath.FromSlash(path))); err == nil {
			dirty = append(dirty, path)
		}
	}
	if len(dirty) > 0 {
		return fmt.Errorf("nothing was written, because these files hold work that isn't committed: %s; commit or stash it, or give --force to overwrite it", strings.Join(dirty, ", "))
	}
	return nil
}

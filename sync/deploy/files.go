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

// Write writes the files of a pull. It refuses, before writing anything, if
// work that is not in git would be lost.
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
				return fmt.Errorf("remove %s: %w; git diff shows what was already written", path, err)
			}
			continue
		}
		if err := atomicfile.Replace(full, content); err != nil {
			return fmt.Errorf("write %s: %w; git diff shows what was already written", path, err)
		}
	}
	return nil
}

// still returns an error if a file has changed since it was read, for example
// during the requests to Panther: the new content is based on the old.
func (s *Session) still(p *Pull) error {
	for _, path := range sortedPaths(p.Files) {
		text, err := os.ReadFile(filepath.Join(s.o.Root, filepath.FromSlash(path)))
		before, known := p.before[path]
		switch {
		case !known && errors.Is(err, fs.ErrNotExist):
		case err != nil && !known:
			return fmt.Errorf("nothing was written, because %s can't be read: %w", path, err)
		case known && (err != nil || !bytes.Equal(text, before)):
			return fmt.Errorf("nothing was written, because %s has changed since it was read; pull again", path)
		}
	}
	return nil
}

// guard returns an error if work would be lost.
func (s *Session) guard(p *Pull) error {
	if s.repo.Revision.Commit == "" {
		return errors.New("nothing was written, because there is no commit to restore the current files from; commit them first, or use --force")
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
		return fmt.Errorf("nothing was written, because these files have uncommitted changes: %s; commit or stash them, or use --force to overwrite them", strings.Join(dirty, ", "))
	}
	return nil
}

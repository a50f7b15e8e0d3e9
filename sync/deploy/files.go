package deploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/git"
)

func sortedPaths(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }

// Write writes the files of a pull. It refuses, before writing anything, if
// work that is not in git would be lost.
func (s *Session) Write(p *Pull, force bool) error {
	if len(p.Files) == 0 {
		return nil
	}
	disk, err := atomicfile.OpenFolder(s.o.Root)
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := s.still(disk, p); err != nil {
		return err
	}
	if !force {
		if err := s.guard(disk, p); err != nil {
			return err
		}
	}
	if err := disk.ChangeAll(pullJournal, s.repo.Revision.Commit, p.Files, true); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	return nil
}

// pullJournal is the file among pdac's own that says what a running pull writes.
const pullJournal = "pull.json"

// Recover restores the files that a killed pull had begun to write, so that no
// entity is left with half of its files, and returns how many. If another commit is
// checked out since, they stay as they are. It returns atomicfile.ErrBusy while
// another pull is writing.
func (s *Session) Recover(ctx context.Context) (int, error) {
	disk, err := atomicfile.OpenFolder(s.o.Root)
	if err != nil {
		return 0, err
	}
	defer disk.Close()
	if !disk.HasState(pullJournal) {
		return 0, nil
	}
	head, err := git.Head(ctx, s.o.Root, s.o.Git)
	if err != nil {
		return 0, err
	}
	n, err := disk.UndoInterrupted(pullJournal, head)
	if err != nil {
		return n, fmt.Errorf("undo an earlier pull, which was interrupted: %w", err)
	}
	return n, nil
}

// still returns an error if a file can't be written to, or has changed since it
// was read, for example during the requests to Panther: the new content is based on
// the old.
func (s *Session) still(disk *atomicfile.Folder, p *Pull) error {
	for _, path := range sortedPaths(p.Files) {
		if err := disk.Check(path); err != nil {
			return fmt.Errorf("nothing was written: %w", err)
		}
		before, known := p.before[path]
		if !known {
			continue
		}
		if same, err := disk.Holds(path, before); err != nil || !same {
			return fmt.Errorf("nothing was written, because %s has changed since it was read; pull again", path)
		}
	}
	return nil
}

// guard returns an error if work would be lost.
func (s *Session) guard(disk *atomicfile.Folder, p *Pull) error {
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
		if disk.Exists(path) {
			dirty = append(dirty, path)
		}
	}
	if len(dirty) > 0 {
		return fmt.Errorf("nothing was written, because these files have uncommitted changes: %s; commit or stash them, or use --force to overwrite them", strings.Join(dirty, ", "))
	}
	return nil
}

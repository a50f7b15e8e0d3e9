package atomicfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
)

// ErrBusy says that another process is changing the same files.
var ErrBusy = errors.New("another pdac is writing files here; wait for it to end")

// journal says what several files were, so that a run that was killed between them
// can be undone. It is one of pdac's own files for as long as the run takes.
type journal struct {
	// State is what must be as it was for the journal to count.
	State string `json:"state"`
	// Folders are those that the run created, the outer ones first.
	Folders []string                `json:"folders"`
	Files   map[string]journalEntry `json:"files"`
}

type journalEntry struct {
	Existed bool   `json:"existed"`
	Before  []byte `json:"before,omitempty"`
	// After is the digest of the new content, "" for a removed file.
	After string `json:"after"`
}

func digest(content []byte) string {
	if content == nil {
		return ""
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// ChangeAll writes several files, and removes those whose content is nil, all or
// none of them: after an error it restores those that it has changed, and if the
// process is killed, UndoInterrupted does. What can be made again need not be synced
// to disk. State names what the changes are based on; see UndoInterrupted.
func (f *Folder) ChangeAll(name, state string, files map[string][]byte, sync bool) error {
	j := journal{State: state, Files: map[string]journalEntry{}}
	for p, content := range files {
		at, info, err := f.find(p)
		if err != nil {
			return err
		}
		now, err := f.read(p)
		if err != nil {
			return fmt.Errorf("read %s: %w", p, err)
		}
		j.Files[p] = journalEntry{Existed: info != nil, Before: now, After: digest(content)}
		for dir := path.Dir(at); content != nil && dir != "." && !f.Exists(dir) && !slices.Contains(j.Folders, dir); dir = path.Dir(dir) {
			j.Folders = append(j.Folders, dir)
		}
	}
	slices.Sort(j.Folders)
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	end, err := f.begin(name, text)
	if err != nil {
		return err
	}
	for _, p := range slices.Sorted(maps.Keys(files)) {
		f.step()
		if files[p] == nil {
			err = f.Remove(p)
		} else {
			err = f.replace(p, files[p], sync)
		}
		if err == nil {
			continue
		}
		err = fmt.Errorf("write %s: %w", p, err)
		if _, undo := f.undo(j); undo != nil {
			return errors.Join(err, undo)
		}
		break
	}
	return errors.Join(err, end())
}

const (
	// maxJournalBytes bounds what is read of a journal.
	maxJournalBytes = 1 << 30
	// maxFileBytes bounds a file that a journal keeps, or may have to restore.
	maxFileBytes = 128 << 20
)

// errTooLarge says that a file is none that pdac would have written.
var errTooLarge = fmt.Errorf("it has more than %d MiB", maxFileBytes>>20)

// UndoInterrupted restores the files that a killed ChangeAll changed, and returns
// how many. Files that were changed again stay as they are, and all do if the state
// is another one now. It returns ErrBusy if the other process still runs.
func (f *Folder) UndoInterrupted(name, state string) (int, error) {
	file, err := f.OpenState(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if taken(file) {
		return 0, ErrBusy
	}
	at, err := f.state(name)
	if err != nil || !isAt(f.root, at, file) {
		return 0, err // it has ended just now
	}
	var j journal
	text, err := io.ReadAll(io.LimitReader(file, maxJournalBytes))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", at, err)
	}
	n := 0
	// A journal is replaced as a whole. What isn't one is not pdac's.
	if json.Unmarshal(text, &j) == nil && j.State == state {
		if n, err = f.undo(j); err != nil {
			return n, err
		}
	}
	return n, f.RemoveState(name)
}

// undo restores what is still as the journal's run left it.
func (f *Folder) undo(j journal) (int, error) {
	n := 0
	for _, p := range slices.Sorted(maps.Keys(j.Files)) {
		e := j.Files[p]
		now, err := f.read(p)
		if errors.Is(err, errTooLarge) {
			continue
		}
		if err != nil {
			return n, err
		}
		if digest(now) != e.After || now == nil && !e.Existed {
			continue
		}
		if e.Existed {
			before := e.Before
			if before == nil {
				before = []byte{}
			}
			err = f.Replace(p, before)
		} else {
			err = f.Remove(p)
		}
		if err != nil {
			return n, fmt.Errorf("restore %s: %w", p, err)
		}
		n++
	}
	for _, dir := range slices.Backward(j.Folders) {
		if at, info, err := f.resolve(dir); err == nil && info != nil && info.IsDir() && at != "." {
			_ = f.root.Remove(at) // unless it is empty, it stays
		}
	}
	return n, nil
}

// read returns the content of a file, nil if there is none.
func (f *Folder) read(name string) ([]byte, error) {
	at, info, err := f.find(name)
	if err != nil || info == nil {
		return nil, err
	}
	if info.Size() > maxFileBytes {
		return nil, errTooLarge
	}
	text, err := f.root.ReadFile(at)
	return text, plain(err)
}

// begin writes one of pdac's own files and keeps it locked until end removes it.
func (f *Folder) begin(name string, content []byte) (end func() error, err error) {
	if err := f.makeState(path.Dir(name)); err != nil {
		return nil, err
	}
	at, err := f.state(name)
	if err != nil {
		return nil, err
	}
	// Only where no other process has one.
	if open, err := f.OpenState(name); err == nil {
		defer open.Close()
		if taken(open) {
			return nil, ErrBusy
		}
	}
	how := replacement{root: f.root, dir: StateDir, mode: 0o600, sync: true}
	f.journal, err = how.place(at, f.root.Rename, all(content))
	if err != nil {
		return nil, plain(err)
	}
	return func() error {
		err := f.RemoveState(name)
		if locks {
			err = errors.Join(err, f.journal.Close())
		}
		return err
	}, nil
}

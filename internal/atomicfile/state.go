package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// StateDir is the folder of a repository for pdac's own files, which git ignores.
const StateDir = ".pdac"

// A LinkError says that something of pdac's own folder is a link, which it never
// follows.
type LinkError struct{ Path string }

// Error says what to do.
func (e *LinkError) Error() string {
	return fmt.Sprintf("%s is a link, and pdac keeps its own files only in the repository; delete the link", e.Path)
}

// WriteState replaces one of pdac's own files, below StateDir. What can be made
// again need not be synced to disk.
func (f *Folder) WriteState(name string, content []byte, sync bool) error {
	if err := f.makeState(path.Dir(name)); err != nil {
		return err
	}
	at, err := f.state(name)
	if err != nil {
		return err
	}
	how := replacement{root: f.root, dir: StateDir, mode: 0o644, sync: sync}
	return plain(how.put(at, f.root.Rename, all(content)))
}

// OpenState opens one of pdac's own files to read it. It wraps fs.ErrNotExist if
// there is none.
func (f *Folder) OpenState(name string) (*os.File, error) {
	at, err := f.state(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.root.Lstat(at); err != nil {
		return nil, fmt.Errorf("open %s: %w", at, plain(err))
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open %s: it is not a regular file", at)
	}
	return f.root.Open(at)
}

// HasState reports whether one of pdac's own files exists.
func (f *Folder) HasState(name string) bool { return f.Exists(path.Join(StateDir, name)) }

// RemoveState removes one of pdac's own files. A file that doesn't exist is no
// error.
func (f *Folder) RemoveState(name string) error {
	at, err := f.state(name)
	if err == nil {
		err = f.root.Remove(at)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return plain(err)
}

// RemoveStateTree removes a folder of pdac's own, with everything in it.
func (f *Folder) RemoveStateTree(dir string) error {
	at, err := f.state(dir)
	if err != nil {
		return err
	}
	return plain(f.root.RemoveAll(at))
}

// MoveState moves something of pdac's own to where nothing is.
func (f *Folder) MoveState(from, to string) error {
	at, err := f.state(from)
	if err != nil {
		return err
	}
	if f.Exists(to) {
		return fmt.Errorf("%q: %w", to, fs.ErrExist)
	}
	return plain(f.root.Rename(at, to))
}

// ListState lists what is in a folder of pdac's own.
func (f *Folder) ListState(dir string) ([]fs.FileInfo, error) {
	at, err := f.state(dir)
	if err != nil {
		return nil, err
	}
	d, err := f.root.Open(at)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdir(-1)
}

// PrepareState creates the folder for one of pdac's own files that another package
// opens, and returns its path in the Folder.
func (f *Folder) PrepareState(name string) (string, error) {
	if err := f.makeState(path.Dir(name)); err != nil {
		return "", err
	}
	return f.state(name)
}

// state returns where one of pdac's own files is. Nothing on the way is a link.
func (f *Folder) state(name string) (string, error) {
	at := "."
	for part := range strings.SplitSeq(path.Join(StateDir, name), "/") {
		at = path.Join(at, part)
		info, err := f.root.Lstat(at)
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return "", &LinkError{at}
		}
	}
	return at, nil
}

// makeState creates StateDir with a file that lets git ignore it, and a folder in
// it.
func (f *Folder) makeState(dir string) error {
	at, err := f.state(dir)
	if err != nil {
		return err
	}
	ignore, err := f.state(".gitignore")
	if err != nil {
		return err
	}
	if err := f.root.MkdirAll(at, 0o755); err != nil {
		return fmt.Errorf("create the folder %s: %w", at, plain(err))
	}
	// Not by way of a temporary file, which git would not ignore yet if this run were killed. What a kill leaves
	// here is empty, and the next run completes it.
	if info, err := f.root.Lstat(ignore); err == nil && (info.Size() > 0 || !info.Mode().IsRegular()) {
		return nil
	}
	if err := f.writeIgnore(ignore); err != nil {
		return fmt.Errorf("write %s: %w", ignore, plain(err))
	}
	return nil
}

func (f *Folder) writeIgnore(at string) error {
	file, err := f.root.OpenFile(at, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString("*\n")
	return errors.Join(err, file.Close())
}

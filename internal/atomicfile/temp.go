package atomicfile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// tempPrefix begins the names of temporary files; tempDigits more characters
// follow, so that no file of somebody else is taken for one.
const (
	tempPrefix = ".pdac-tmp-"
	tempDigits = 16
)

func isTemp(name string) bool {
	digits, ok := strings.CutPrefix(name, tempPrefix)
	return ok && len(digits) == tempDigits && strings.Trim(digits, "0123456789abcdef") == ""
}

// replacement is how to replace a file: over a temporary file in the folder dir,
// with a mode that is exact or that the umask limits, and synced to disk or not.
type replacement struct {
	root        *os.Root
	dir         string
	mode        fs.FileMode
	exact, sync bool
}

// put replaces a file with what a function writes.
func (r replacement) put(name string, rename func(from, to string) error, write func(io.Writer) error) error {
	f, err := r.place(name, rename, write)
	if err != nil || !locks {
		return err
	}
	return f.Close()
}

// place is put, and leaves the file locked where there are locks.
func (r replacement) place(name string, rename func(from, to string) error, write func(io.Writer) error) (_ *os.File, err error) {
	tmp, at, err := r.create()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = r.root.Remove(at)
			tmp.Close() // the error is reported already
		}
	}()
	if r.exact {
		err = tmp.Chmod(r.mode)
	}
	if err == nil {
		err = write(tmp)
	}
	if err == nil && r.sync {
		err = tmp.Sync()
	}
	if err == nil && !locks {
		err = tmp.Close()
	}
	if err == nil {
		// With the lock still held, nobody takes it for a leftover.
		err = rename(at, name)
	}
	return tmp, err
}

// all writes some content.
func all(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}
}

// create creates a temporary file, and locks it for as long as it is open.
func (r replacement) create() (*os.File, string, error) {
	const tries = 100
	var failed error
	for range tries {
		random := make([]byte, tempDigits/2)
		rand.Read(random) // never fails
		at := path.Join(r.dir, tempPrefix+hex.EncodeToString(random))
		f, err := r.root.OpenFile(at, os.O_RDWR|os.O_CREATE|os.O_EXCL, r.mode)
		if err == nil {
			if !taken(f) && isAt(r.root, at, f) {
				return f, at, nil
			}
			// Another process was faster to take it for a leftover.
			failed = errors.Join(fs.ErrNotExist, f.Close())
			continue
		}
		if failed = err; !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return nil, "", failed
}

// isAt reports whether a path names an open file.
func isAt(root *os.Root, path string, f *os.File) bool {
	own, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := root.Lstat(path)
	return err == nil && os.SameFile(own, there)
}

// removeLeftovers removes the temporary files that killed processes left in a
// folder. Those of running processes are locked.
func removeLeftovers(root *os.Root, dir string) {
	d, err := root.Open(dir)
	if err != nil {
		return // it may not exist
	}
	names, _ := d.Readdirnames(-1)
	d.Close()
	for _, name := range names {
		if isTemp(name) {
			removeLeftover(root, path.Join(dir, name))
		}
	}
}

func removeLeftover(root *os.Root, at string) {
	info, err := root.Lstat(at)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	f, err := root.Open(at)
	if err != nil {
		return
	}
	defer f.Close()
	if isAt(root, at, f) && abandoned(f) && (!locks || isAt(root, at, f)) {
		_ = root.Remove(at)
	}
}

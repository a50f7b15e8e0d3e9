// Package atomicfile replaces files as a whole or not at all, so that neither a
// full disk nor a killed process leaves half a file behind.
package atomicfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrChanged says that a file no longer holds what it held when it was read.
var ErrChanged = errors.New("the file has changed since it was read")

// Write replaces a file with what a function writes. A link is followed, and
// what isn't a regular file, such as a pipe or a device, is written to directly.
func Write(path string, mode fs.FileMode, write func(io.Writer) error) error {
	path = Target(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".pdac-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already after a rename
	if err := errors.Join(tmp.Chmod(mode), write(tmp), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// Replace writes new content to a file, which keeps its mode. A file that doesn't
// exist is created together with its folders.
func Replace(path string, content []byte) error {
	path = Target(path)
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	} else if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return Write(path, mode, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// ReplaceUnchanged is Replace for a file that exists, and only while it still
// holds the old content. Otherwise it returns ErrChanged and writes nothing.
func ReplaceUnchanged(path string, old, content []byte) error {
	now, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, old) {
		return ErrChanged
	}
	return Replace(path, content)
}

// maxLinks bounds a chain of links, which may be a circle.
const maxLinks = 40

// Target returns the file that a path leads to over links, whether it exists or
// not.
func Target(path string) string {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

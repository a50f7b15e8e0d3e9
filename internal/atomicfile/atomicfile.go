// Package atomicfile replaces files as a whole or not at all, so that neither a
// full disk nor a killed process leaves half a file. Folder does that for the
// files of a repository, and never leaves its folder. Write is for the files that
// a person names.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrChanged says that a file no longer holds what it held when it was read.
var ErrChanged = errors.New("the file has changed since it was read")

// Write replaces a file that a person named with what a function writes. A link is
// followed unless it leads out of a git repository, and what isn't a regular file, such
// as a pipe or a device, is written to directly.
func Write(path string, mode fs.FileMode, write func(io.Writer) error) error {
	if err := CheckNamed(path); err != nil {
		return err
	}
	path = Target(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer root.Close()
	removeLeftovers(root, ".")
	return replacement{root: root, dir: ".", mode: mode, exact: true, sync: true}.put(filepath.Base(path), root.Rename, write)
}

// WriteIn replaces a file in a folder that a person named. If there is a link of
// that name, it is replaced and not followed.
func WriteIn(dir, name string, mode fs.FileMode, content []byte) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	removeLeftovers(root, ".")
	return replacement{root: root, dir: ".", mode: mode, exact: true, sync: true}.put(name, root.Rename, all(content))
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

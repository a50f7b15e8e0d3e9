package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Folder writes the files of a repository. Paths are slash-separated and relative
// to its folder. Links are followed, and only within it: neither a path nor a link
// that somebody committed makes it write or delete anything elsewhere, or anything
// of git's own.
//
// Temporary files are in .pdac, which git ignores. A Folder is not safe for
// concurrent use by goroutines; several processes may have one of the same folder.
type Folder struct {
	root *os.Root
	// gitDir identifies git's own folder, whatever name a path uses for it.
	gitDir fs.FileInfo
	// beside are the folders whose leftovers were removed.
	beside map[string]bool
	// rename is the root's; tests fail it.
	rename func(from, to string) error
	// step is called before each file of ChangeAll; tests stop there.
	step func()
	// journal is the open file of ChangeAll.
	journal *os.File
}

// OpenFolder opens a folder, and removes the temporary files that killed processes
// left in its .pdac.
func OpenFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder %q: %w", dir, plain(err))
	}
	f := &Folder{root: root, beside: map[string]bool{}, rename: root.Rename, step: func() {}}
	f.gitDir, _ = root.Lstat(gitName)
	if info, err := root.Lstat(StateDir); err == nil && info.IsDir() {
		removeLeftovers(root, StateDir)
	}
	return f, nil
}

// Close releases the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Check returns an error if a path can't be written to, because it leads out of
// the folder, into git's own folder or another repository, or isn't a regular
// file.
func (f *Folder) Check(name string) error {
	_, _, err := f.find(name)
	return err
}

// Exists reports whether there is anything at a path, such as a link that leads
// nowhere.
func (f *Folder) Exists(name string) bool {
	_, err := f.root.Lstat(filepath.FromSlash(name))
	return err == nil
}

// Holds reports whether a file holds exactly that content.
func (f *Folder) Holds(name string, content []byte) (bool, error) {
	at, info, err := f.find(name)
	if err != nil {
		return false, err
	}
	if info == nil {
		return false, fmt.Errorf("%q: %w", name, fs.ErrNotExist)
	}
	if info.Size() != int64(len(content)) {
		return false, nil
	}
	file, err := f.root.Open(at)
	if err != nil {
		return false, plain(err)
	}
	defer file.Close()
	now, err := io.ReadAll(io.LimitReader(file, int64(len(content))+1))
	return err == nil && bytes.Equal(now, content), plain(err)
}

// Replace writes new content to a file, which keeps its mode. A file that doesn't
// exist is created together with its folders.
func (f *Folder) Replace(name string, content []byte) error { return f.replace(name, content, true) }

// Create is Replace without syncing to disk, for what can be made again.
func (f *Folder) Create(name string, content []byte) error { return f.replace(name, content, false) }

// ReplaceUnchanged is Replace for a file that exists, and only while it still
// holds the old content. Otherwise it returns ErrChanged and writes nothing.
func (f *Folder) ReplaceUnchanged(name string, old, content []byte) error {
	same, err := f.Holds(name, old)
	if err == nil && !same {
		err = ErrChanged
	}
	if err != nil {
		return err
	}
	return f.Replace(name, content)
}

// Remove removes a file, or a link but not what it leads to. A file that doesn't
// exist is no error.
func (f *Folder) Remove(name string) error {
	dir, _, err := f.resolve(path.Dir(name))
	if err != nil {
		return err
	}
	if err := f.root.Remove(path.Join(dir, path.Base(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return plain(err)
	}
	return nil
}

func (f *Folder) replace(name string, content []byte, sync bool) error {
	at, info, err := f.find(name)
	if err != nil {
		return err
	}
	how := replacement{root: f.root, mode: 0o644, sync: sync}
	if info != nil {
		how.mode, how.exact = info.Mode().Perm(), true
	} else if err := f.root.MkdirAll(path.Dir(at), 0o755); err != nil {
		return plain(err)
	}
	return plain(f.put(how, at, content))
}

// put replaces a file over a temporary file in .pdac, or beside it where that is
// impossible: on another file system, or without a folder .pdac.
func (f *Folder) put(how replacement, at string, content []byte) error {
	write := all(content)
	if f.makeState("") == nil {
		how.dir = StateDir
		if how.put(at, f.rename, write) == nil {
			return nil
		}
	}
	how.dir = path.Dir(at)
	if !f.beside[how.dir] {
		f.beside[how.dir] = true
		removeLeftovers(f.root, how.dir)
	}
	return how.put(at, f.root.Rename, write)
}

// find returns where a file is, and what is there, nil for nothing.
func (f *Folder) find(name string) (string, fs.FileInfo, error) {
	at, info, err := f.resolve(name)
	switch {
	case err != nil:
		return "", nil, err
	case info != nil && !info.Mode().IsRegular():
		return "", nil, fmt.Errorf("%q is not a regular file", name)
	}
	return at, info, nil
}

const gitName = ".git"

// resolve follows the links in a path. What it returns has no links, and may not
// exist; then there is no FileInfo.
func (f *Folder) resolve(name string) (string, fs.FileInfo, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", nil, fmt.Errorf("%q is outside the repository", name)
	}
	var link, target string
	fail := func(where string) error {
		if link == "" {
			return fmt.Errorf("%q is %s", name, where)
		}
		return fmt.Errorf("%q is a link to %q, which is %s", link, target, where)
	}
	at, links := ".", 0
	var info fs.FileInfo
	pending := strings.Split(name, "/")
	for len(pending) > 0 {
		part := pending[0]
		pending = pending[1:]
		if part == "" || part == "." {
			continue
		}
		if part == ".." {
			if at == "." {
				return "", nil, fail("outside the repository")
			}
			at, info = path.Dir(at), nil
			continue
		}
		next := path.Join(at, part)
		var err error
		if info, err = f.root.Lstat(next); errors.Is(err, fs.ErrNotExist) {
			info = nil
		} else if err != nil {
			return "", nil, fmt.Errorf("%q: %w", next, plain(err))
		}
		switch {
		case strings.EqualFold(part, gitName), info != nil && f.gitDir != nil && os.SameFile(info, f.gitDir):
			return "", nil, fail("git's own folder")
		case info == nil || info.Mode()&fs.ModeSymlink == 0:
			at = next
			if link != "" && info != nil && info.IsDir() && f.Exists(path.Join(at, gitName)) {
				return "", nil, fail("in another git repository")
			}
			continue
		}
		to, err := f.root.Readlink(next)
		if err != nil {
			return "", nil, fmt.Errorf("%q: %w", next, plain(err))
		}
		link, target = next, filepath.ToSlash(to)
		if links++; links > maxLinks {
			return "", nil, fail("a circle of links")
		}
		if path.IsAbs(target) || filepath.IsAbs(to) || filepath.VolumeName(to) != "" {
			return "", nil, fail("outside the repository, or an absolute path")
		}
		pending = append(strings.Split(target, "/"), pending...)
	}
	if info == nil && at != "." {
		// After "..", or for what doesn't exist.
		info, _ = f.root.Lstat(at)
	}
	return at, info, nil
}

// plain drops the system call and the path from an error, which the caller names.
func plain(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/readfile"
	"github.com/pdac-dev/pdac/repo"
	"golang.org/x/term"
)

// tokenFile is a file that is prepared for a secret.
type tokenFile struct {
	// path is where the file goes in the end; "" if it stays where it is.
	path string
	tmp  *os.File
	// filled says that the secret is in the file, and done that the file stays.
	filled, done bool
}

// tokenRoom is the space that is reserved for a token.
const tokenRoom = 4096

// openTokenFile prepares a file beside the one that a path names.
func openTokenFile(path string) (*tokenFile, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is not a regular file", path)
	}
	return reserve(path, filepath.Dir(path), leftPrefix(path)+"*")
}

// leftPrefix starts the names of the files that are prepared for a path.
func leftPrefix(path string) string {
	const longest = 100 // the whole name has to fit
	base := filepath.Base(path)
	return ".pdac-token-" + base[:min(len(base), longest)] + "-"
}

func reserve(path, dir, pattern string) (*tokenFile, error) {
	// os.CreateTemp creates the file with mode 0600.
	tmp, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err
	}
	f := &tokenFile{path: path, tmp: tmp}
	// Reserve space for the token now, so that a full disk is noticed in time.
	_, err = tmp.Write(make([]byte, tokenRoom))
	if err = errors.Join(err, tmp.Sync()); err != nil {
		f.discard()
		return nil, err
	}
	return f, nil
}

// fill writes the secret.
func (f *tokenFile) fill(value string) error {
	_, err := f.tmp.WriteAt([]byte(value+"\n"), 0)
	err = errors.Join(err, f.tmp.Truncate(int64(len(value)+1)), f.tmp.Sync(), f.tmp.Close())
	f.filled = err == nil
	return err
}

// keep writes the secret and puts the file in its place.
func (f *tokenFile) keep(value string) error {
	err := f.fill(value)
	if err == nil {
		err = os.Rename(f.tmp.Name(), f.path)
	}
	f.done = err == nil
	return err
}

// rescue saves the secret where there is room for it, and returns the file's name.
func (f *tokenFile) rescue(value string) (string, error) {
	if f.path == "" && f.fill(value) == nil {
		f.done = true
		return f.tmp.Name(), nil
	}
	other, err := os.CreateTemp("", rescuePattern)
	if err == nil {
		_, err = io.WriteString(other, value+"\n")
		if err = errors.Join(err, other.Sync(), other.Close()); err == nil {
			return other.Name(), nil
		}
		os.Remove(other.Name())
	}
	f.done = f.filled
	if f.done {
		return f.tmp.Name(), nil
	}
	return "", err
}

// rescuePattern names files in the folder for temporary files.
const rescuePattern = "pdac-token-*"

func (f *tokenFile) discard() {
	if !f.done {
		f.tmp.Close()
		os.Remove(f.tmp.Name())
	}
}

// tokenPath returns the file that --to-file names, over links. A link in the
// repository is refused, because a commit can set it.
func tokenPath(root, path string) (string, error) {
	target := atomicfile.Target(path)
	top, ok := repo.TopLevel(root)
	if !ok {
		return target, nil
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	inside, ok := repo.RelativePath(top, abs)
	if !ok {
		return target, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(target))
	if err != nil {
		return "", err
	}
	if top, err = filepath.EvalSymlinks(top); err != nil {
		return "", err
	}
	real := filepath.Join(dir, filepath.Base(target))
	if real != filepath.Join(top, filepath.FromSlash(inside)) {
		return "", fmt.Errorf("%q is a link in the repository, or in a folder that is one, and a commit can set links; name the file itself: %s", path, real)
	}
	return target, nil
}

// leftToken is a token that a run received and could not put in place, because it was
// killed.
type leftToken struct{ file, value string }

// leftTokens finds the files that killed runs prepared for a path. It removes those
// without a token.
func leftTokens(path string) ([]leftToken, error) {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []leftToken
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), leftPrefix(path)) || !e.Type().IsRegular() {
			continue
		}
		file := filepath.Join(dir, e.Name())
		text, err := readfile.Bounded(file, tokenRoom)
		if err != nil {
			return nil, err
		}
		if value := string(bytes.Trim(text, "\x00\n")); value != "" {
			out = append(out, leftToken{file: file, value: value})
		} else if err := os.Remove(file); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// losesTokens says why what is written to a stream would be lost; "" if it isn't.
func losesTokens(w io.Writer) string {
	f, ok := w.(*os.File)
	if !ok {
		return ""
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return "standard output is closed"
	case info.Mode()&os.ModeDevice != 0 && !term.IsTerminal(int(f.Fd())):
		// Go opens the null device where the shell has closed a stream.
		return "standard output is closed or is a device, such as " + os.DevNull
	case hungUp(f):
		return "the reader of standard output has ended"
	}
	if _, err := f.Write(nil); err != nil { // such as a file that is open for reading
		return fmt.Sprintf("standard output can't be written (%v)", unwrapPath(err))
	}
	return ""
}

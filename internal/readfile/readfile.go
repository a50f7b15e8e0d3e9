// Package readfile reads files of a limited size. What a checkout or a person
// names may be a device, a named pipe or a huge sparse file; none of them must
// keep a run waiting or fill the memory.
package readfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Bounded returns the content of a regular file of at most limit bytes, following
// links. An error names the file. It wraps fs.ErrNotExist if there is none.
func Bounded(path string, limit int64) ([]byte, error) {
	return read(path, NonBlock, limit, func(m fs.FileMode) bool { return m.IsRegular() })
}

// Piped is Bounded for what a person names, which may be a pipe, as of a shell's <(…).
// It waits for the pipe's writer.
func Piped(path string, limit int64) ([]byte, error) {
	return read(path, 0, limit, func(m fs.FileMode) bool { return m.IsRegular() || m&fs.ModeNamedPipe != 0 })
}

func read(path string, flags int, limit int64, legal func(fs.FileMode) bool) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|flags, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%q is a folder, not a file", path)
	case !legal(info.Mode()):
		return nil, fmt.Errorf("%q is not a regular file", path)
	case info.Mode().IsRegular() && info.Size() > limit:
		return nil, fmt.Errorf("read %q: %w", path, tooLarge(limit))
	}
	text, err := All(f, limit)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	return text, nil
}

// All returns everything that a reader has, and an error if that is more than
// limit bytes.
func All(r io.Reader, limit int64) ([]byte, error) {
	var text bytes.Buffer
	if f, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
		// In one piece: growing copies a large file several times.
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			text.Grow(int(min(info.Size(), limit)) + bytes.MinRead)
		}
	}
	if _, err := text.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, plain(err)
	}
	if int64(text.Len()) > limit {
		return nil, tooLarge(limit)
	}
	return text.Bytes(), nil
}

func tooLarge(limit int64) error { return fmt.Errorf("it has more than %s", size(limit)) }

// plain drops the name of the file, which the caller adds.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func size(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

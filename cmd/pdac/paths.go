package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// relative gives a path as seen from a folder around it, over links if need be.
func relative(root, path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	inside := func(root, path string) (string, bool) {
		rel, err := filepath.Rel(root, path)
		return filepath.ToSlash(rel), err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
	}
	if rel, ok := inside(root, abs); ok {
		return rel, nil
	}
	// The folder that holds it may be reached over a link; the file itself stays.
	if real, err := filepath.EvalSymlinks(root); err == nil {
		if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
			if rel, ok := inside(real, filepath.Join(dir, filepath.Base(abs))); ok {
				return rel, nil
			}
		}
	}
	return "", errors.New("outside")
}

// replaceFile writes a file anew that still holds what was looked at, with the
// mode it has.
func replaceFile(path string, old, text []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	now, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if string(now) != string(old) {
		return errors.New("it was changed while pdac looked at it; run the command again")
	}
	return writeFile(path, info.Mode().Perm(), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

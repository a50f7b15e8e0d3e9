// Package full brings a Python, for builds of pdac that need none on the machine. It is a module
// of its own, so that only those who build pdac-full download it.
package full

import (
	"errors"
	"path/filepath"

	"github.com/kluctl/go-embed-python/python"
)

// Python unpacks Python 3.11 below a folder, unless it is there unchanged, and returns its
// program.
func Python(folder string) (string, error) {
	if folder == "" {
		return "", errors.New("there is no folder for caches; set HOME")
	}
	p, err := python.NewEmbeddedPythonWithTmpDir(filepath.Join(folder, "python"), true)
	if err != nil {
		return "", err
	}
	return p.GetExePath()
}

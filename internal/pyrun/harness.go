package pyrun

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/readfile"
)

//go:embed all:harness
var harness embed.FS

// files lists the files of the harness. A checkout may also have files that Python
// wrote while somebody tried it.
var files = sync.OnceValues(func() ([]string, error) {
	var out []string
	err := fs.WalkDir(harness, "harness", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) != ".pyc" {
			out = append(out, name)
		}
		return err
	})
	return out, err
})

// Digest names the harness: another one may come to other results.
var Digest = sync.OnceValue(func() string {
	h := sha256.New()
	names, err := files()
	if err != nil {
		return ""
	}
	for _, name := range names {
		text, err := harness.ReadFile(name)
		if err != nil {
			return ""
		}
		fmt.Fprintf(h, "%q %d\n", name, len(text))
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
})

// install writes the harness to a folder of the user, unless it is there unchanged, and
// returns the program to start.
func install(folder string) (string, error) {
	dir := filepath.Join(folder, "harness-"+Digest())
	names, err := files()
	if err != nil {
		return "", err
	}
	wrote := false
	for _, name := range names {
		text, err := harness.ReadFile(name)
		if err != nil {
			return "", err
		}
		at := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(name, "harness/")))
		if got, err := readfile.Bounded(at, int64(len(text))); err == nil && bytes.Equal(got, text) {
			continue
		}
		wrote = true
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o700), atomicfile.WriteIn(filepath.Dir(at), filepath.Base(at), 0o600, text)); err != nil {
			return "", fmt.Errorf("write the Python files that run tests: %w", err)
		}
	}
	if wrote {
		removeOld(folder, filepath.Base(dir))
	}
	return filepath.Join(dir, "main.py"), nil
}

// removeOld removes the harnesses of other versions of pdac, but for the newest few.
func removeOld(folder, current string) {
	const most = 3
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	type old struct {
		name string
		at   int64
	}
	var found []old
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() && strings.HasPrefix(e.Name(), "harness-") && e.Name() != current {
			found = append(found, old{e.Name(), info.ModTime().UnixNano()})
		}
	}
	for len(found) > most {
		oldest := 0
		for i, f := range found {
			if f.at < found[oldest].at {
				oldest = i
			}
		}
		_ = os.RemoveAll(filepath.Join(folder, found[oldest].name))
		found = append(found[:oldest], found[oldest+1:]...)
	}
}

// Brings reports whether the harness has a top-level module that is not of the standard
// library.
func Brings(module string) bool {
	switch module {
	case "panther_core", "panther_detection_helpers", "boto3", "botocore", "dateutil", "six":
		return true
	}
	return false
}

//go:build unix

package readfile_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pdac-dev/pdac/internal/readfile"
)

// A pipe without a writer, and a device without an end.
func TestBoundedNeverWaits(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("this system has no named pipes")
	}
	for _, path := range []string{pipe, "/dev/zero"} {
		if _, err := readfile.Bounded(path, 1024); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"os"
	"time"
)

// locks says that temporary files are locked while they are in use. Without
// locks, only their age says whether they still are.
const locks = false

// maxAge is more than any file takes to write.
const maxAge = time.Hour

func taken(*os.File) bool { return false }

func abandoned(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || time.Since(info.ModTime()) < maxAge {
		return false
	}
	f.Close() // an open file can't be removed
	return true
}

//go:build !linux && !darwin

package git

import (
	"io/fs"
	"time"
)

// inode reports nothing: these systems don't say when a file last changed in a way
// that no program can set, or say it each in another way.
func inode(fs.FileInfo) (id fileID, changed time.Time, ok bool) {
	return fileID{}, time.Time{}, false
}

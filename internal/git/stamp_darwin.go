package git

import (
	"io/fs"
	"syscall"
	"time"
)

// inode returns a file's identity, and when its content or its description last changed,
// which no program can set.
func inode(info fs.FileInfo) (id fileID, changed time.Time, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, time.Time{}, false
	}
	return fileID{uint64(s.Dev), uint64(s.Ino)}, time.Unix(int64(s.Ctimespec.Sec), int64(s.Ctimespec.Nsec)), true
}

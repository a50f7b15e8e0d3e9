package git

import (
	"io/fs"
	"strconv"
	"time"
)

// settled is how long a file must not have changed before its state on disk counts as
// proof of its content: the clocks of file systems are as coarse as two seconds, and
// a second change within one tick would not show.
const settled = 3 * time.Second

// stampOf returns a text that differs for every state of a file on disk, or "" if
// that can't be said: the system keeps too little, or the file changed just now.
func stampOf(info fs.FileInfo, now time.Time) string {
	id, changed, ok := inode(info)
	modified := info.ModTime()
	if !ok || now.Sub(modified) < settled || now.Sub(changed) < settled {
		return ""
	}
	b := make([]byte, 0, 96)
	for _, n := range []uint64{id.device, id.number, uint64(info.Size()), uint64(info.Mode())} {
		b = append(strconv.AppendUint(b, n, 36), ' ')
	}
	b = append(strconv.AppendInt(b, modified.UnixNano(), 36), ' ')
	return string(strconv.AppendInt(b, changed.UnixNano(), 36))
}

// fileID identifies a file whatever its name is.
type fileID struct{ device, number uint64 }

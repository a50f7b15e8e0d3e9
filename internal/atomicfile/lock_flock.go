//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// locks says that temporary files are locked while they are in use.
const locks = true

// taken locks a file, and reports whether another process holds the lock. A file
// system without locks is no obstacle: nothing is removed there.
func taken(f *os.File) bool { return errors.Is(lock(f), syscall.EWOULDBLOCK) }

// abandoned locks a file, and reports whether no process uses it any more. The lock
// ends with the process.
func abandoned(f *os.File) bool { return lock(f) == nil }

func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

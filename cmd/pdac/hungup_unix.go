//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// hungUp reports whether nobody reads what is written to a pipe, a socket or a
// terminal any more.
func hungUp(f *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0
}

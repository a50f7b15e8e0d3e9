//go:build unix

package readfile

import "syscall"

// NonBlock is a flag for os.OpenFile that keeps opening a named pipe from waiting for a writer.
const NonBlock = syscall.O_NONBLOCK

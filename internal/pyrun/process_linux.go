package pyrun

import "syscall"

// ofGroup gives a worker a group of its own, so that Ctrl-C reaches only pdac, and
// what a worker may have started ends with it. If pdac is killed, the worker is too, whatever
// it is doing.
func ofGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

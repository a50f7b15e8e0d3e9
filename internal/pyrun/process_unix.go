//go:build unix

package pyrun

import (
	"os/exec"
	"syscall"
)

// ofGroup gives a worker a group of its own, so that Ctrl-C reaches only pdac, and
// what a worker may have started ends with it.
func ofGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Process.Kill()
	}
}

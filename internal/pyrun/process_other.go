//go:build !unix

package pyrun

import (
	"os/exec"
	"syscall"
)

func ofGroup() *syscall.SysProcAttr { return nil }

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = cmd.Process.Kill()
	}
}

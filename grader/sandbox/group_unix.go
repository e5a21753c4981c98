//go:build unix && !linux

package sandbox

import (
	"os/exec"
	"syscall"
)

// Isolate puts the command into a process group of its own.
func Isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// Start starts cmd.
func Start(cmd *exec.Cmd) error { return cmd.Start() }

// KillGroup kills the command and what is left of its group.
func KillGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}

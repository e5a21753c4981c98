//go:build !unix

package sandbox

import (
	"os/exec"

	ps "github.com/shirou/gopsutil/v4/process"
)

// Isolate does nothing: there are no process groups.
func Isolate(*exec.Cmd) {}

// Start starts cmd.
func Start(cmd *exec.Cmd) error { return cmd.Start() }

// KillGroup kills the process and its children, where there are no groups.
func KillGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	if p, err := ps.NewProcess(int32(cmd.Process.Pid)); err == nil {
		children, _ := p.Children()
		for _, c := range children {
			c.Kill()
		}
	}
	return cmd.Process.Kill()
}

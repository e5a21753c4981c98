//go:build !unix

package workspace

import (
	"os/exec"

	ps "github.com/shirou/gopsutil/v4/process"
)

func isolate(*exec.Cmd) {}

func start(cmd *exec.Cmd) error { return cmd.Start() }

// killGroup kills the process and its children, where there are no groups.
func killGroup(cmd *exec.Cmd) error {
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

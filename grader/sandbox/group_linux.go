package sandbox

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Isolate puts the command into a process group of its own, and asks the
// kernel to kill it when the grader dies.
func Isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// Start starts cmd from a thread that lives as long as the grader: the
// kernel's parent-death signal is bound to the thread, not to the process.
func Start(cmd *exec.Cmd) error {
	errs := make(chan error)
	starters <- func() { errs <- cmd.Start() }
	return <-errs
}

var starters = startThread()

func startThread() chan<- func() {
	c := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range c {
			f()
		}
	}()
	return c
}

// KillGroup kills the command and what is left of its group.
func KillGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}

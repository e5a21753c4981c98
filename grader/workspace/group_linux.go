package workspace

import (
	"os/exec"
	"runtime"
	"syscall"
)

// isolate puts the command into a process group of its own, and asks the
// kernel to kill it when the grader dies.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// start starts cmd from a thread that lives as long as the grader: the
// kernel's parent-death signal is bound to the thread, not to the process.
func start(cmd *exec.Cmd) error {
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

func killGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}

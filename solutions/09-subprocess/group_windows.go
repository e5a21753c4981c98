package subprocess

import (
	"os"
	"os/exec"
	"syscall"
)

// setGroup does nothing: Windows has no process groups of this kind.
func setGroup(*exec.Cmd) {}

// signalGroup ends the process p whatever the signal is. It does not reach
// processes that p has started.
func signalGroup(p *os.Process, _ syscall.Signal) error { return p.Kill() }

// awaitEnd waits until p has ended. Its number stays taken until p is released.
func awaitEnd(p *os.Process) {
	h, err := syscall.OpenProcess(syscall.SYNCHRONIZE, false, uint32(p.Pid))
	if err != nil {
		return
	}
	defer syscall.CloseHandle(h)
	syscall.WaitForSingleObject(h, syscall.INFINITE)
}

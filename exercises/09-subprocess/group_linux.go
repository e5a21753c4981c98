package subprocess

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"unsafe"
)

// setGroup makes the process that cmd will start the leader of a new process
// group, whose number is the process's own.
func setGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// signalGroup sends sig to every process of the group that p leads. A group
// without a living process or a zombie gives os.ErrProcessDone.
func signalGroup(p *os.Process, sig syscall.Signal) error {
	err := syscall.Kill(-p.Pid, sig)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// awaitEnd waits until p has ended and does not reap it: p is a zombie then,
// and its number stays taken until somebody waits for it.
func awaitEnd(p *os.Process) {
	const byPid, exited, noReap = 1, 4, 0x1000000 // P_PID, WEXITED, WNOWAIT
	var info [128]byte                            // a siginfo_t, which nobody reads
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, byPid, uintptr(p.Pid), uintptr(unsafe.Pointer(&info)), exited|noReap, 0, 0)
		if errno != syscall.EINTR {
			return
		}
	}
}

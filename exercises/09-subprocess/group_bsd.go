//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package subprocess

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// setGroup makes the process that cmd will start the leader of a new process
// group, whose number is the process's own.
func setGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// signalGroup sends sig to every process of the group that p leads. A group
// without a living process gives os.ErrProcessDone.
func signalGroup(p *os.Process, sig syscall.Signal) error {
	err := syscall.Kill(-p.Pid, sig)
	if errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPERM) { // EPERM: nothing but zombies
		return os.ErrProcessDone
	}
	return err
}

// awaitEnd waits until p has ended and does not reap it: p is a zombie then,
// and its number stays taken until somebody waits for it.
func awaitEnd(p *os.Process) {
	queue, err := syscall.Kqueue()
	if err != nil {
		return
	}
	defer syscall.Close(queue)
	var end syscall.Kevent_t
	syscall.SetKevent(&end, p.Pid, syscall.EVFILT_PROC, syscall.EV_ADD|syscall.EV_ONESHOT)
	end.Fflags = syscall.NOTE_EXIT
	wanted, got := []syscall.Kevent_t{end}, make([]syscall.Kevent_t, 1)
	for {
		_, err := syscall.Kevent(queue, wanted, got, nil)
		if !errors.Is(err, syscall.EINTR) {
			return // also if p had ended before
		}
	}
}

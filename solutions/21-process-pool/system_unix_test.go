//go:build unix

package processpool_test

import (
	"errors"
	"os"
	"syscall"
)

// inherited returns a pipe whose other end, a plain number, every process has
// that is started from now on: reading ends when the last of them is gone.
func inherited() (r *os.File, fd int, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, 0, err
	}
	defer w.Close()
	fd, err = syscall.Dup(int(w.Fd())) // a copy is not closed on exec
	return r, fd, err
}

func closeFD(fd int) { syscall.Close(fd) }

func writeTo(fd int, text string) error {
	_, err := syscall.Write(fd, []byte(text))
	return err
}

// openFDs counts this process's descriptors.
func openFDs() int {
	names, err := os.ReadDir("/dev/fd")
	if err != nil {
		return -1
	}
	return len(names)
}

// exists reports whether there is a process of that number, if only as a zombie.
func exists(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

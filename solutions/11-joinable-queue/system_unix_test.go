//go:build unix

package joinablequeue_test

import (
	"errors"
	"os"
	"syscall"
)

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

// hush keeps what the runtime says of a panic to itself.
func hush() { syscall.Close(2) }

const killedIsNegative = true

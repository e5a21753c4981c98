//go:build !amd64 && !arm64

package sched

import "runtime"

// getg reads the goroutine's number from its stack: slower than a register,
// and the same everywhere.
//
//go:norace
func getg() (id uintptr) {
	buf := make([]byte, 32)
	for _, c := range buf[len("goroutine "):runtime.Stack(buf, false)] {
		if c < '0' || c > '9' {
			break
		}
		id = 10*id + uintptr(c-'0')
	}
	return id << 6
}

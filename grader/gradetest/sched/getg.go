//go:build amd64 || arm64

package sched

// getg tells goroutines apart: two that live at the same time differ. A number
// may come again when its goroutine has ended.
func getg() uintptr

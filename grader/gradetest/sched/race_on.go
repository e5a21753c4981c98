//go:build race

package sched

import (
	"runtime"
	"unsafe"
)

// RaceDisable has the race detector look away from the synchronisation that
// this goroutine does, until RaceEnable. Without the detector it and all that
// follow here do nothing.
func RaceDisable() { runtime.RaceDisable() }

// RaceEnable undoes RaceDisable.
func RaceEnable() { runtime.RaceEnable() }

// Acquire announces that what was released at p comes before what follows.
func Acquire(p unsafe.Pointer) { runtime.RaceAcquire(p) }

// Release announces that what came so far comes before the next Acquire of p.
func Release(p unsafe.Pointer) { runtime.RaceRelease(p) }

// ReleaseMerge is Release that keeps what others released.
func ReleaseMerge(p unsafe.Pointer) { runtime.RaceReleaseMerge(p) }

// Races returns how many data races the process has reported.
func Races() int { return runtime.RaceErrors() }

//go:build !race

package sched

import "unsafe"

// RaceDisable has the race detector look away from the synchronisation that
// this goroutine does, until RaceEnable. Without the detector it and all that
// follow here do nothing.
func RaceDisable() {}

// RaceEnable undoes RaceDisable.
func RaceEnable() {}

// Acquire announces that what was released at p comes before what follows.
func Acquire(unsafe.Pointer) {}

// Release announces that what came so far comes before the next Acquire of p.
func Release(unsafe.Pointer) {}

// ReleaseMerge is Release that keeps what others released.
func ReleaseMerge(unsafe.Pointer) {}

// Races returns how many data races the process has reported.
func Races() int { return 0 }

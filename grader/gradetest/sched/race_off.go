//go:build !race

package sched

import "unsafe"

func raceDisable() {}
func raceEnable()  {}

// RaceDisable, RaceEnable, Acquire, Release and ReleaseMerge tell the race
// detector what a lock orders, and what not. Without it they do nothing.
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

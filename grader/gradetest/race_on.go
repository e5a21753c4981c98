//go:build race

package gradetest

import "runtime"

// raceDisable makes the race detector ignore synchronisation of this
// goroutine until raceEnable.
func raceDisable() { runtime.RaceDisable() }
func raceEnable()  { runtime.RaceEnable() }

// RaceEnabled says whether the binary was built with the race detector.
const RaceEnabled = true

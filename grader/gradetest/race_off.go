//go:build !race

package gradetest

// RaceEnabled says whether the binary was built with the race detector.
const RaceEnabled = false

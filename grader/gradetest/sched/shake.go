package sched

import (
	"runtime"
	"time"
)

// shaking is what Shake asked for. Its numbers are updated without order, on
// purpose: order would hide the races that shaking is to bring out.
var shaking struct {
	on          bool
	seed, count uint64
	slept       uint64 // ns
}

// What a shaken run does at its yields.
const (
	shakeSyncs      = 32      // one synchronisation in so many sleeps
	shakeStatements = 256     // one statement in so many sleeps
	shakeGosched    = 8       // one yield in so many lets others run
	shakeSleep      = 1 << 17 // the longest sleep but for a few, ns
	shakeLong       = 1 << 21 // the longest of the few, ns
	shakeBudget     = 200_000_000
)

// Shake makes yields sleep in real time now and then, until Calm. It is for
// code that waits for what virtual time does not know: a socket, a file,
// another process. The order of events there is disturbed and not decided: the
// same seed need not fail again.
//
//go:norace
func Shake(seed uint64) {
	shaking.seed, shaking.count, shaking.slept = mix(seed, 9), 0, 0
	shaking.on = true
}

// Calm undoes Shake.
//
//go:norace
func Calm() { shaking.on = false }

//go:norace
func shake(k kind) {
	shaking.count++
	h := mix(shaking.seed, shaking.count)
	rare := uint64(shakeSyncs)
	if k == ordinary {
		rare = shakeStatements
	}
	switch {
	case h%rare == 0 && shaking.slept < shakeBudget:
		d := (h >> 16) % shakeSleep
		if (h>>8)%16 == 0 {
			d = (h >> 16) % shakeLong
		}
		shaking.slept += d
		time.Sleep(time.Duration(d))
	case h%shakeGosched == 1:
		runtime.Gosched()
	}
}

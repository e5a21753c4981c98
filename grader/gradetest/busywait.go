package gradetest

import (
	"testing"
	"time"
)

const (
	waitFor = 60 * time.Millisecond
	// maxShare is the part of what a loop that spins computes that waiting code
	// may compute.
	maxShare   = 0.10
	waitTrials = 6
	minTrials  = 3               // unless an earlier one is free
	waitBudget = 8 * time.Second // for all of them
)

// NoBusyWait shows that waiting costs no processor time. Again and again, start
// brings the code under test to wait in goroutines of its own, and returns a
// function that ends the wait and joins them. The processor time that the process
// uses in real waits of 60 ms is compared with what a loop that spins gets in such
// times, on this machine, at this moment: there are as many waits as it takes for
// the loop to get 60 ms. So a loop that spins does not get away where everybody
// starves. The best of up to six trials counts, so a disturbed machine does not
// accuse.
func NoBusyWait(t *testing.T, start func() (release func())) {
	t.Helper()
	best, busy, trials := 1e9, 0, 0 // busy counts from the second trial; where it does, nothing can be told
	for began := time.Now(); trials < waitTrials && (trials < minTrials || time.Since(began) < waitBudget); {
		trials++
		var idle, waited, spun time.Duration
		if trials > 1 { // what is free at once need not be told from what runs anyhow
			if idle = costOfWaiting(func() func() { return func() {} }); idle > waitFor/4 {
				busy++ // something of the package's runs although nobody asked for anything
			}
		}
		for spun < waitFor {
			waited += max(costOfWaiting(start)-idle, 0)
			spun += costOfSpinning()
			if t.Failed() {
				return
			}
		}
		if idle <= waitFor/4 {
			best = min(best, float64(waited)/float64(spun))
		}
		if best <= maxShare {
			break
		}
	}
	measured(t, "busy-wait", map[string]float64{"cpu_share": best, "allowed": maxShare, "trials": float64(trials)})
	switch {
	case busy == trials-1 && best > maxShare:
		noted(t, "busy-wait", "the processor was used all the time, even while nothing had been asked of your code")
	case best > maxShare:
		noted(t, "busy-wait", "waiting used the processor %.0f %% of the time that it could have; a goroutine that waits properly uses none", 100*min(best, 1))
	}
}

// costOfSpinning is the processor time of a loop that spins as long as code waits.
func costOfSpinning() time.Duration {
	before := CPUTime()
	for start := time.Now(); time.Since(start) < waitFor; {
	}
	return CPUTime() - before
}

func costOfWaiting(start func() func()) time.Duration {
	release := start()
	time.Sleep(5 * time.Millisecond) // let everybody get to the wait
	before := CPUTime()
	time.Sleep(waitFor)
	cost := CPUTime() - before
	release()
	return cost
}

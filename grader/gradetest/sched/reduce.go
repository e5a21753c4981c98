package sched

import "slices"

// Reduce looks for the fewest yields with which a schedule still fails, by
// delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
// Failure-Inducing Input", IEEE TSE 28, 2002). Fails runs the schedule with the
// yields of a list only; more says whether there is time for another run. The
// list that is returned failed, unless it is keep itself.
func Reduce(keep []uint64, fails func([]uint64) bool, more func() bool) []uint64 {
	if fails([]uint64{}) {
		return []uint64{}
	}
	for parts := 2; len(keep) > 1 && parts <= len(keep) && more(); {
		smaller, ok := without(keep, parts, fails, more)
		switch {
		case ok:
			keep, parts = smaller, max(parts-1, 2)
		case parts == len(keep):
			return keep
		default:
			parts = min(2*parts, len(keep))
		}
	}
	return keep
}

// without tries to leave out one of so many parts.
func without(keep []uint64, parts int, fails func([]uint64) bool, more func() bool) ([]uint64, bool) {
	for i := range parts {
		from, to := i*len(keep)/parts, (i+1)*len(keep)/parts
		rest := slices.Concat(keep[:from], keep[to:])
		if more() && fails(rest) {
			return rest, true
		}
	}
	return nil, false
}

package sched_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// TestReduce: what it takes to fail is found among a hundred yields, and no
// run is made when there is no time.
func TestReduce(t *testing.T) {
	all := make([]uint64, 100)
	for i := range all {
		all[i] = uint64(i)
	}
	always := func() bool { return true }
	for name, need := range map[string][]uint64{"none": {}, "one": {17}, "two": {3, 98}, "five": {0, 1, 50, 51, 99}, "all": all} {
		fails := func(keep []uint64) bool {
			return !slices.ContainsFunc(need, func(k uint64) bool { return !slices.Contains(keep, k) })
		}
		assert.Equal(t, need, sched.Reduce(slices.Clone(all), fails, always), name)
	}
	runs := 0
	fails := func([]uint64) bool { runs++; return false }
	assert.Equal(t, all, sched.Reduce(all, fails, func() bool { return false }))
	assert.Equal(t, 1, runs)
}

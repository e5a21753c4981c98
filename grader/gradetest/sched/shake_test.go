package sched_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// TestShakeDisturbs: two goroutines that add in two steps lose an addition
// when one of them sleeps between the steps. Of 5,000 runs in which each step
// sleeps one time in 32, all go well about never.
func TestShakeDisturbs(t *testing.T) {
	defer sched.Calm()
	for seed := range uint64(5000) {
		sched.Shake(seed)
		var n atomic.Int32
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				seen := n.Load()
				sched.S()
				n.Store(seen + 1)
			})
		}
		wg.Wait()
		if n.Load() == 1 {
			return
		}
	}
	assert.Fail(t, "no addition was lost")
}

// TestNoShakingInASchedule: where a seed decides the order, nothing disturbs it.
func TestNoShakingInASchedule(t *testing.T) {
	sched.Shake(1)
	defer sched.Calm()
	_, want := run(t, 3, func() { appending() })
	for range 50 {
		_, hash := run(t, 3, func() { appending() })
		assert.Equal(t, want, hash)
	}
}

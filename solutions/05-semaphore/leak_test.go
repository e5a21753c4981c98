package semaphore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/05-semaphore"
)

// TestWaitingLeavesNothing uses contexts that outlive the call: a helper that
// goes away only with its context is one too many.
func TestWaitingLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(1)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		require.NoError(t, s.Acquire(ctx), "Acquire of a free permit")
		waiting := later(ctx, s)
		release(t, s)
		require.NoError(t, waiting.MustReturn(t, "the waiting Acquire, after Release"))
		require.Zero(t, gradetest.Goroutines(), "goroutines left when all Acquires have returned")
	})
}

// TestGivingUpLeavesNothing looks while the permit is still held.
func TestGivingUpLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(1)
		require.NoError(t, s.Acquire(context.Background()), "Acquire of a free permit")
		ctx, cancel := context.WithCancel(context.Background())
		first, second := later(ctx, s), later(ctx, s)
		cancel()
		gradetest.Settle()
		require.Error(t, first.MustReturn(t, "a waiting Acquire whose context was cancelled"))
		require.Error(t, second.MustReturn(t, "another waiting Acquire whose context was cancelled"))
		require.Zero(t, gradetest.Goroutines(), "goroutines left when all who waited have given up")
	})
}

func TestLimitLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		semaphore.Limit(4, func() {}, func() {})
		semaphore.Limit(1, func() {}, func() {}, func() {})
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Limit has returned")
	})
}

package semaphore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/05-semaphore"
)

func TestEndedContextGetsNoPermit(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Acquire(ctx)
		require.ErrorIs(t, err, context.Canceled, "Acquire with a context that has ended")
		require.NotErrorIs(t, err, context.DeadlineExceeded, "Acquire with a cancelled context")
		require.Zero(t, s.InUse(), "InUse after a failed Acquire")
	})
}

func TestCancelEndsTheWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(1)
		acquire(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		gone := later(ctx, s)
		next := later(t.Context(), s)
		cancel()
		gradetest.Settle()
		require.ErrorIs(t, gone.MustReturn(t, "a waiting Acquire whose context was cancelled"), context.Canceled, "error of the cancelled Acquire")
		next.MustWait(t, "the waiter behind the cancelled one")
		require.Equal(t, 1, s.InUse(), "InUse after a waiter was cancelled")
		release(t, s)
		require.NoError(t, next.MustReturn(t, "the waiter behind the cancelled one, after Release"))
	})
}

// TestCancelMeetsRelease lets the permit and the end of the context arrive at
// the same moment: whatever Acquire answers must be true.
func TestCancelMeetsRelease(t *testing.T) {
	gradetest.Stress(t, 150, func(t *testing.T) {
		s := semaphore.New(1)
		acquire(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		waiting := later(ctx, s)
		gradetest.GoDo(cancel)
		gradetest.Go(s.Release)
		gradetest.Settle()
		if waiting.MustReturn(t, "Acquire, with its context cancelled and a permit released") == nil {
			release(t, s)
		}
		require.Zero(t, s.InUse(), "InUse after a cancel and a release at the same moment")
		require.True(t, s.TryAcquire(), "TryAcquire after a cancel and a release at the same moment: the permit must not be lost")
	})
}

// TestCancelPassesThePermitOn has somebody wait behind the one that gives up.
func TestCancelPassesThePermitOn(t *testing.T) {
	gradetest.Stress(t, 150, func(t *testing.T) {
		s := semaphore.New(1)
		acquire(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		waiting := later(ctx, s)
		behind := later(t.Context(), s)
		gradetest.GoDo(cancel)
		gradetest.Go(s.Release)
		gradetest.Settle()
		if waiting.MustReturn(t, "Acquire, with its context cancelled and a permit released") == nil {
			behind.MustWait(t, "the second waiter, while the first holds the only permit")
			release(t, s)
		}
		require.NoError(t, behind.MustReturn(t, "the waiter behind one that was cancelled while its permit came"))
		release(t, s)
	})
}

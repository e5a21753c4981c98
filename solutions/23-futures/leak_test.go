package futures_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/23-futures"
)

func TestFutureHasNoGoroutine(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		f.OnDone(func(*future) {})
		f.Start()
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines of a running future with a callback")
	})
}

func TestGivingUpLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.Result(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of a Result whose time is up")
		_, err = f.Failure(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of a Failure whose time is up")
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Result and Failure gave up on a pending future")
	})
}

func TestWaitLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(3)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, when := range []futures.When{futures.AllDone, futures.FirstFailed, futures.FirstDone} {
			_, _, err := futures.Wait(ctx, when, fs...)
			require.ErrorIs(t, err, context.DeadlineExceeded, "error of a Wait whose time is up")
		}
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Wait gave up on pending futures")
		fs[1].Complete(1)
		_, _, err := futures.Wait(t.Context(), futures.FirstDone, fs...)
		require.NoError(t, err, "error of Wait for the first, with one done")
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Wait for the first returned and others are pending")
	})
}

func TestAsCompletedLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(3)
		fs[1].Complete(1)
		for range futures.AsCompleted(t.Context(), fs...) {
			break
		}
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left after a break out of AsCompleted, with futures pending")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range futures.AsCompleted(ctx, fs...) {
		}
		futures.AsCompleted(t.Context(), fs...) // not used
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left after AsCompleted ended with its context, with futures pending")
	})
}

// objects returns how many objects are in use on the heap.
func objects() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapObjects)
}

// TestNothingStaysInTheFuture runs in real time and counts what the futures
// hold. Whoever gave up must not be remembered by a future that goes on.
func TestNothingStaysInTheFuture(t *testing.T) {
	const often = 200
	fs := pendings(2)
	briefly := func(wait func(ctx context.Context)) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Microsecond)
		defer cancel()
		wait(ctx)
	}
	giveUp := func() {
		briefly(func(ctx context.Context) { futures.Wait(ctx, futures.AllDone, fs...) })
		briefly(func(ctx context.Context) {
			for range futures.AsCompleted(ctx, fs...) {
			}
		})
		briefly(func(ctx context.Context) { fs[0].Result(ctx) })
	}
	giveUp()
	before := objects()
	for range often {
		giveUp()
	}
	left := objects() - before
	if left >= often {
		t.Errorf("%d objects are left in memory after Wait, AsCompleted and Result gave up %d times each on pending futures; the futures must not remember them", left, often)
	}
	runtime.KeepAlive(fs)
}

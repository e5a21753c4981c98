package semaphore_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/05-semaphore"
)

// later starts Acquire in the background and lets it get as far as it can.
func later(ctx context.Context, s *semaphore.Semaphore) *gradetest.Call[error] {
	c := gradetest.Go(func() error { return s.Acquire(ctx) })
	gradetest.Settle()
	return c
}

func acquire(t *testing.T, s *semaphore.Semaphore) {
	t.Helper()
	c := later(t.Context(), s)
	require.NoError(t, c.MustReturn(t, "Acquire on a semaphore with a free permit"))
}

func release(t *testing.T, s *semaphore.Semaphore) {
	t.Helper()
	require.NoError(t, s.Release(), "Release of a permit that is held")
	gradetest.Settle()
}

func TestBoundHolds(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		s := semaphore.New(2)
		var inside gradetest.InFlight
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if s.Acquire(t.Context()) != nil {
					return
				}
				inside.Enter()
				time.Sleep(time.Second)
				inside.Leave()
				s.Release()
			})
		}
		all.Wait()
		require.Equal(t, 4, inside.Total(), "goroutines that got a permit")
		require.Equal(t, 2, inside.Max(), "goroutines inside at once, with 2 permits and 4 goroutines")
		require.Zero(t, s.InUse(), "InUse after everybody released")
	})
}

func TestAcquireWaitsForRelease(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(1)
		acquire(t, s)
		second := later(t.Context(), s)
		second.MustWait(t, "a second Acquire on a semaphore with one permit")
		release(t, s)
		require.NoError(t, second.MustReturn(t, "the waiting Acquire, after Release"))
		require.Equal(t, 1, s.InUse(), "InUse after the permit went to the waiter")
		release(t, s)
	})
}

func TestTryAcquireNeverWaits(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(2)
		assert.True(t, s.TryAcquire(), "first TryAcquire of two permits")
		assert.True(t, s.TryAcquire(), "second TryAcquire of two permits")
		assert.False(t, s.TryAcquire(), "third TryAcquire of two permits")
		release(t, s)
		assert.True(t, s.TryAcquire(), "TryAcquire after a Release")
	})
}

func TestReleaseTooOften(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(1)
		require.ErrorIs(t, s.Release(), semaphore.ErrOverRelease, "Release on a fresh semaphore")
		acquire(t, s)
		release(t, s)
		require.ErrorIs(t, s.Release(), semaphore.ErrOverRelease, "second Release after one Acquire")
		acquire(t, s)
		require.False(t, s.TryAcquire(), "TryAcquire after over-release: a refused Release must not make a permit")
	})
}

func TestResizeUpAdmitsWaiters(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(0)
		a, b, c := later(t.Context(), s), later(t.Context(), s), later(t.Context(), s)
		a.MustWait(t, "Acquire on a semaphore of capacity 0")
		s.Resize(2)
		gradetest.Settle()
		require.NoError(t, a.MustReturn(t, "the first waiter, after Resize(2)"))
		require.NoError(t, b.MustReturn(t, "the second waiter, after Resize(2)"))
		c.MustWait(t, "the third waiter, after Resize(2)")
		require.Equal(t, 2, s.Cap(), "Cap after Resize(2)")
		release(t, s)
		c.MustReturn(t, "the third waiter, after a Release")
	})
}

func TestResizeDownTakesNothingAway(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(3)
		for range 3 {
			acquire(t, s)
		}
		s.Resize(1)
		require.Equal(t, 3, s.InUse(), "InUse after Resize below the number of held permits")
		waiting := later(t.Context(), s)
		release(t, s)
		release(t, s)
		waiting.MustWait(t, "Acquire while as many permits are held as the new capacity")
		require.False(t, s.TryAcquire(), "TryAcquire at the new capacity")
		release(t, s)
		require.NoError(t, waiting.MustReturn(t, "Acquire once the held permits fell below the new capacity"))
	})
}

// TestReleaseMeetsAcquire has both begin together: whatever the order of their
// steps, the permit must reach the one that asks for it.
func TestReleaseMeetsAcquire(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		s := semaphore.New(1)
		require.NoError(t, s.Acquire(context.Background()), "Acquire of a free permit")
		acquiring := gradetest.Go(func() error { return s.Acquire(context.Background()) })
		require.NoError(t, s.Release(), "Release of a held permit")
		gradetest.Settle()
		require.NoError(t, acquiring.MustReturn(t, "an Acquire that meets a Release"))
		require.Equal(t, 1, s.InUse(), "permits held after Acquire, Release, Acquire")
	})
}

// TestResizeMeetsAcquire is the same for the other way in which room is made.
func TestResizeMeetsAcquire(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		s := semaphore.New(0)
		acquiring := gradetest.Go(func() error { return s.Acquire(context.Background()) })
		s.Resize(1)
		gradetest.Settle()
		require.NoError(t, acquiring.MustReturn(t, "an Acquire that meets a Resize from 0 to 1"))
	})
}

func TestRefusesNonsense(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		task := func() {}
		assert.Panics(t, func() { semaphore.New(-1) }, "New(-1)")
		assert.Panics(t, func() { semaphore.New(1).Resize(-1) }, "Resize(-1)")
		assert.Panics(t, func() { semaphore.Limit(0, task) }, "Limit(0, task)")
		assert.Panics(t, func() { semaphore.Limit(-1) }, "Limit(-1), without tasks")
		assert.NotPanics(t, func() { semaphore.New(0).Resize(0) }, "New(0) and Resize(0)")
		assert.NotPanics(t, func() { semaphore.Limit(100, task) }, "Limit(100, task)")
		assert.NotPanics(t, func() { semaphore.Limit(3) }, "Limit(3), without tasks")
	})
}

func TestLimitBound(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		var inside gradetest.InFlight
		tasks := make([]func(), 7)
		for i := range tasks {
			tasks[i] = func() {
				inside.Enter()
				time.Sleep(time.Duration(1+i%3) * time.Second)
				inside.Leave()
			}
		}
		semaphore.Limit(2, tasks...)
		require.Equal(t, 7, inside.Total(), "tasks that Limit ran")
		require.Zero(t, inside.Now(), "tasks still running when Limit returned")
		require.LessOrEqual(t, inside.Max(), 2, "tasks running at once under Limit(2)")
	})
}

// TestHammer runs in real time: the permits of a semaphore of capacity one
// must order what happens between Acquire and Release, or the race detector
// sees the plain counter.
func TestHammer(t *testing.T) {
	s := semaphore.New(1)
	counter := 0
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for range 100 {
				if i%3 == 2 && !s.TryAcquire() {
					s.Cap()
					s.InUse()
					continue
				} else if i%3 != 2 && s.Acquire(context.Background()) != nil {
					return
				}
				counter++
				s.Release()
			}
		})
	}
	all.Wait()
	require.GreaterOrEqual(t, counter, 400, "times that a goroutine was inside")
	require.Zero(t, s.InUse(), "InUse after everybody released")
}

// TestHammerResize changes the capacity while others use it.
func TestHammerResize(t *testing.T) {
	s := semaphore.New(1)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				if s.Acquire(context.Background()) != nil {
					return
				}
				s.Release()
			}
		})
	}
	all.Go(func() {
		for i := range 100 {
			s.Resize(i % 3)
		}
		s.Resize(2)
	})
	// Each of these calls one method only: a lock that another one takes would
	// order, by luck, what this one forgets to protect.
	all.Go(func() {
		for range 100 {
			s.Cap()
		}
	})
	all.Go(func() {
		for range 100 {
			s.InUse()
		}
	})
	all.Wait()
	require.Zero(t, s.InUse(), "InUse after everybody released")
}

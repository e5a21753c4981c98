package deadlock_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/04-deadlock"
)

// locked returns a mutex that the test holds.
func locked(t *testing.T) *deadlock.Mutex {
	t.Helper()
	m := deadlock.NewMutex()
	require.Equal(t, true, m.TryLock(), "TryLock on a new mutex")
	return m
}

// isFree checks that nobody holds m, not even somebody who is about to let go.
func isFree(t *testing.T, m *deadlock.Mutex, what string) {
	t.Helper()
	gradetest.Settle()
	require.Equal(t, true, m.TryLock(), "TryLock on %s", what)
	m.Unlock()
}

// lockFor starts LockFor in the background and lets it get as far as it can.
func lockFor(m *deadlock.Mutex, d time.Duration) *gradetest.Call[bool] {
	c := gradetest.Go(func() bool { return m.LockFor(d) })
	gradetest.Settle()
	return c
}

func TestMutexKeepsOthersOut(t *testing.T) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		m := deadlock.NewMutex()
		var inside gradetest.InFlight
		var all sync.WaitGroup
		lock := []func(){
			m.Lock,
			func() { m.LockFor(time.Hour) },
			func() { m.LockContext(t.Context()) },
		}
		for i := range 6 {
			all.Go(func() {
				lock[i%len(lock)]()
				inside.Enter()
				time.Sleep(time.Millisecond)
				inside.Leave()
				m.Unlock()
			})
		}
		all.Wait()
		require.Equal(t, 6, inside.Total(), "goroutines that got the lock")
		require.Equal(t, 1, inside.Max(), "goroutines that held the lock at once")
		isFree(t, m, "a mutex that everybody has unlocked")
	})
}

func TestTryNeverWaits(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := locked(t)
		require.Equal(t, false, m.TryLock(), "TryLock on a locked mutex")
		require.Equal(t, false, m.LockFor(0), "LockFor(0) on a locked mutex")
		require.Equal(t, false, m.LockFor(-time.Second), "LockFor(-1s) on a locked mutex")
		m.Unlock()
		for _, d := range []time.Duration{-time.Second, 0, time.Second} {
			require.Equal(t, true, m.LockFor(d), "LockFor(%v) on a free mutex", d)
			require.Equal(t, false, m.TryLock(), "TryLock after LockFor(%v) returned true", d)
			m.Unlock()
		}
		require.Equal(t, true, m.TryLock(), "TryLock after Unlock")
		m.Unlock()
	})
}

func TestUnlockEndsTheWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := locked(t)
		timed := lockFor(m, time.Hour)
		timed.MustWait(t, "LockFor(1h) on a locked mutex")
		m.Unlock()
		gradetest.Settle()
		require.Equal(t, true, timed.MustReturn(t, "LockFor(1h), after Unlock"), "LockFor(1h) on a mutex that was unlocked in time")

		plain := gradetest.GoDo(m.Lock)
		withContext := gradetest.Go(func() error { return m.LockContext(t.Context()) })
		gradetest.Settle()
		plain.MustWait(t, "Lock on a locked mutex")
		withContext.MustWait(t, "LockContext on a locked mutex")
		m.Unlock()
		gradetest.Settle()
		require.Equal(t, false, plain.Done() && withContext.Done(), "return of both Lock and LockContext, after one Unlock")
		require.Equal(t, true, plain.Done() || withContext.Done(), "return of Lock or LockContext, after one Unlock")
		m.Unlock()
		plain.Wait()
		require.NoError(t, withContext.Wait(), "LockContext on a mutex that was unlocked")
		m.Unlock()
		isFree(t, m, "a mutex that everybody has unlocked")
	})
}

func TestTimeoutTakesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := locked(t)
		timed := lockFor(m, 50*time.Millisecond)
		timed.MustWait(t, "LockFor(50ms) on a locked mutex, after 20 ms")
		behind := gradetest.GoDo(m.Lock)
		require.Equal(t, false, timed.Wait(), "LockFor(50ms) on a mutex that stays locked")
		behind.MustWait(t, "Lock behind a LockFor that gave up")
		m.Unlock()
		gradetest.Settle()
		behind.MustReturn(t, "Lock behind a LockFor that gave up, after Unlock")
		require.Equal(t, false, m.TryLock(), "TryLock while somebody holds the mutex")
		m.Unlock()
		isFree(t, m, "a mutex that was unlocked after a time-out")
	})
}

func TestCancelledLockTakesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := locked(t)
		ctx, cancel := context.WithCancel(t.Context())
		c := gradetest.Go(func() error { return m.LockContext(ctx) })
		gradetest.Settle()
		c.MustWait(t, "LockContext on a locked mutex")
		cancel()
		gradetest.Settle()
		err := c.MustReturn(t, "LockContext, after its context was cancelled")
		require.ErrorIs(t, err, context.Canceled, "error of a LockContext that was cancelled")
		require.NotErrorIs(t, err, context.DeadlineExceeded, "error of a LockContext that was cancelled")
		m.Unlock()
		isFree(t, m, "a mutex that was unlocked after a LockContext gave up")
		require.ErrorIs(t, m.LockContext(ctx), context.Canceled, "LockContext on a free mutex with a context that has ended")
		isFree(t, m, "a free mutex after LockContext with a context that has ended")
	})
}

// TestGrantMeetsTimeout unlocks at the moment in which a waiter gives up. The
// answer may be either, but it must be true, and the lock must not get lost.
func TestGrantMeetsTimeout(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		m := locked(t)
		timed := gradetest.Go(func() bool { return m.LockFor(time.Second) })
		time.Sleep(time.Second)
		m.Unlock()
		if timed.Wait() {
			m.Unlock()
		}
		isFree(t, m, "a mutex that was unlocked at the moment of a time-out")
	})
}

func TestGrantMeetsCancel(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		m := locked(t)
		ctx, cancel := context.WithCancel(t.Context())
		waiting := gradetest.Go(func() error { return m.LockContext(ctx) })
		gradetest.Settle()
		behind := lockFor(m, time.Hour)
		cancel()
		m.Unlock()
		if waiting.Wait() == nil {
			m.Unlock()
		}
		gradetest.Settle()
		require.Equal(t, true, behind.MustReturn(t, "LockFor(1h) behind a waiter that was cancelled as the mutex was unlocked"), "LockFor(1h) behind a waiter that was cancelled as the mutex was unlocked")
		m.Unlock()
		isFree(t, m, "a mutex that everybody has unlocked")
	})
}

func TestUnlockTooOftenPanics(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewMutex()
		require.Panics(t, m.Unlock, "Unlock of a mutex that is not locked")
		m.Lock()
		m.Unlock()
		require.Panics(t, m.Unlock, "second Unlock after one Lock")
		require.Equal(t, true, m.TryLock(), "TryLock after a refused Unlock")
		require.Equal(t, false, m.TryLock(), "second TryLock after a refused Unlock: it must not have made room for two")
		m.Unlock()
	})
}

package deadlock_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/04-deadlock"
)

const odd = 1234567 * time.Nanosecond

func TestGivesUpOnTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := locked(t)
		var got bool
		took := gradetest.Took(func() { got = m.LockFor(odd) })
		require.Equal(t, false, got, "LockFor on a mutex that stays locked")
		require.Equal(t, odd, took, "time that LockFor(1.234567ms) waited")
		took = gradetest.Took(func() { got = m.LockFor(0) || m.LockFor(-time.Second) || m.TryLock() })
		require.Equal(t, false, got, "LockFor(0), LockFor(-1s) and TryLock on a locked mutex")
		require.Zero(t, took, "time that LockFor(0), LockFor(-1s) and TryLock took")

		manager := deadlock.NewManager()
		require.NoError(t, manager.Lock(t.Context(), "anna", "disk"), "Lock of a free resource")
		waits := map[string]func(context.Context) error{
			"LockContext":  m.LockContext,
			"LockAll":      func(ctx context.Context) error { _, err := deadlock.LockAll(ctx, deadlock.NewMutex(), m); return err },
			"Manager.Lock": func(ctx context.Context) error { return manager.Lock(ctx, "bert", "disk") },
		}
		for name, lock := range waits {
			ctx, cancel := context.WithTimeout(t.Context(), odd)
			took := gradetest.Took(func() { require.ErrorIs(t, lock(ctx), context.DeadlineExceeded, "%s with a time-out", name) })
			cancel()
			require.Equal(t, odd, took, "time that %s waited, with a time-out of 1.234567 ms", name)
		}
		m.Unlock()
	})
}

func TestGetsTheLockAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m, other := locked(t), deadlock.NewMutex()
		waits := map[string]func(){
			"Lock":        m.Lock,
			"LockFor":     func() { m.LockFor(time.Hour) },
			"LockContext": func() { m.LockContext(t.Context()) },
			"LockAll":     func() { deadlock.LockAll(t.Context(), other, m, deadlock.NewMutex()) },
		}
		for name, lock := range waits {
			waiting := gradetest.GoDo(lock)
			time.Sleep(odd)
			m.Unlock()
			require.Equal(t, odd, waiting.Took(), "time that %s took, with the mutex unlocked after 1.234567 ms", name)
		}
	})
}

func TestManagerHandsOnAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		require.NoError(t, m.Lock(t.Context(), "anna", "disk"), "Lock of a free resource")
		bert := gradetest.Go(func() error { return m.Lock(t.Context(), "bert", "disk") })
		time.Sleep(odd)
		require.NoError(t, m.Unlock("anna", "disk"), "Unlock by the holder")
		require.Equal(t, odd, bert.Took(), "time that Lock took, with the resource unlocked after 1.234567 ms")
		require.NoError(t, bert.Wait(), "Lock of a resource that was unlocked")
	})
}

// TestCycleIsReportedAtOnce gives both waits an hour: a deadlock must not be
// guessed from a wait that takes long.
func TestCycleIsReportedAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		m := deadlock.NewManager()
		require.NoError(t, m.Lock(ctx, "anna", "disk"), "Lock of a free resource")
		require.NoError(t, m.Lock(ctx, "bert", "tape"), "Lock of a free resource")
		anna := gradetest.Go(func() error { return m.Lock(ctx, "anna", "tape") })
		synctest.Wait()
		var err error
		took := gradetest.Took(func() { err = m.Lock(ctx, "bert", "disk") })
		require.Equal(t, true, isCycle(err), "a *CycleError from a Lock that closes a cycle")
		require.Zero(t, took, "time that Lock took to find the cycle")
		require.NoError(t, m.Unlock("bert", "tape"), "Unlock by the holder")
		require.NoError(t, anna.Wait(), "Lock by the other owner of the cycle")
	})
}

func TestTransferGoesOnAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := deadlock.NewAccount(100), deadlock.NewAccount(0)
		go deadlock.Audit(func([]int) { time.Sleep(odd) }, b)
		synctest.Wait()
		moved := gradetest.Go(func() error { return deadlock.Transfer(a, b, 1) })
		require.Equal(t, odd, moved.Took(), "time that Transfer took, with an audit that took 1.234567 ms")
		require.NoError(t, moved.Wait(), "Transfer that waited for an audit")
	})
}

// TestMealsFollowAtOnce has two philosophers, of whom one at a time can eat.
func TestMealsFollowAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		took := gradetest.Took(func() {
			deadlock.Dine(2, 3, func(e deadlock.Event) {
				if e.Action == deadlock.Eat {
					time.Sleep(time.Millisecond)
				}
			})
		})
		require.Equal(t, 6*time.Millisecond, took, "time for six meals of 1 ms, one at a time")
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		var release []func()
		var calls []*gradetest.Call[struct{}]
		wait := func(until func(), f func()) {
			release = append(release, until)
			calls = append(calls, gradetest.GoDo(f))
		}
		ctx := context.Background()
		a, b, c, d := deadlock.NewMutex(), deadlock.NewMutex(), deadlock.NewMutex(), deadlock.NewMutex()
		for _, m := range []*deadlock.Mutex{a, b, c, d} {
			m.Lock()
		}
		wait(a.Unlock, a.Lock)
		wait(b.Unlock, func() { b.LockFor(time.Minute) })
		wait(c.Unlock, func() { c.LockContext(ctx) })
		wait(d.Unlock, func() { deadlock.LockAll(ctx, deadlock.NewMutex(), d, deadlock.NewMutex()) })

		manager := deadlock.NewManager()
		manager.Lock(ctx, "anna", "disk")
		wait(func() { manager.Unlock("anna", "disk") }, func() { manager.Lock(ctx, "bert", "disk") })

		from, to := deadlock.NewAccount(1), deadlock.NewAccount(0)
		busy, started := make(chan struct{}), make(chan struct{}, 2)
		wait(func() { close(busy) }, func() {
			deadlock.Audit(func([]int) { started <- struct{}{}; <-busy }, from)
			started <- struct{}{} // in case look was never called
		})
		<-started
		wait(func() {}, func() { deadlock.Transfer(from, to, 1) })
		return func() {
			for _, f := range release {
				f()
			}
			for _, c := range calls {
				c.Wait()
			}
		}
	})
}

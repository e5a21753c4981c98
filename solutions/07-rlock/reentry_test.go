package rlock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/07-rlock"
)

// In the race stage nobody waits for the lock in virtual time: a design that
// keeps a sync.Mutex locked for its user would stop the clock. Whether the
// lock is free is asked with TryLock; tests that wait are in turns_test.go and
// timing_test.go.

func unlock(t *testing.T, l *rlock.RLock, o *rlock.Owner) {
	t.Helper()
	require.NoError(t, l.Unlock(o), "Unlock by %s, which holds the lock", o.Name())
}

// mustBeFree demands that the lock is free, and leaves it free.
func mustBeFree(t *testing.T, l *rlock.RLock, when string) {
	t.Helper()
	probe := rlock.NewOwner("probe")
	require.True(t, l.TryLock(probe), "TryLock by a new owner, %s", when)
	unlock(t, l, probe)
	require.Nil(t, l.Holder(), "Holder, %s", when)
}

// mustBeTaken demands that nobody but the holder can take the lock.
func mustBeTaken(t *testing.T, l *rlock.RLock, when string) {
	t.Helper()
	probe := rlock.NewOwner("probe")
	require.False(t, l.TryLock(probe), "TryLock by a new owner, %s", when)
	require.Zero(t, l.Depth(probe), "Depth of an owner whose TryLock failed, %s", when)
}

func TestEveryLockCounts(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann := rlock.New(), rlock.NewOwner("ann")
		require.Nil(t, l.Holder(), "Holder of a new lock")
		require.Zero(t, l.Depth(ann), "Depth on a new lock")
		l.Lock(ann)
		require.True(t, l.TryLock(ann), "TryLock by the owner that holds the lock")
		require.True(t, l.LockTimeout(ann, time.Second), "LockTimeout by the owner that holds the lock")
		require.True(t, l.LockTimeout(ann, 0), "LockTimeout without any time, by the owner that holds the lock")
		l.Lock(ann)
		for depth := 5; depth > 0; depth-- {
			require.Equal(t, depth, l.Depth(ann), "Depth with %d Unlocks still owed", depth)
			require.Same(t, ann, l.Holder(), "Holder with %d Unlocks still owed", depth)
			mustBeTaken(t, l, "while the holder still owes Unlocks")
			unlock(t, l, ann)
		}
		require.Zero(t, l.Depth(ann), "Depth after the last Unlock")
		mustBeFree(t, l, "after the last Unlock")
	})
}

func TestDeepNesting(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const deep = 70_000
		l, ann := rlock.New(), rlock.NewOwner("ann")
		for range deep {
			l.Lock(ann)
		}
		require.Equal(t, deep, l.Depth(ann), "Depth after %d Locks", deep)
		for range deep - 1 {
			if err := l.Unlock(ann); err != nil {
				require.NoError(t, err, "one of %d Unlocks after %d Locks", deep, deep)
			}
		}
		require.Equal(t, 1, l.Depth(ann), "Depth with one Unlock still owed")
		mustBeTaken(t, l, "with one Unlock still owed")
		unlock(t, l, ann)
		mustBeFree(t, l, "after as many Unlocks as Locks")
	})
}

// TestLocksCountSeparately has one owner in two locks.
func TestLocksCountSeparately(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		first, second, ann := rlock.New(), rlock.New(), rlock.NewOwner("ann")
		first.Lock(ann)
		first.Lock(ann)
		second.Lock(ann)
		require.Equal(t, 2, first.Depth(ann), "Depth in a lock taken twice")
		require.Equal(t, 1, second.Depth(ann), "Depth in another lock, taken once by the same owner")
		unlock(t, second, ann)
		mustBeFree(t, second, "after its only Lock was undone")
		mustBeTaken(t, first, "when only another lock was released")
		unlock(t, first, ann)
		mustBeTaken(t, first, "after one Unlock of two")
		unlock(t, first, ann)
		mustBeFree(t, first, "after both Unlocks")
	})
}

func TestTryNeverWaits(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		l.Lock(ann)
		took := gradetest.Took(func() {
			assert.False(t, l.TryLock(ben), "TryLock while somebody else holds the lock")
			assert.False(t, l.LockTimeout(ben, 0), "LockTimeout without any time while somebody else holds the lock")
			assert.False(t, l.LockTimeout(ben, -time.Second), "LockTimeout with a negative time while somebody else holds the lock")
		})
		require.Less(t, took, 500*time.Millisecond, "time taken by attempts that may not wait")
		unlock(t, l, ann)
		for _, d := range []time.Duration{0, -time.Second, time.Hour} {
			require.True(t, l.LockTimeout(ben, d), "LockTimeout of %v on a free lock", d)
			require.Equal(t, 1, l.Depth(ben), "Depth after LockTimeout of %v on a free lock", d)
			unlock(t, l, ben)
		}
		mustBeFree(t, l, "after everybody unlocked")
	})
}

// TestLockMeetsUnlock has both begin together: whatever the order of their
// steps, the lock must reach the one that asks for it.
func TestLockMeetsUnlock(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		l.Lock(ann)
		locking := gradetest.GoDo(func() { l.Lock(ben) })
		unlock(t, l, ann)
		locking.Wait()
		require.Same(t, ben, l.Holder(), "Holder after Lock, which met an Unlock")
		require.Equal(t, 1, l.Depth(ben), "Depth after one Lock, which met an Unlock")
		unlock(t, l, ben)
		mustBeFree(t, l, "after everybody unlocked")
	})
}

// TestTryMeetsTry has two take a free lock at once.
func TestTryMeetsTry(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		trying := gradetest.Go(func() bool { return l.TryLock(ben) })
		mine := l.TryLock(ann)
		other := trying.Wait()
		require.NotEqual(t, mine, other, "results of two TryLocks at once on a free lock; one of them gets it")
		holder := ann
		if other {
			holder = ben
		}
		require.Same(t, holder, l.Holder(), "Holder after one of two TryLocks got the lock")
		unlock(t, l, holder)
		mustBeFree(t, l, "after everybody unlocked")
	})
}

// TestTimeoutMeetsTheLock has the lock come when the time is up, or about then.
func TestTimeoutMeetsTheLock(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		const patience = 200 * time.Millisecond
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		l.Lock(ann)
		hasty := gradetest.Go(func() bool { return l.LockTimeout(ben, patience) })
		time.Sleep(patience)
		unlock(t, l, ann)
		if hasty.Wait() {
			require.Same(t, ben, l.Holder(), "Holder after LockTimeout answered true")
			unlock(t, l, ben)
		}
		mustBeFree(t, l, "after a LockTimeout whose time was up when the lock came")
	})
}

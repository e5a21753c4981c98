package rlock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/07-rlock"
)

// lockLater starts Lock in the background and lets it get as far as it can.
func lockLater(l *rlock.RLock, o *rlock.Owner) *gradetest.Call[struct{}] {
	c := gradetest.GoDo(func() { l.Lock(o) })
	gradetest.Settle()
	return c
}

func timeoutLater(l *rlock.RLock, o *rlock.Owner, d time.Duration) *gradetest.Call[bool] {
	c := gradetest.Go(func() bool { return l.LockTimeout(o, d) })
	gradetest.Settle()
	return c
}

// mustHold demands that o got the lock by waiting for it.
func mustHold(t *testing.T, l *rlock.RLock, o *rlock.Owner, when string) {
	t.Helper()
	require.Same(t, o, l.Holder(), "Holder %s: it should be %s", when, o.Name())
	require.Equal(t, 1, l.Depth(o), "Depth of %s, which took the lock once, %s", o.Name(), when)
}

func TestLastUnlockLetsOthersIn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		for range 3 {
			l.Lock(ann)
		}
		waiting := lockLater(l, ben)
		for owed := 3; owed > 0; owed-- {
			waiting.MustWait(t, "Lock while somebody else holds the lock")
			require.Equal(t, owed, l.Depth(ann), "the holder's Depth while somebody waits")
			unlock(t, l, ann)
			gradetest.Settle()
		}
		waiting.MustReturn(t, "the waiting Lock, after the holder's last Unlock")
		mustHold(t, l, ben, "after the holder's last Unlock")
		unlock(t, l, ben)
		mustBeFree(t, l, "after everybody unlocked")
	})
}

// TestHolderGoesFirst lets the holder in again although somebody waits: to
// queue behind those who wait for it would be to wait for ever.
func TestHolderGoesFirst(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		l.Lock(ann)
		waiting := lockLater(l, ben)
		again := lockLater(l, ann)
		again.MustReturn(t, "Lock by the holder, while somebody else waits")
		require.True(t, l.TryLock(ann), "TryLock by the holder, while somebody else waits")
		patient := timeoutLater(l, ann, time.Hour)
		require.True(t, patient.MustReturn(t, "LockTimeout by the holder, while somebody else waits"), "LockTimeout by the holder, while somebody else waits")
		for range 4 {
			waiting.MustWait(t, "Lock while somebody else holds the lock")
			unlock(t, l, ann)
			gradetest.Settle()
		}
		waiting.MustReturn(t, "the waiting Lock, after the holder's last Unlock")
		mustHold(t, l, ben, "after the holder's last Unlock")
		unlock(t, l, ben)
	})
}

func TestFirstComeFirstServed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := rlock.New()
		holder := rlock.NewOwner("holder")
		l.Lock(holder)
		var line []*rlock.Owner
		var done []func() bool
		for i, name := range []string{"first", "second", "third", "fourth"} {
			o := rlock.NewOwner(name)
			line = append(line, o)
			if i%2 == 0 {
				done = append(done, lockLater(l, o).Done)
			} else {
				done = append(done, timeoutLater(l, o, time.Hour).Done)
			}
		}
		for i, next := range line {
			unlock(t, l, holder)
			gradetest.Settle()
			for j := range line {
				require.Equal(t, j <= i, done[j](), "after %d Unlocks: has waiter number %d of 4 got the lock", i+1, j+1)
			}
			mustHold(t, l, next, "when its turn had come")
			holder = next
		}
		unlock(t, l, holder)
		mustBeFree(t, l, "after everybody unlocked")
	})
}

// TestNobodyOvertakes tries to take the lock in the moment between Unlock and
// the waiter's waking up.
func TestNobodyOvertakes(t *testing.T) {
	gradetest.Stress(t, 40, func(t *testing.T) {
		l, ann, ben, cat := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben"), rlock.NewOwner("cat")
		l.Lock(ann)
		waiting := lockLater(l, ben)
		unlock(t, l, ann)
		require.False(t, l.TryLock(cat), "TryLock right after Unlock, while somebody has been waiting")
		require.False(t, l.TryLock(ann), "TryLock by the one that has just unlocked, while somebody has been waiting")
		greedy := lockLater(l, ann)
		waiting.MustReturn(t, "the Lock that waited first")
		greedy.MustWait(t, "Lock by the one that has just unlocked, behind somebody who waited")
		mustHold(t, l, ben, "after the Unlock it waited for")
		unlock(t, l, ben)
		gradetest.Settle()
		greedy.MustReturn(t, "the second in the line, after the first one's Unlock")
		unlock(t, l, ann)
	})
}

// TestTimeoutLeavesTheLine has somebody give up who stands before another.
func TestTimeoutLeavesTheLine(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann, ben, cat := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben"), rlock.NewOwner("cat")
		l.Lock(ann)
		hasty := timeoutLater(l, ben, 50*time.Millisecond)
		behind := lockLater(l, cat)
		hasty.MustWait(t, "LockTimeout before its time is up")
		time.Sleep(50 * time.Millisecond)
		require.False(t, hasty.MustReturn(t, "LockTimeout whose time is up"), "result of a LockTimeout whose time is up")
		mustHold(t, l, ann, "after somebody else's time-out")
		behind.MustWait(t, "the waiter behind one that gave up, while the lock is held")
		unlock(t, l, ann)
		gradetest.Settle()
		behind.MustReturn(t, "the waiter behind one that gave up, after Unlock")
		mustHold(t, l, cat, "after the one before it gave up")
		unlock(t, l, cat)
		require.True(t, l.TryLock(ben), "TryLock on a free lock by one that gave up before")
		mustHold(t, l, ben, "after a time-out and a new attempt")
		unlock(t, l, ben)
	})
}

// TestTimeoutMeetsUnlock lets the lock and the end of patience come at the
// same instant: whatever LockTimeout answers must be true.
func TestTimeoutMeetsUnlock(t *testing.T) {
	gradetest.Stress(t, 40, func(t *testing.T) { // each of the two comes first every other time
		const patience = 5 * time.Millisecond
		l, ann, ben, cat := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben"), rlock.NewOwner("cat")
		l.Lock(ann)
		hasty := gradetest.Go(func() bool { return l.LockTimeout(ben, patience) })
		synctest.Wait()
		behind := gradetest.GoDo(func() { l.Lock(cat) })
		time.Sleep(patience)
		unlock(t, l, ann)
		gradetest.Settle()
		if hasty.MustReturn(t, "LockTimeout, with its time up and the lock free at the same instant") {
			behind.MustWait(t, "the second waiter, while the first holds the lock")
			mustHold(t, l, ben, "after LockTimeout answered true")
			unlock(t, l, ben)
			gradetest.Settle()
		}
		behind.MustReturn(t, "the waiter behind one whose time was up when the lock came")
		mustHold(t, l, cat, "after the one before it was through")
		unlock(t, l, cat)
		mustBeFree(t, l, "after everybody unlocked")
	})
}

// TestWalkIsOneStep has somebody wait for the tree during a walk.
func TestWalkIsOneStep(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		root, l, ann := plant()
		ben := rlock.NewOwner("ben")
		var adding *gradetest.Call[*rlock.Node]
		early, walked := 0, 0
		root.Walk(ann, func(n *rlock.Node) error {
			if adding == nil {
				adding = gradetest.Go(func() *rlock.Node { return root.Add(ben, 100) })
			}
			gradetest.Settle()
			if adding.Done() {
				early++
			}
			walked += n.Value(ann)
			return nil
		})
		gradetest.Settle()
		require.Zero(t, early, "visits before which somebody else's Add came in between")
		require.Equal(t, 21, walked, "sum of the values that the walk saw")
		adding.MustReturn(t, "somebody else's Add, after the walk")
		require.Equal(t, 121, root.Sum(ann), "Sum after somebody else's Add")
		mustBeFree(t, l, "after everybody was through")
	})
}

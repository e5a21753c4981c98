package rlock_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/07-rlock"
)

// mustRefuse demands that o may not unlock.
func mustRefuse(t *testing.T, l *rlock.RLock, o *rlock.Owner, what string) {
	t.Helper()
	err := l.Unlock(o)
	require.ErrorIs(t, err, rlock.ErrNotOwner, what)
	require.NotErrorIs(t, err, errors.ErrUnsupported, what)
}

func TestOnlyTheHolderUnlocks(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		l.Lock(ann)
		l.Lock(ann)
		mustRefuse(t, l, ben, "Unlock by somebody who does not hold the lock")
		require.Equal(t, 2, l.Depth(ann), "the holder's Depth after somebody else's Unlock was refused")
		require.Same(t, ann, l.Holder(), "Holder after somebody else's Unlock was refused")
		mustBeTaken(t, l, "after somebody else's Unlock was refused")
		unlock(t, l, ann)
		mustRefuse(t, l, ben, "Unlock by somebody who does not hold the lock")
		unlock(t, l, ann)
		mustBeFree(t, l, "after the holder's own Unlocks")
	})
}

func TestFreeLockRefusesUnlock(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann := rlock.New(), rlock.NewOwner("ann")
		mustRefuse(t, l, ann, "Unlock of a new lock")
		l.Lock(ann)
		require.Equal(t, 1, l.Depth(ann), "Depth after one Lock, when an Unlock had been refused before")
		unlock(t, l, ann)
		mustRefuse(t, l, ann, "second Unlock after one Lock")
		require.Zero(t, l.Depth(ann), "Depth after a refused Unlock")
		mustBeFree(t, l, "after a refused Unlock")
	})
}

// TestOwnersAreNotTheirNames has owners that look alike in everything.
func TestOwnersAreNotTheirNames(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, name := range []string{"worker", ""} {
			l, one, two := rlock.New(), rlock.NewOwner(name), rlock.NewOwner(name)
			require.Equal(t, name, one.Name(), "name of an owner")
			require.NotSame(t, one, two, "two owners with the name %q", name)
			l.Lock(one)
			require.False(t, l.TryLock(two), "TryLock by another owner with the holder's name %q", name)
			require.Zero(t, l.Depth(two), "Depth of another owner with the holder's name %q", name)
			mustRefuse(t, l, two, "Unlock by another owner with the holder's name")
			require.Same(t, one, l.Holder(), "Holder, with two owners of one name")
			require.Equal(t, 1, l.Depth(one), "the holder's Depth, with two owners of one name")
			unlock(t, l, one)
		}
	})
}

// TestOwnersAreNotGoroutines hands an owner to another goroutine, and uses two
// owners in one.
func TestOwnersAreNotGoroutines(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		l.Lock(ann)
		require.False(t, l.TryLock(ben), "TryLock by another owner, in the goroutine that took the lock")
		again := gradetest.Go(func() bool { return l.TryLock(ann) }).Wait()
		require.True(t, again, "TryLock by the holder, from another goroutine")
		require.Equal(t, 2, l.Depth(ann), "Depth after the holder entered from two goroutines, one after the other")
		for range 2 {
			err := gradetest.Go(func() error { return l.Unlock(ann) }).Wait()
			require.NoError(t, err, "Unlock by the holder, from another goroutine")
		}
		mustBeFree(t, l, "after the holder's Unlocks in another goroutine")
	})
}

func TestNobodyOwnsNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann := rlock.New(), rlock.NewOwner("ann")
		mustRefuse(t, l, nil, "Unlock(nil) of a free lock")
		require.Panics(t, func() { l.TryLock(nil) }, "TryLock(nil)")
		require.Panics(t, func() { l.Lock(nil) }, "Lock(nil)")
		require.Panics(t, func() { l.LockTimeout(nil, 1) }, "LockTimeout(nil, 1ns)")
		require.Zero(t, l.Depth(nil), "Depth(nil) of a free lock")
		mustBeFree(t, l, "after calls with a nil owner")
		l.Lock(ann)
		mustRefuse(t, l, nil, "Unlock(nil) of a lock that is held")
		require.Equal(t, 1, l.Depth(ann), "the holder's Depth after Unlock(nil)")
		unlock(t, l, ann)
	})
}

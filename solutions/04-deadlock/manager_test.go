package deadlock_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/04-deadlock"
)

// ask starts Lock in the background and lets it get as far as it can.
func ask(ctx context.Context, m *deadlock.Manager, owner, resource string) *gradetest.Call[error] {
	c := gradetest.Go(func() error { return m.Lock(ctx, owner, resource) })
	gradetest.Settle()
	return c
}

// take locks a resource that is free.
func take(t *testing.T, m *deadlock.Manager, owner, resource string) {
	t.Helper()
	c := ask(t.Context(), m, owner, resource)
	require.NoError(t, c.MustReturn(t, "Lock of the free resource "+resource+" by "+owner))
}

// wait asks for a resource that somebody else holds, where no cycle is in sight.
func wait(t *testing.T, m *deadlock.Manager, owner, resource string) *gradetest.Call[error] {
	t.Helper()
	c := ask(t.Context(), m, owner, resource)
	c.MustWait(t, "Lock of "+resource+" by "+owner+", with no cycle")
	return c
}

func drop(t *testing.T, m *deadlock.Manager, owner, resource string) {
	t.Helper()
	require.NoError(t, m.Unlock(owner, resource), "Unlock of %s by %s, who holds it", resource, owner)
	gradetest.Settle()
}

// refused asks for a resource and returns the cycle that Lock must report.
func refused(t *testing.T, m *deadlock.Manager, owner, resource string) *deadlock.CycleError {
	t.Helper()
	err := ask(t.Context(), m, owner, resource).MustReturn(t, "Lock of "+resource+" by "+owner+", which closes a cycle")
	var cycle *deadlock.CycleError
	require.Equal(t, true, errors.As(err, &cycle) && cycle != nil, "a *CycleError from Lock of %s by %s, which closes a cycle", resource, owner)
	require.NotErrorIs(t, err, context.Canceled, "error of a Lock that closes a cycle")
	return cycle
}

// waits puts the waits of a cycle into words, for a readable difference.
func waits(cycle []deadlock.Wait) (words []string) {
	for _, w := range cycle {
		words = append(words, w.Owner+" waits for "+w.Resource+" held by "+w.Holder)
	}
	return words
}

func holds(t *testing.T, m *deadlock.Manager, owner, resource string) {
	t.Helper()
	got, held := m.Holder(resource)
	require.Equal(t, true, held, "second result of Holder(%q), which is held", resource)
	require.Equal(t, owner, got, "holder of %s", resource)
}

func isUnheld(t *testing.T, m *deadlock.Manager, resource string) {
	t.Helper()
	_, held := m.Holder(resource)
	require.Equal(t, false, held, "second result of Holder(%q), which nobody holds", resource)
}

// served returns how many of the calls have returned.
func served(calls ...*gradetest.Call[error]) (n int) {
	for _, c := range calls {
		if c.Done() {
			n++
		}
	}
	return n
}

func isCycle(err error) bool {
	var cycle *deadlock.CycleError
	return errors.As(err, &cycle)
}

func TestManagerLocks(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		isUnheld(t, m, "disk")
		take(t, m, "anna", "disk")
		holds(t, m, "anna", "disk")
		isUnheld(t, m, "tape")
		bert := wait(t, m, "bert", "disk")
		take(t, m, "carl", "tape")
		holds(t, m, "anna", "disk")
		drop(t, m, "anna", "disk")
		require.NoError(t, bert.MustReturn(t, "the Lock that waited for disk, after Unlock"))
		holds(t, m, "bert", "disk")
		drop(t, m, "bert", "disk")
		isUnheld(t, m, "disk")
		take(t, m, "anna", "disk")
		take(t, m, "anna", "drum")
		holds(t, m, "anna", "disk")
		holds(t, m, "anna", "drum")
	})
}

func TestUnlockByAnotherOwner(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		require.ErrorIs(t, m.Unlock("anna", "disk"), deadlock.ErrNotHolder, "Unlock of a resource that nobody ever locked")
		take(t, m, "anna", "disk")
		bert := wait(t, m, "bert", "disk")
		require.ErrorIs(t, m.Unlock("bert", "disk"), deadlock.ErrNotHolder, "Unlock by an owner who still waits for the resource")
		require.ErrorIs(t, m.Unlock("carl", "disk"), deadlock.ErrNotHolder, "Unlock of another owner's resource")
		gradetest.Settle()
		bert.MustWait(t, "Lock of disk by bert, after refused Unlocks")
		holds(t, m, "anna", "disk")
		drop(t, m, "anna", "disk")
		require.ErrorIs(t, m.Unlock("anna", "disk"), deadlock.ErrNotHolder, "second Unlock after one Lock")
		require.NoError(t, bert.MustReturn(t, "Lock of disk by bert, after anna's Unlock"))
		holds(t, m, "bert", "disk")
	})
}

func TestManagerWithEndedContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, m.Lock(ctx, "anna", "disk"), context.Canceled, "Lock of a free resource with a context that has ended")
		isUnheld(t, m, "disk")
	})
}

// TestManagerGrantMeetsCancel cancels a waiter at the moment of the Unlock.
func TestManagerGrantMeetsCancel(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		m := deadlock.NewManager()
		take(t, m, "anna", "disk")
		ctx, cancel := context.WithCancel(t.Context())
		bert := ask(ctx, m, "bert", "disk")
		carl := wait(t, m, "carl", "disk")
		cancel()
		require.NoError(t, m.Unlock("anna", "disk"), "Unlock by the holder")
		if err := bert.Wait(); err == nil {
			holds(t, m, "bert", "disk")
			drop(t, m, "bert", "disk")
		}
		gradetest.Settle()
		require.NoError(t, carl.MustReturn(t, "Lock of disk by carl, behind bert who was cancelled as the resource came"))
		holds(t, m, "carl", "disk")
		drop(t, m, "carl", "disk")
		isUnheld(t, m, "disk")
	})
}

// TestManagerLockMeetsUnlock has both begin together: whatever the order of
// their steps, the resource must reach the one that asks for it.
func TestManagerLockMeetsUnlock(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		m := deadlock.NewManager()
		require.NoError(t, m.Lock(t.Context(), "anna", "disk"), "Lock of a free resource")
		bert := gradetest.Go(func() error { return m.Lock(t.Context(), "bert", "disk") })
		require.NoError(t, m.Unlock("anna", "disk"), "Unlock by the holder")
		gradetest.Settle()
		require.NoError(t, bert.MustReturn(t, "Lock of disk by bert, which meets anna's Unlock"))
		holds(t, m, "bert", "disk")
	})
}

// TestManagerUnlockMeetsNewcomer has somebody come for a resource just as it
// goes to one who has waited for it: one of the two gets it, then the other.
func TestManagerUnlockMeetsNewcomer(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		m := deadlock.NewManager()
		take(t, m, "anna", "disk")
		bert := wait(t, m, "bert", "disk")
		carl := gradetest.Go(func() error { return m.Lock(t.Context(), "carl", "disk") })
		require.NoError(t, m.Unlock("anna", "disk"), "Unlock by the holder")
		gradetest.Settle()
		require.Equal(t, 1, served(bert, carl), "owners that have got disk, of one that waited for it and one that came as it was unlocked")
		got, left, second := "bert", "carl", carl
		if carl.Done() {
			got, left, second = left, got, bert
		}
		holds(t, m, got, "disk")
		drop(t, m, got, "disk")
		require.NoError(t, second.MustReturn(t, "Lock of disk by the second of two owners"))
		holds(t, m, left, "disk")
	})
}

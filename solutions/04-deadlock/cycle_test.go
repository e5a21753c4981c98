package deadlock_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/04-deadlock"
)

func TestCycleOfTwo(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		take(t, m, "anna", "disk")
		take(t, m, "bert", "tape")
		anna := wait(t, m, "anna", "tape")
		err := refused(t, m, "bert", "disk")
		want := []deadlock.Wait{{"bert", "disk", "anna"}, {"anna", "tape", "bert"}}
		require.Equal(t, waits(want), waits(err.Cycle), "cycle that Lock of disk by bert closes")
		anna.MustWait(t, "Lock of tape by anna, after bert was refused")
		holds(t, m, "bert", "tape")
		drop(t, m, "bert", "tape")
		require.NoError(t, anna.MustReturn(t, "Lock of tape by anna, after bert backed out"))
		bert := wait(t, m, "bert", "disk")
		drop(t, m, "anna", "disk")
		require.NoError(t, bert.MustReturn(t, "Lock of disk by bert, the second time"))
	})
}

func TestCycleOfFour(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		owners := []string{"anna", "bert", "carl", "dora"}
		resources := []string{"disk", "tape", "drum", "card"}
		for i := range owners {
			take(t, m, owners[i], resources[i])
		}
		var calls []*gradetest.Call[error]
		for i := range 3 {
			calls = append(calls, wait(t, m, owners[i], resources[i+1]))
		}
		err := refused(t, m, "dora", "disk")
		want := []deadlock.Wait{
			{"dora", "disk", "anna"}, {"anna", "tape", "bert"}, {"bert", "drum", "carl"}, {"carl", "card", "dora"},
		}
		require.Equal(t, waits(want), waits(err.Cycle), "cycle of four owners")
		for _, name := range append(owners, resources...) {
			require.Contains(t, err.Error(), name, "text of the error")
		}
		drop(t, m, "dora", "card")
		for i := 2; i >= 0; i-- {
			require.NoError(t, calls[i].MustReturn(t, "Lock of "+resources[i+1]+" by "+owners[i]+", after dora backed out and those behind"))
			holds(t, m, owners[i], resources[i])
			drop(t, m, owners[i], resources[i+1])
			drop(t, m, owners[i], resources[i])
		}
	})
}

func TestCycleOfOne(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		take(t, m, "anna", "disk")
		err := refused(t, m, "anna", "disk")
		require.Equal(t, waits([]deadlock.Wait{{"anna", "disk", "anna"}}), waits(err.Cycle), "cycle of an owner that waits for itself")
		holds(t, m, "anna", "disk")
		drop(t, m, "anna", "disk")
		isUnheld(t, m, "disk")
	})
}

// TestNoCycleInAChain has owners wait behind one another, and for the same
// one, which is no deadlock as long as somebody can go on.
func TestNoCycleInAChain(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		take(t, m, "anna", "disk")
		take(t, m, "bert", "tape")
		take(t, m, "carl", "drum")
		bert := wait(t, m, "bert", "disk")
		carl := wait(t, m, "carl", "tape")
		dora := wait(t, m, "dora", "tape")
		emil := wait(t, m, "emil", "drum")
		take(t, m, "anna", "card")
		drop(t, m, "anna", "disk")
		require.NoError(t, bert.MustReturn(t, "Lock of disk by bert, after Unlock"))
		again := wait(t, m, "anna", "drum")
		drop(t, m, "bert", "tape")
		require.Equal(t, 1, served(carl, dora), "owners that have got tape, of two that waited for it")
		if dora.Done() {
			drop(t, m, "dora", "tape")
		}
		require.NoError(t, carl.MustReturn(t, "Lock of tape by carl, after Unlock"))
		drop(t, m, "carl", "drum")
		require.Equal(t, 1, served(emil, again), "owners that have got drum, of two that waited for it")
		if emil.Done() {
			drop(t, m, "emil", "drum")
		} else {
			drop(t, m, "anna", "drum")
		}
		require.NoError(t, emil.MustReturn(t, "Lock of drum by emil, after Unlock"))
		require.NoError(t, again.MustReturn(t, "Lock of drum by anna, after Unlock"))
	})
}

// TestGivingUpEndsTheWait asks for what would have been a cycle, if an owner
// that gave up still counted as waiting.
func TestGivingUpEndsTheWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		take(t, m, "anna", "disk")
		take(t, m, "bert", "tape")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := ask(ctx, m, "bert", "disk").Wait()
		require.ErrorIs(t, err, context.DeadlineExceeded, "Lock of a resource that stays held until the time is up")
		require.NotErrorIs(t, err, context.Canceled, "Lock of a resource that stays held until the time is up")
		require.Equal(t, false, isCycle(err), "a *CycleError from a Lock whose time was up")
		anna := wait(t, m, "anna", "tape")
		drop(t, m, "bert", "tape")
		require.NoError(t, anna.MustReturn(t, "Lock of tape by anna, after Unlock"))
		drop(t, m, "anna", "disk")
		isUnheld(t, m, "disk")
	})
}

// TestRefusalIsNoWait does the same with an owner that was refused.
func TestRefusalIsNoWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := deadlock.NewManager()
		take(t, m, "anna", "disk")
		take(t, m, "bert", "tape")
		take(t, m, "bert", "drum")
		anna := wait(t, m, "anna", "tape")
		refused(t, m, "bert", "disk")
		drop(t, m, "bert", "tape")
		require.NoError(t, anna.MustReturn(t, "Lock of tape by anna, after Unlock"))
		last := wait(t, m, "anna", "drum")
		drop(t, m, "bert", "drum")
		require.NoError(t, last.MustReturn(t, "Lock of drum by anna, after Unlock"))
		drop(t, m, "anna", "disk")
		isUnheld(t, m, "disk")
	})
}

// TestWaitersFollowTheHolder hands a resource on while two wait for it: the one
// left waits for the new holder, and no longer for the old one.
func TestWaitersFollowTheHolder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, first := range []string{"bert", "carl"} {
			m := deadlock.NewManager()
			other := map[string]string{"bert": "carl", "carl": "bert"}
			own := map[string]string{"bert": "tape", "carl": "drum"}
			take(t, m, "anna", "disk")
			take(t, m, "bert", "tape")
			take(t, m, "carl", "drum")
			calls := map[string]*gradetest.Call[error]{first: wait(t, m, first, "disk")}
			calls[other[first]] = wait(t, m, other[first], "disk")
			drop(t, m, "anna", "disk")
			require.Equal(t, 1, served(calls["bert"], calls["carl"]), "owners that have got disk, of two that waited for it")
			got, left := "bert", "carl"
			if calls["carl"].Done() {
				got, left = left, got
			}
			anna := wait(t, m, "anna", own[left])
			err := refused(t, m, got, own[left])
			want := []deadlock.Wait{{got, own[left], left}, {left, "disk", got}}
			require.Equal(t, waits(want), waits(err.Cycle), "cycle with an owner that waits for the new holder")
			drop(t, m, got, "disk")
			require.NoError(t, calls[left].MustReturn(t, "Lock by the second of two waiters"))
			drop(t, m, left, own[left])
			require.NoError(t, anna.MustReturn(t, "Lock by the old holder, after Unlock"))
		}
	})
}

// TestBothCloseTheCycle has two owners ask at the same moment: one is refused,
// and only one.
func TestBothCloseTheCycle(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		m := deadlock.NewManager()
		take(t, m, "anna", "disk")
		take(t, m, "bert", "tape")
		anna := gradetest.Go(func() error { return m.Lock(t.Context(), "anna", "tape") })
		bert := gradetest.Go(func() error { return m.Lock(t.Context(), "bert", "disk") })
		gradetest.Settle()
		if anna.Done() {
			require.Equal(t, true, isCycle(anna.Wait()), "a *CycleError from the one of two Locks that was refused")
			bert.MustWait(t, "Lock by bert, after anna was refused")
			drop(t, m, "anna", "disk")
			require.NoError(t, bert.MustReturn(t, "Lock by bert, after anna backed out"))
			return
		}
		require.Equal(t, true, isCycle(bert.MustReturn(t, "one of two Locks that close a cycle together")), "a *CycleError from the one of two Locks that was refused")
		drop(t, m, "bert", "tape")
		require.NoError(t, anna.MustReturn(t, "Lock by anna, after bert backed out"))
	})
}

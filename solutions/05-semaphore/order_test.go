package semaphore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/05-semaphore"
)

func TestFirstComeFirstServed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(1)
		acquire(t, s)
		var calls []*gradetest.Call[error]
		for range 4 {
			calls = append(calls, later(t.Context(), s))
		}
		for i := range calls {
			release(t, s)
			for j, c := range calls {
				require.Equal(t, j <= i, c.Done(), "after %d releases: has waiter number %d of 4 got its permit", i+1, j+1)
			}
		}
	})
}

func TestNobodyOvertakesAWaiter(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		s := semaphore.New(1)
		acquire(t, s)
		first := later(t.Context(), s)
		require.NoError(t, s.Release(), "Release of a permit that is held")
		require.False(t, s.TryAcquire(), "TryAcquire right after Release, while somebody has been waiting")
		gradetest.Settle()
		require.NoError(t, first.MustReturn(t, "the Acquire that waited first"))
	})
}

func TestLateComerQueues(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		s := semaphore.New(1)
		acquire(t, s)
		first := later(t.Context(), s)
		require.NoError(t, s.Release(), "Release of a permit that is held")
		late := later(t.Context(), s)
		require.NoError(t, first.MustReturn(t, "the Acquire that waited first"))
		late.MustWait(t, "an Acquire that came after the Release, behind somebody who waited")
		release(t, s)
		require.NoError(t, late.MustReturn(t, "the late Acquire, after the second Release"))
	})
}

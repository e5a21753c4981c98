package processpool_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/21-process-pool"
)

// broken says that err is what a broken pool gives, and nothing else.
func broken(t *testing.T, err error, what string) {
	t.Helper()
	require.ErrorIs(t, err, processpool.ErrBroken, what)
	require.NotErrorIs(t, err, processpool.ErrShutdown, what)
	require.NotErrorIs(t, err, processpool.ErrCancelled, what)
}

// over says that p takes no call over, and ends.
func over(t *testing.T, p *processpool.Pool) {
	t.Helper()
	_, err := processpool.Submit(context.Background(), p, square, 1)
	broken(t, err, "error of Submit to a broken pool")
	require.NoError(t, p.Shutdown(context.Background()), "error of Shutdown of a broken pool")
	require.NoError(t, p.Close(), "error of Close of a broken pool")
}

// TestDeathBreaksThePool has a worker die in three ways. With exit code 0 it
// has died like any other: the call has no result.
func TestDeathBreaksThePool(t *testing.T) {
	gradetest.RealTime(t)
	for _, code := range []int{0, 7, -1} {
		p := newPool(t, 1, 0)
		defer p.Close()
		require.Equal(t, 9, result(t, submit(t, p, square, 3), "a call"), "square of 3")
		f := submit(t, p, crashes, ending{"", code})
		how := fmt.Sprintf("failure of a call that ended its process with code %d", code)
		if code < 0 {
			how = "failure of a call whose process was killed"
		}
		broken(t, failure(t, f, "a call whose process died"), how)
		over(t, p)
	}
}

// TestDeathFailsWhatHasNotBegun: callbacks may ask the pool.
func TestDeathFailsWhatHasNotBegun(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	g := newGate(t)
	defer g.remove()
	first := submit(t, p, crashes, ending{string(g), 7})
	g.await()
	second, cancelled, third := submit(t, p, square, 2), submit(t, p, square, 3), submit(t, p, square, 4)
	require.True(t, cancelled.Cancel(), "answer of Cancel of a call that waits for a worker")
	answer := make(chan error, 1)
	second.OnDone(func(*processpool.Future[int]) {
		_, err := processpool.Submit(context.Background(), p, square, 1)
		answer <- err
	})
	require.NoError(t, g.open(), "opening the gate")
	broken(t, failure(t, first, "a call whose process died"), "failure of the call whose process died")
	broken(t, failure(t, second, "a call in a broken pool"), "failure of a call that had not begun when the pool broke")
	broken(t, failure(t, third, "a call in a broken pool"), "failure of a call that had not begun when the pool broke")
	broken(t, <-answer, "error of Submit in the callback of a call that failed because the pool broke")
	_, err := cancelled.Result(context.Background())
	require.ErrorIs(t, err, processpool.ErrCancelled, "error of a call that was cancelled before the pool broke")
	over(t, p)
}

func TestOthersFinishTheirCalls(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 2, 0)
	defer p.Close()
	g := newGate(t)
	defer g.remove()
	held := submit(t, p, waits, string(g))
	g.await()
	broken(t, failure(t, submit(t, p, crashes, ending{"", 7}), "a call whose process died"), "failure of the call whose process died")
	require.Equal(t, processpool.Running, held.State(), "state of a call that another worker runs when the pool breaks")
	require.NoError(t, g.open(), "opening the gate")
	require.Equal(t, "open", result(t, held, "a call that another worker ran when the pool broke"), "result of a call that another worker ran when the pool broke")
	over(t, p)
}

// TestIdleWorkerDies may notice at once, or when the next call comes.
func TestIdleWorkerDies(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	there := result(t, submit(t, p, whoami, none{}), "a call")
	require.NoError(t, kill(there.Pid), "killing a worker process")
	f, err := processpool.Submit(context.Background(), p, square, 3)
	if err == nil {
		err = failure(t, f, "a call for a worker that was killed while it was idle")
	}
	broken(t, err, "error of Submit, or failure of the call, when the only worker was killed while it was idle")
	over(t, p)
}

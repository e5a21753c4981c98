package threads_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/01-threads"
)

// made makes a thread that does f.
func made(p *threads.Process, f func(ctx context.Context)) *threads.Thread {
	return p.NewThread(threads.Func(f))
}

func start(t *testing.T, th *threads.Thread) {
	t.Helper()
	require.NoError(t, th.Start(), "error of Start, on a thread that was never started")
}

// waiting starts a thread that waits until open is called.
func waiting(t *testing.T, p *threads.Process) (th *threads.Thread, open func()) {
	t.Helper()
	var runs gradetest.InFlight
	gate := make(chan struct{})
	th = made(p, func(context.Context) { runs.Enter(); <-gate })
	start(t, th)
	return th, func() {
		t.Helper()
		close(gate)
		gradetest.Settle()
		require.Equal(t, 1, runs.Total(), "runs of a Runner whose thread was started")
	}
}

// join starts Join in the background and lets everybody get as far as they can.
func join(ctx context.Context, th *threads.Thread) *gradetest.Call[error] {
	c := gradetest.Go(func() error { return th.Join(ctx) })
	gradetest.Settle()
	return c
}

// joined demands that the thread has ended well.
func joined(t *testing.T, th *threads.Thread, what string) {
	t.Helper()
	require.NoError(t, join(t.Context(), th).MustReturn(t, "Join of "+what), "error of Join of "+what)
}

func TestStartDoesNotWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var runs gradetest.InFlight
		gate := make(chan struct{})
		th := made(threads.NewProcess(), func(context.Context) { runs.Enter(); <-gate })
		gradetest.Settle()
		require.Zero(t, runs.Total(), "runs before Start")
		call := gradetest.Go(th.Start)
		gradetest.Settle()
		require.NoError(t, call.MustReturn(t, "Start of a thread whose Runner takes its time"), "error of the first Start")
		require.Equal(t, 1, runs.Total(), "runs after Start")
		close(gate)
		joined(t, th, "a thread whose Runner has returned")
		require.Equal(t, 1, runs.Total(), "runs after the end")
	})
}

// counter is a Runner with state of its own, as a class that derives from Thread.
type counter struct {
	from, to int
	sum      int
}

func (c *counter) Run(context.Context) {
	for n := c.from; n < c.to; n++ {
		c.sum += n
	}
}

func TestRunnerOfItsOwnType(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		low, high := &counter{from: 0, to: 10}, &counter{from: 10, to: 20}
		a, b := p.NewThread(low), p.NewThread(high)
		start(t, a)
		start(t, b)
		joined(t, a, "a thread with a Runner of its own type")
		joined(t, b, "a second thread with a Runner of that type")
		require.Equal(t, 45, low.sum, "sum that the first Runner left in its field")
		require.Equal(t, 145, high.sum, "sum that the second Runner left in its field")
	})
}

func TestTargetKeepsItsArguments(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		var got, empty []string
		called := false
		args := []string{"warp", "weft"}
		th := p.NewThread(threads.Target(func(_ context.Context, args ...string) { got = args }, args...))
		none := p.NewThread(threads.Target(func(_ context.Context, args ...string) { empty, called = args, true }))
		args[0] = "changed later"
		start(t, th)
		start(t, none)
		joined(t, th, "a thread with two arguments")
		joined(t, none, "a thread without arguments")
		require.Equal(t, []string{"warp", "weft"}, got, "arguments that the target got, with the caller's slice changed after Target")
		require.True(t, called, "the target without arguments was called")
		require.Empty(t, empty, "arguments of a target without arguments")
	})
}

func TestStartsOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var runs gradetest.InFlight
		gate := make(chan struct{})
		th := made(threads.NewProcess(), func(context.Context) { runs.Enter(); <-gate })
		start(t, th)
		again := th.Start()
		gradetest.Settle()
		require.ErrorIs(t, again, threads.ErrStarted, "error of a second Start, while the thread runs")
		require.NotErrorIs(t, again, threads.ErrNotStarted, "error of a second Start, while the thread runs")
		require.Equal(t, 1, runs.Total(), "runs after two calls of Start")
		close(gate)
		joined(t, th, "a thread that was started twice")
		require.ErrorIs(t, th.Start(), threads.ErrStarted, "error of Start after the end of the thread")
		gradetest.Settle()
		require.Equal(t, 1, runs.Total(), "runs after Start, with the thread ended before")
		require.False(t, th.Alive(), "Alive after Start was refused")
	})
}

func TestStartedByMany(t *testing.T) {
	gradetest.Stress(t, 60, func(t *testing.T) {
		var runs gradetest.InFlight
		var good, refused atomic.Int32
		th := made(threads.NewProcess(), func(context.Context) { runs.Enter() })
		gate := make(chan struct{})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				<-gate
				switch err := th.Start(); {
				case err == nil:
					good.Add(1)
				case errors.Is(err, threads.ErrStarted):
					refused.Add(1)
				}
			})
		}
		close(gate)
		all.Wait()
		gradetest.Settle()
		require.EqualValues(t, 1, good.Load(), "calls of Start without an error, of 4 at once")
		require.EqualValues(t, 3, refused.Load(), "calls of Start with ErrStarted, of 4 at once")
		require.Equal(t, 1, runs.Total(), "runs after 4 calls of Start at once")
	})
}

func TestAlive(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		p := threads.NewProcess()
		gate := make(chan struct{})
		th := made(p, func(context.Context) { <-gate })
		require.False(t, th.Alive(), "Alive before Start")
		start(t, th)
		require.True(t, th.Alive(), "Alive right after Start")
		gradetest.Settle()
		require.True(t, th.Alive(), "Alive while the Runner runs")
		close(gate)
		gradetest.Settle()
		require.False(t, th.Alive(), "Alive after the Runner returned")
	})
}

// TestTwoStartsMeet is the same with two, and with a Runner that takes its time.
func TestTwoStartsMeet(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var runs gradetest.InFlight
		th := made(threads.NewProcess(), func(context.Context) { runs.Enter(); time.Sleep(time.Second) })
		a, b := gradetest.Go(th.Start), gradetest.Go(th.Start)
		gradetest.Settle()
		first, second := a.MustReturn(t, "one of two Starts at once"), b.MustReturn(t, "the other of two Starts at once")
		require.Equal(t, 1, runs.Total(), "runs after two calls of Start at once")
		if first == nil {
			first, second = second, first
		}
		require.ErrorIs(t, first, threads.ErrStarted, "error of the Start that was not the first, of two at once")
		require.NoError(t, second, "error of the Start that was the first, of two at once")
		time.Sleep(2 * time.Second)
		require.False(t, th.Alive(), "Alive after the Runner returned")
	})
}

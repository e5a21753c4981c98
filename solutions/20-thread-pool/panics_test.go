package threadpool_test

import (
	"context"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/20-thread-pool"
)

// explode panics, in a frame with a name of its own.
func explode(with any) (int, error) { panic(with) }

func TestPanicIsKept(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		f := submit(t, p, func(context.Context) (int, error) { return explode(io.ErrClosedPipe) })
		g := submit(t, p, func(context.Context) (int, error) { return explode(42) })
		require.Equal(t, threadpool.Finished.String(), f.State().String(), "state of a call that panicked")
		_, err := f.Result(t.Context())
		var panicked *threadpool.PanicError
		require.ErrorAs(t, err, &panicked, "error of a call that panicked")
		require.Equal(t, io.ErrClosedPipe, panicked.Value, "Value of the PanicError")
		require.ErrorIs(t, err, io.ErrClosedPipe, "error of a call that panicked with an error")
		require.Contains(t, string(panicked.Stack), "explode", "Stack of the PanicError: the function that panicked must stand in it")
		_, err = g.Result(t.Context())
		require.ErrorAs(t, err, &panicked, "error of a second call that panicked")
		require.Equal(t, 42, panicked.Value, "Value of the second PanicError")
		shutdown(t, p)
	})
}

// TestPoolSurvivesPanics: with one worker, every panic would be one too many.
func TestPoolSurvivesPanics(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 3)
		release := make(chan struct{})
		submit(t, p, func(context.Context) (int, error) { <-release; return explode("first") })
		submit(t, p, func(context.Context) (int, error) { return explode("second") })
		pending := submit(t, p, giving(3))
		close(release)
		gradetest.Settle()
		finished(t, 3, pending, "a call that waited behind two that panicked")
		submit(t, p, func(context.Context) (int, error) { return explode("third") })
		finished(t, 4, submit(t, p, giving(4)), "a call after three that panicked")
		shutdown(t, p)
	})
}

func TestGoexitIsAnEndToo(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 2)
		release := make(chan struct{})
		f := submit(t, p, func(context.Context) (int, error) { <-release; runtime.Goexit(); return 0, nil })
		pending := submit(t, p, giving(3))
		close(release)
		gradetest.Settle()
		require.Equal(t, threadpool.Finished.String(), f.State().String(), "state of a call that ended its goroutine")
		_, err := f.Result(t.Context())
		require.ErrorIs(t, err, threadpool.ErrGoexit, "error of a call that ended its goroutine")
		finished(t, 3, pending, "a call that waited behind one that ended its goroutine")
		finished(t, 4, submit(t, p, giving(4)), "a call after one that ended its goroutine")
		shutdown(t, p)
	})
}

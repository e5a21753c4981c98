package processpool_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/21-process-pool"
)

// impatient is a context that has ended.
func impatient() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// refused says that p is shut down.
func refused(t *testing.T, p *processpool.Pool) {
	t.Helper()
	_, err := processpool.Submit(context.Background(), p, square, 1)
	require.ErrorIs(t, err, processpool.ErrShutdown, "error of Submit after Shutdown or Close")
	require.NotErrorIs(t, err, processpool.ErrBroken, "error of Submit after Shutdown or Close")
}

func TestShutdownRunsWhatWasSubmitted(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	g := newGate(t)
	defer g.remove()
	held := submit(t, p, waits, string(g))
	var fs []*processpool.Future[int]
	for n := range 3 {
		fs = append(fs, submit(t, p, square, n))
	}
	g.await()
	err := p.Shutdown(impatient())
	require.ErrorIs(t, err, context.Canceled, "error of Shutdown with a context that has ended, while a call runs")
	require.NotErrorIs(t, err, processpool.ErrShutdown, "error of Shutdown with a context that has ended")
	refused(t, p)
	require.NoError(t, g.open(), "opening the gate")
	require.NoError(t, p.Shutdown(context.Background()), "error of Shutdown")
	require.Equal(t, processpool.Finished, held.State(), "state of the call that ran, when Shutdown has returned")
	require.Equal(t, "open", result(t, held, "the call that ran"), "what the call that ran was waiting for: its context does not end with Shutdown")
	for n, f := range fs {
		require.Equal(t, processpool.Finished, f.State(), "state of a call that was submitted before Shutdown, when Shutdown has returned")
		require.Equal(t, n*n, result(t, f, "a call that was submitted before Shutdown"), "square of %d", n)
	}
	refused(t, p)
	require.NoError(t, p.Shutdown(impatient()), "error of Shutdown of a pool that has ended, with a context that has ended too")
}

// TestCloseCancelsWhatHasNotBegun: callbacks may ask the pool.
func TestCloseCancelsWhatHasNotBegun(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	g := newGate(t)
	defer g.remove()
	held, first, second := submit(t, p, holds, string(g)), submit(t, p, square, 1), submit(t, p, square, 2)
	answer := make(chan error, 1)
	first.OnDone(func(*processpool.Future[int]) {
		_, err := processpool.Submit(context.Background(), p, square, 1)
		answer <- err
	})
	g.await()
	closing := gradetest.Go(p.Close)
	for _, f := range []*processpool.Future[int]{first, second} {
		_, err := f.Result(context.Background())
		require.ErrorIs(t, err, processpool.ErrCancelled, "error of a call that had not begun, after Close")
		require.NotErrorIs(t, err, processpool.ErrBroken, "error of a call that had not begun, after Close")
	}
	require.ErrorIs(t, <-answer, processpool.ErrShutdown, "error of Submit in the callback of a call that Close cancelled")
	require.Equal(t, processpool.Running, held.State(), "state of the call that runs and does not look at its context, during Close")
	require.NoError(t, g.open(), "opening the gate")
	require.NoError(t, closing.Wait(), "error of Close")
	require.Equal(t, processpool.Finished, held.State(), "state of the call that ran, when Close has returned")
	require.NotZero(t, result(t, held, "the call that ran").Pid, "result of the call that ran")
	refused(t, p)
	require.NoError(t, p.Close(), "error of a second Close")
	require.NoError(t, p.Shutdown(context.Background()), "error of Shutdown after Close")
}

func TestCloseEndsTheContext(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 2, 0)
	defer p.Close()
	a, b := newGate(t), newGate(t)
	defer a.remove()
	defer b.remove()
	first, second := submit(t, p, waits, string(a)), submit(t, p, waits, string(b))
	a.await()
	b.await()
	require.NoError(t, p.Close(), "error of Close")
	for _, f := range []*processpool.Future[string]{first, second} {
		require.Equal(t, processpool.Finished, f.State(), "state of a call that ran, when Close has returned")
		require.Equal(t, context.Canceled.Error(), result(t, f, "a call that ran"), "what ended the wait of a call that looks at its context")
	}
}

// TestNoOrphan kills a worker that has a pool of its own. Three processes hold
// the end of a pipe; when it can be read to its end, all but this one are gone.
func TestNoOrphan(t *testing.T) {
	gradetest.RealTime(t)
	r, fd, err := inherited()
	if err != nil {
		t.Skip("this system cannot tell")
	}
	defer r.Close()
	p := newPool(t, 1, 0)
	defer p.Close()
	g := newGate(t)
	defer g.remove()
	_, err = processpool.Submit(context.Background(), p, nests, nest{string(g), fd})
	if err == nil {
		g.await() // every process that was to have a copy has one
	}
	closeFD(fd)
	require.NoError(t, err, "error of Submit")
	left, err := io.ReadAll(r)
	require.NoError(t, err, "reading")
	require.Empty(t, string(left), "a sign of life from a worker process whose pool was killed seconds ago")
}

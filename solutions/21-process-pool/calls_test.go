package processpool_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/21-process-pool"
)

// newPool returns a pool. It fails the test if pools do nothing at all: nobody
// should wait in real time then.
func newPool(t *testing.T, workers, tasksPerChild int) *processpool.Pool {
	t.Helper()
	unused := processpool.NewPool(1, 0)
	require.NoError(t, unused.Close(), "error of Close of a pool that had no calls")
	_, err := processpool.Submit(context.Background(), unused, square, 1)
	require.Error(t, err, "error of Submit after Close")
	return processpool.NewPool(workers, tasksPerChild)
}

// gate is a folder: tasks in other processes wait for a file in it.
type gate string

// newGate returns a closed gate. Remove it before the pool is closed: Close waits
// for the calls that are inside.
func newGate(t *testing.T) gate {
	t.Helper()
	dir, err := os.MkdirTemp(".", "gate")
	require.NoError(t, err, "making a folder")
	return gate(dir)
}

// remove is the end of the gate, and lets everybody go on.
func (g gate) remove() { os.RemoveAll(string(g)) }

// open lets the call that is inside go on. See that there is one: await.
func (g gate) open() error { return os.Remove(filepath.Join(string(g), inside)) }

// await waits until a call is inside.
func (g gate) await() {
	for !present(filepath.Join(string(g), inside)) {
		time.Sleep(time.Millisecond)
	}
}

func submit[A, R any](t *testing.T, p processpool.Executor, task processpool.Task[A, R], arg A) *processpool.Future[R] {
	t.Helper()
	f, err := processpool.Submit(context.Background(), p, task, arg)
	require.NoError(t, err, "error of Submit to a pool that takes calls over")
	require.NotNil(t, f, "future")
	return f
}

// result waits for the end of a call that should give a result.
func result[R any](t *testing.T, f *processpool.Future[R], what string) R {
	t.Helper()
	v, err := f.Result(context.Background())
	require.NoError(t, err, "error of %s", what)
	return v
}

// failure waits for the end of a call that should fail.
func failure[R any](t *testing.T, f *processpool.Future[R], what string) error {
	t.Helper()
	failure, err := f.Failure(context.Background())
	require.NoError(t, err, "error of the future, beside a failure, of %s", what)
	require.Error(t, failure, "failure of %s", what)
	return failure
}

func TestArgumentsAndResultsTravel(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	b := baggage{"线\x00\n\"", 1<<63 + 1, map[string]float64{"a": .5}, &baggage{Name: "inner"}}
	long := bytes.Repeat([]byte("more than fits into a pipe "), 1<<12)
	small, none, big := submit(t, p, echo, b), submit(t, p, repeat, []byte{}), submit(t, p, repeat, long)
	require.Equal(t, b, result(t, small, "a call with a struct"), "struct that a worker process returned as it came")
	require.Empty(t, result(t, none, "a call with an empty slice"), "slice that a worker process returned as it came")
	require.True(t, bytes.Equal(long, result(t, big, "a call with 100 KB")), "100 KB came back as they were sent")
}

func TestAnotherProcess(t *testing.T) {
	gradetest.RealTime(t)
	calls = 1000
	defer func() { calls = 0 }()
	p := newPool(t, 1, 0)
	defer p.Close()
	there := result(t, submit(t, p, whoami, none{}), "a call")
	require.NotEqual(t, os.Getpid(), there.Pid, "number of the process that runs a call, beside this one's")
	require.Equal(t, os.Getpid(), there.Parent, "number of its parent")
	require.Equal(t, 1, there.Calls, "variable of the worker process that began with 0 and was increased, whatever this one's holds")
	require.Equal(t, 1000, calls, "variable of this process after the worker has changed its own")
}

// TestWhatGoesWrongStaysInItsCall asks the same worker again after each.
func TestWhatGoesWrongStaysInItsCall(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	first := result(t, submit(t, p, whoami, none{}), "a call")

	err := failure(t, submit(t, p, fails, "不行: no\n"), "a call that returned an error")
	var remote *processpool.RemoteError
	require.True(t, errors.As(err, &remote), "a *RemoteError is what a call that returned an error fails with; it is %T", err)
	require.Equal(t, "不行: no\n", remote.Text, "text of the error")
	require.NotErrorIs(t, err, processpool.ErrBroken, "error that a function returned")

	err = failure(t, submit(t, p, panics, "boom"), "a call that panicked")
	var panicked *processpool.PanicError
	require.True(t, errors.As(err, &panicked), "a *PanicError is what a call that panicked fails with; it is %T", err)
	require.Equal(t, "boom", panicked.Value, "value of the panic")
	require.Contains(t, string(panicked.Stack), "panicking", "stack of the panic, with the name of the function")

	err = failure(t, submit(t, p, goexits, none{}), "a call that called runtime.Goexit")
	require.ErrorIs(t, err, processpool.ErrGoexit, "failure of a call that called runtime.Goexit")

	err = failure(t, submit(t, p, stranger, 1), "a call of a function that Worker did not get")
	require.ErrorIs(t, err, processpool.ErrUnknownTask, "failure of a call of a function that Worker did not get")
	require.NotErrorIs(t, err, processpool.ErrBroken, "failure of a call of a function that Worker did not get")

	err = failure(t, submit(t, p, talks, make(chan int)), "a call with an argument that JSON cannot write")
	require.NotErrorIs(t, err, processpool.ErrBroken, "failure of a call with an argument that JSON cannot write")
	err = failure(t, submit(t, p, answers, none{}), "a call with a result that JSON cannot write")
	require.NotErrorIs(t, err, processpool.ErrBroken, "failure of a call with a result that JSON cannot write")

	last := result(t, submit(t, p, whoami, none{}), "a call after others have failed")
	require.Equal(t, first.Pid, last.Pid, "number of the process that runs a call after others have failed in it")
}

func TestPrintingDoesNoHarm(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	first, second := submit(t, p, prints, none{}), submit(t, p, square, 3)
	require.Zero(t, result(t, first, "a call that prints and reads"), "bytes that a call read from standard input")
	require.Equal(t, 9, result(t, second, "a call after one that printed"), "result of a call after one that printed")
}

// TestResultsFindTheirCalls lets the second call end before the first, and then many.
func TestResultsFindTheirCalls(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 2, 0)
	defer p.Close()
	g := newGate(t)
	defer g.remove()
	held := submit(t, p, waits, string(g))
	g.await()
	require.Equal(t, 49, result(t, submit(t, p, square, 7), "a call beside one that runs"), "square of 7, while another call runs")
	require.Equal(t, processpool.Running, held.State(), "state of a call that runs")
	require.NoError(t, g.open(), "opening the gate")
	require.Equal(t, "open", result(t, held, "the call that ran"), "result of the call that ran")
	var fs []*processpool.Future[int]
	for n := range 40 {
		fs = append(fs, submit(t, p, square, n))
	}
	for n, f := range fs {
		require.Equal(t, n*n, result(t, f, "one of 40 calls"), "square of %d", n)
	}
}

// TestCallsBeginInOrder counts in the worker.
func TestCallsBeginInOrder(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	g := newGate(t)
	defer g.remove()
	submit(t, p, holds, string(g))
	var fs []*processpool.Future[ids]
	for range 5 {
		fs = append(fs, submit(t, p, whoami, none{}))
	}
	g.await()
	require.NoError(t, g.open(), "opening the gate")
	for i, f := range fs {
		require.Equal(t, i+2, result(t, f, "a call that had to wait").Calls, "which call the worker ran as number %d", i+2)
	}
}

func TestCancelledCallIsNotRun(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	g := newGate(t)
	defer g.remove()
	held := submit(t, p, holds, string(g))
	g.await()
	cancelled, next := submit(t, p, whoami, none{}), submit(t, p, whoami, none{})
	require.False(t, held.Cancel(), "answer of Cancel of a call that runs")
	require.True(t, cancelled.Cancel(), "answer of Cancel of a call that waits for a worker")
	require.NoError(t, g.open(), "opening the gate")
	require.Equal(t, 1, result(t, held, "the call that ran").Calls, "calls that the worker has run")
	require.Equal(t, 2, result(t, next, "the call after a cancelled one").Calls, "calls that the worker has run, without the cancelled one")
	_, err := cancelled.Result(context.Background())
	require.ErrorIs(t, err, processpool.ErrCancelled, "error of a cancelled call")
}

func TestEndedContextSubmitsNothing(t *testing.T) {
	gradetest.RealTime(t)
	ctx, cancel := context.WithCancel(context.Background())
	p := newPool(t, 1, 0)
	defer p.Close()
	f, err := processpool.Submit(ctx, p, whoami, none{})
	require.NoError(t, err, "error of Submit")
	cancel()
	require.Equal(t, 1, result(t, f, "a call whose Submit had a context that ended later").Calls, "calls that the worker has run")
	_, err = processpool.Submit(ctx, p, whoami, none{})
	require.ErrorIs(t, err, context.Canceled, "error of Submit with a context that has ended")
	require.NotErrorIs(t, err, processpool.ErrShutdown, "error of Submit with a context that has ended")
	require.Equal(t, 2, result(t, submit(t, p, whoami, none{}), "a call").Calls, "calls that the worker has run, without the refused one")
}

func TestPoolRefusesNonsense(t *testing.T) {
	require.Panics(t, func() { processpool.NewPool(0, 0) }, "NewPool with no worker")
	require.Panics(t, func() { processpool.NewPool(1, -1) }, "NewPool with a negative number of tasks per child")
}

func TestWorkerComesFirst(t *testing.T) {
	require.ErrorIs(t, early, processpool.ErrNoWorker, "error of Submit before Worker was called")
	require.NotErrorIs(t, early, processpool.ErrShutdown, "error of Submit before Worker was called")
}

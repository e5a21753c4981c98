package asyncawait_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/17-async-await"
)

type task = asyncawait.Task[string]

// work is what tasks do.
type work = func(context.Context) (string, error)

func broken() error { return errors.New("broken") }

// open starts a Run and returns the context of its main, which waits for shut.
// So the test itself can play main, in its own goroutine.
func open(t *testing.T) (ctx context.Context, shut func()) {
	lent, over := make(chan context.Context, 1), make(chan struct{})
	running := gradetest.Go(func() error {
		_, err := asyncawait.Run(context.Background(), func(ctx context.Context) (string, error) {
			lent <- ctx
			<-over
			return "", nil
		})
		return err
	})
	gradetest.Settle()
	select {
	case ctx = <-lent:
	default:
		require.Fail(t, "Run has not called main")
	}
	return ctx, func() {
		close(over)
		gradetest.Settle()
		if !t.Failed() {
			require.NoError(t, running.MustReturn(t, "a Run whose main has returned, and whose tasks have ended"), "error of Run")
		}
	}
}

// after returns value when d has passed, unless it is cancelled.
func after(d time.Duration, value string) work {
	return func(ctx context.Context) (string, error) { return value, asyncawait.Sleep(ctx, d) }
}

// failing fails with err after d, unless it is cancelled.
func failing(d time.Duration, err error) work {
	return func(ctx context.Context) (string, error) {
		if err := asyncawait.Sleep(ctx, d); err != nil {
			return "", err
		}
		return "", err
	}
}

// tidy waits to be cancelled, cleans up for d, which nobody can shorten, and
// notes its name.
func tidy(d time.Duration, j *journal, name string) work {
	return func(ctx context.Context) (string, error) {
		err := asyncawait.Sleep(ctx, 1000*time.Hour)
		time.Sleep(d)
		j.note(name)
		return "", err
	}
}

// stubborn returns value when it is cancelled.
func stubborn(value string) work {
	return func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return value, nil
	}
}

// awaiting awaits inner, and notes its name.
func awaiting(inner *task, j *journal, name string) work {
	return func(ctx context.Context) (string, error) {
		value, err := inner.Await(ctx)
		j.note(name)
		return value, err
	}
}

// journal notes names in the order in which they come.
type journal struct {
	mu    sync.Mutex
	names []string
}

func (j *journal) note(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.names = append(j.names, name)
}

func (j *journal) read() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string{}, j.names...)
}

// later calls f in the background, and lets it get as far as it can.
func later(ctx context.Context, f work) *gradetest.Call[outcome] {
	c := gradetest.Go(func() outcome {
		value, err := f(ctx)
		return outcome{value, err}
	})
	gradetest.Settle()
	return c
}

type outcome struct {
	value string
	err   error
}

// must fails the test unless the task has ended with value.
func must(t *testing.T, task *task, value, what string) {
	t.Helper()
	require.True(t, task.Done(), "Done of %s", what)
	got, err := task.Await(context.Background())
	require.NoError(t, err, "error of %s", what)
	require.Equal(t, value, got, "value of %s", what)
	require.False(t, task.Cancelled(), "Cancelled of %s", what)
}

// mustCancelled fails the test unless the task has ended as a cancelled one.
func mustCancelled(t *testing.T, task *task, what string) {
	t.Helper()
	require.NotNil(t, task, "whether there is %s", what)
	require.True(t, task.Done(), "Done of %s", what)
	_, err := task.Await(context.Background())
	isCancelled(t, err, what)
	require.True(t, task.Cancelled(), "Cancelled of %s", what)
}

// mustGoOn fails the test if the task has ended.
func mustGoOn(t *testing.T, task *task, what string) {
	t.Helper()
	require.False(t, task.Done(), "Done of %s", what)
	require.False(t, task.Cancelled(), "Cancelled of %s", what)
}

func isCancelled(t *testing.T, err error, what string) {
	t.Helper()
	require.ErrorIs(t, err, asyncawait.ErrCancelled, "error of %s", what)
	require.NotErrorIs(t, err, asyncawait.ErrTimeout, "error of %s", what)
	require.NotErrorIs(t, err, asyncawait.ErrSelfAwait, "error of %s", what)
}

func isFailure(t *testing.T, want, err error, what string) {
	t.Helper()
	require.ErrorIs(t, err, want, "error of %s", what)
	require.NotErrorIs(t, err, asyncawait.ErrCancelled, "error of %s", what)
	require.NotErrorIs(t, err, asyncawait.ErrTimeout, "error of %s", what)
}

func isTimeout(t *testing.T, err error, what string) {
	t.Helper()
	require.ErrorIs(t, err, asyncawait.ErrTimeout, "error of %s", what)
	require.NotErrorIs(t, err, asyncawait.ErrCancelled, "error of %s", what)
}

func isSelf(t *testing.T, err error, what string) {
	t.Helper()
	assert.ErrorIs(t, err, asyncawait.ErrSelfAwait, "error of %s", what)
	assert.NotErrorIs(t, err, asyncawait.ErrCancelled, "error of %s", what)
}

// box holds a task that one goroutine creates and another one looks at.
type box struct {
	mu   sync.Mutex
	task *task
}

func (b *box) put(task *task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.task = task
}

func (b *box) get() *task {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.task
}

// Package asyncawait runs functions as tasks that can be awaited and cancelled,
// as Python's asyncio does with coroutines. Cancellation travels along the
// awaits: a task has a context of its own, and whoever is cancelled while it
// awaits another task cancels that one, and waits for its end.
package asyncawait

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

var (
	// ErrCancelled is returned by a wait, or a task, that was cancelled.
	ErrCancelled = errors.New("asyncawait: cancelled")
	// ErrTimeout is returned by Timeout when the time is up.
	ErrTimeout = errors.New("asyncawait: timed out")
	// ErrSelfAwait is returned to a task that waits for itself.
	ErrSelfAwait = errors.New("asyncawait: a task cannot await itself")
)

// Task is a function that runs in a goroutine of its own, with its result.
type Task[T any] struct {
	cancel context.CancelFunc // ends the context of the function
	over   context.Context    // ends when value and err are there to be read
	value  T
	err    error
}

// Run calls main as a task. Afterwards it cancels the others and waits for them.
func Run[T any](ctx context.Context, main func(ctx context.Context) (T, error)) (T, error) {
	loop := newGroup(context.WithoutCancel(ctx))
	t := start(context.WithValue(ctx, placeKey{}, place{loop: loop}), loop, main)
	value, err := t.Await(ctx)
	loop.cancel()
	loop.leave()
	<-loop.empty
	return value, err
}

// CreateTask starts f as a task of the Run from which ctx comes.
func CreateTask[T any](ctx context.Context, f func(ctx context.Context) (T, error)) *Task[T] {
	return start(ctx, here(ctx).loop, f)
}

// start runs f as a task of g, with the values of ctx.
func start[T any](ctx context.Context, g *TaskGroup, f func(ctx context.Context) (T, error)) *Task[T] {
	over, end := context.WithCancel(context.Background())
	t := &Task[T]{over: over}
	at := place{loop: here(ctx).loop, task: t}
	ctx, t.cancel = context.WithCancel(context.WithValue(context.WithoutCancel(ctx), placeKey{}, at))
	if !g.enter() {
		t.cancel()
		t.err = ErrCancelled
		end()
		return t
	}
	stop := context.AfterFunc(g.ctx, t.cancel)
	go func() {
		defer g.leave()
		defer end()
		if t.value, t.err = f(ctx); isCancellation(ctx, t.err) {
			t.err = ErrCancelled
		}
		stop()
		t.cancel()
	}()
	return t
}

// Await waits for the result of the task, and cancels it if ctx ends first.
func (t *Task[T]) Await(ctx context.Context) (T, error) {
	if isSelf(ctx, t) {
		return *new(T), ErrSelfAwait
	}
	select {
	case <-t.over.Done():
	case <-ctx.Done():
		t.cancel()
		<-t.over.Done()
	}
	return t.value, t.err
}

// Cancel ends the context of the task, and reports whether it was in time.
func (t *Task[T]) Cancel() bool {
	if t.Done() {
		return false
	}
	t.cancel()
	return true
}

// Done reports whether the task has ended.
func (t *Task[T]) Done() bool { return t.over.Err() != nil }

// Cancelled reports whether the task has ended as a cancelled one.
func (t *Task[T]) Cancelled() bool { return t.Done() && t.err == ErrCancelled }

// Sleep waits for d, or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
	case <-time.After(d):
		if ctx.Err() == nil {
			return nil
		}
	}
	return ErrCancelled
}

// Gather waits for the values of all tasks, or for the first error.
func Gather[T any](ctx context.Context, tasks ...*Task[T]) ([]T, error) {
	if isSelf(ctx, tasks...) {
		return nil, ErrSelfAwait
	}
	values := make([]T, len(tasks))
	ended, stop := watch(tasks)
	defer stop()
	for range tasks {
		select {
		case i := <-ended:
			if err := tasks[i].err; err != nil {
				return nil, err
			}
			values[i] = tasks[i].value
		case <-ctx.Done():
			for _, t := range tasks {
				t.cancel()
			}
			for _, t := range tasks {
				<-t.over.Done()
			}
			return nil, ErrCancelled
		}
	}
	return values, nil
}

// WaitFirst waits until at least one of the tasks has ended.
func WaitFirst[T any](ctx context.Context, tasks ...*Task[T]) (done, pending []*Task[T], err error) {
	if isSelf(ctx, tasks...) {
		return nil, nil, ErrSelfAwait
	}
	if done, pending = split(tasks); len(done) > 0 || len(tasks) == 0 {
		return done, pending, nil
	}
	ended, stop := watch(tasks)
	defer stop()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	if done, pending = split(tasks); len(done) == 0 {
		return nil, pending, ErrCancelled
	}
	return done, pending, nil
}

// split tells the tasks that have ended from the others.
func split[T any](tasks []*Task[T]) (done, pending []*Task[T]) {
	for _, t := range tasks {
		if t.Done() {
			done = append(done, t)
		} else {
			pending = append(pending, t)
		}
	}
	return done, pending
}

// watch returns a channel with room for the index of each task, which is sent
// when the task has ended, until stop is called.
func watch[T any](tasks []*Task[T]) (ended <-chan int, stop func()) {
	ch := make(chan int, len(tasks))
	var stops []func() bool
	for i, t := range tasks {
		stops = append(stops, context.AfterFunc(t.over, func() { ch <- i }))
	}
	return ch, func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// Timeout calls f with a context that ends when d has passed, and waits for it.
func Timeout[T any](ctx context.Context, d time.Duration, f func(ctx context.Context) (T, error)) (T, error) {
	inner, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	value, err := f(inner)
	switch {
	case !isCancellation(inner, err):
		return value, err
	case ctx.Err() != nil:
		return value, ErrCancelled
	case inner.Err() != nil:
		return value, ErrTimeout
	}
	return value, err
}

// Shield waits for the result of the task, but leaves it alone if ctx ends.
func Shield[T any](ctx context.Context, t *Task[T]) (T, error) {
	return t.Await(ctx)
}

// TaskGroup is what tasks belong to, those of a Group as well as those of a Run.
// It takes tasks until its context has ended, or everybody has left.
type TaskGroup struct {
	ctx    context.Context // its end cancels the tasks
	cancel context.CancelFunc
	empty  chan struct{} // closed when everybody has left
	mu     sync.Mutex
	inside int     // tasks that have not ended, and the owner until it leaves
	errs   []error // failures
}

// newGroup returns a group with its owner inside.
func newGroup(ctx context.Context) *TaskGroup {
	g := &TaskGroup{empty: make(chan struct{}), inside: 1}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

// enter reports whether the group takes one more task.
func (g *TaskGroup) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside == 0 || g.ctx.Err() != nil {
		return false
	}
	g.inside++
	return true
}

func (g *TaskGroup) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside--; g.inside == 0 {
		close(g.empty)
	}
}

// fail notes an error and cancels the group.
func (g *TaskGroup) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.errs = append(g.errs, err)
	g.cancel()
}

// Group calls body and waits for all tasks of the group. The first failure
// cancels the others.
func Group(ctx context.Context, body func(ctx context.Context, g *TaskGroup) error) error {
	here(ctx)
	g := newGroup(ctx)
	defer g.cancel()
	err := body(g.ctx, g)
	cancelled := isCancellation(g.ctx, err)
	if cancelled {
		g.cancel()
	} else if err != nil {
		g.fail(err)
	}
	g.leave()
	<-g.empty
	if len(g.errs) > 0 {
		return errors.Join(g.errs...)
	}
	if cancelled || ctx.Err() != nil {
		return ErrCancelled
	}
	return nil
}

// Spawn starts f as a task of the group.
func Spawn[T any](g *TaskGroup, f func(ctx context.Context) (T, error)) *Task[T] {
	return start(g.ctx, g, func(ctx context.Context) (T, error) {
		value, err := f(ctx)
		if err != nil && !isCancellation(ctx, err) {
			g.fail(err)
		}
		return value, err
	})
}

// isCancellation tells an error of a function with the context ctx that means
// cancellation from a failure.
func isCancellation(ctx context.Context, err error) bool {
	return errors.Is(err, ErrCancelled) || errors.Is(err, context.Canceled) || ctx.Err() != nil && errors.Is(err, ctx.Err())
}

// place is what a context knows about where it is used.
type place struct {
	loop *TaskGroup // of the Run
	task any        // a *Task
}

type placeKey struct{}

func here(ctx context.Context) place {
	at, ok := ctx.Value(placeKey{}).(place)
	if !ok {
		panic("asyncawait: the context does not come from Run")
	}
	return at
}

// isSelf reports whether ctx is that of one of the tasks.
func isSelf[T any](ctx context.Context, tasks ...*Task[T]) bool {
	at, _ := ctx.Value(placeKey{}).(place)
	self, ok := at.task.(*Task[T])
	return ok && slices.Contains(tasks, self)
}

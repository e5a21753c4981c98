// Package asyncawait runs functions as tasks that can be awaited and cancelled,
// as Python's asyncio does with coroutines.
//
// This design has channels for everything: the end of a task, the state of a
// group, and helpers that wait for several tasks at once. The contexts of tasks
// are derived from that of their group.
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
	over   chan struct{}      // closed when value and err are there to be read
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

// start runs f as a task of g, with the values of ctx. It ends with the task's
// group.
func start[T any](ctx context.Context, g *TaskGroup, f func(ctx context.Context) (T, error)) *Task[T] {
	t := &Task[T]{over: make(chan struct{})}
	at := place{loop: here(ctx).loop, task: t}
	ctx, t.cancel = context.WithCancel(context.WithValue(merged{g.ctx, ctx}, placeKey{}, at))
	if !g.enter() {
		t.cancel()
		t.err = ErrCancelled
		close(t.over)
		return t
	}
	go func() {
		t.value, t.err = f(ctx)
		if isCancellation(ctx, t.err) {
			t.err = ErrCancelled
		}
		t.cancel()
		close(t.over)
		g.leave()
	}()
	return t
}

// merged ends with one context, and has the values of another.
type merged struct {
	context.Context
	values context.Context
}

func (m merged) Value(key any) any { return m.values.Value(key) }

// Await waits for the result of the task, and cancels it if ctx ends first.
func (t *Task[T]) Await(ctx context.Context) (T, error) {
	if isSelf(ctx, t) {
		return *new(T), ErrSelfAwait
	}
	select {
	case <-t.over:
	case <-ctx.Done():
		t.cancel()
		<-t.over
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
func (t *Task[T]) Done() bool {
	select {
	case <-t.over:
		return true
	default:
		return false
	}
}

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
				<-t.over
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

// watch has a helper wait for each task. Stop ends them, and waits for them.
func watch[T any](tasks []*Task[T]) (ended <-chan int, stop func()) {
	ch, quit := make(chan int), make(chan struct{})
	var helpers sync.WaitGroup
	for i, t := range tasks {
		helpers.Go(func() {
			select {
			case <-t.over:
			case <-quit:
				return
			}
			select {
			case ch <- i:
			case <-quit:
			}
		})
	}
	return ch, func() {
		close(quit)
		helpers.Wait()
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
	if isSelf(ctx, t) {
		return *new(T), ErrSelfAwait
	}
	select {
	case <-t.over:
	case <-ctx.Done():
		if !t.Done() {
			return *new(T), ErrCancelled
		}
	}
	return t.value, t.err
}

// TaskGroup is what tasks belong to, those of a Group as well as those of a Run.
type TaskGroup struct {
	ctx    context.Context // its end cancels the tasks
	cancel context.CancelFunc
	gate   chan int // holds the number of those inside, for whoever wants to change it
	empty  chan struct{}
	errs   chan []error // holds the failures, likewise
}

func newGroup(ctx context.Context) *TaskGroup {
	g := &TaskGroup{gate: make(chan int, 1), empty: make(chan struct{}), errs: make(chan []error, 1)}
	g.ctx, g.cancel = context.WithCancel(ctx)
	g.gate <- 1
	g.errs <- nil
	return g
}

func (g *TaskGroup) enter() bool {
	inside := <-g.gate
	if inside == 0 || g.ctx.Err() != nil {
		g.gate <- inside
		return false
	}
	g.gate <- inside + 1
	return true
}

func (g *TaskGroup) leave() {
	inside := <-g.gate - 1
	if inside == 0 {
		close(g.empty)
	}
	g.gate <- inside
}

func (g *TaskGroup) fail(err error) {
	g.errs <- append(<-g.errs, err)
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
	if err := errors.Join(<-g.errs...); err != nil {
		return err
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

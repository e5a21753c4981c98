// Package asyncawait runs functions as tasks that can be awaited and cancelled,
// as Python's asyncio does with coroutines.
//
// [Run] gives its main function a context, and every task gets one of its own.
// The context says which task is running, and it ends when that task is
// cancelled. It stays ended: from then on every function here that is given it,
// or a context derived from it, behaves as it does for a context that has ended.
// Clean-up that has to wait uses [context.WithoutCancel].
//
// An error means cancellation if it is [ErrCancelled] or [context.Canceled], or
// if it is the Err of the context that the function was given which returns it.
package asyncawait

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrCancelled is what is returned instead of a result by a task, or a wait,
	// that was cancelled.
	ErrCancelled = errors.New("asyncawait: cancelled")
	// ErrTimeout is returned by Timeout when the time is up.
	ErrTimeout = errors.New("asyncawait: timed out")
	// ErrSelfAwait is returned to a task that waits for itself.
	ErrSelfAwait = errors.New("asyncawait: a task cannot await itself")
)

// Task is a function that runs in a goroutine of its own, with its result. All
// methods may be called by any number of goroutines, with contexts from
// anywhere.
type Task[T any] struct {
	// TODO: what must a task remember, and how do others hear that it has ended?
}

// Run calls main as a task, waits until it has ended, and returns its result.
// If ctx ends before that, main is cancelled. When main has ended, the tasks of
// CreateTask that have not are cancelled, and Run waits for them, too: when it
// returns, none is left. What they return is lost.
func Run[T any](ctx context.Context, main func(ctx context.Context) (T, error)) (T, error) {
	return *new(T), nil // TODO
}

// CreateTask starts f as a task, and returns without waiting for it. The context
// of f has the values of ctx, but does not end with it: only Cancel ends it, an
// Await that is cancelled, or the end of Run. When main has ended, f is not
// called any more, and the task is a cancelled one from the beginning.
// CreateTask panics if ctx does not come from Run.
func CreateTask[T any](ctx context.Context, f func(ctx context.Context) (T, error)) *Task[T] {
	return &Task[T]{} // TODO
}

// Await waits until the task has ended, and returns what f has returned; but if
// the error means cancellation, the task is a cancelled one, and Await returns
// ErrCancelled. If ctx ends before that, Await cancels the task, and still waits
// until it has ended and returns its result. A task that has ended answers at
// once, even if ctx has ended. If ctx is that of the task itself, Await returns
// ErrSelfAwait at once, and cancels nothing.
func (t *Task[T]) Await(ctx context.Context) (T, error) {
	return *new(T), nil // TODO
}

// Cancel ends the context of the task, and with it whatever the task waits for,
// down to the innermost Await. It does not wait. The function decides how the
// task ends: if it returns a result in spite of it, that is the result. Cancel
// returns false, and does nothing, if the task has ended.
//
// A function that has not begun by then may be called or not.
func (t *Task[T]) Cancel() bool {
	return false // TODO
}

// Done reports whether the task has ended.
func (t *Task[T]) Done() bool {
	return false // TODO
}

// Cancelled reports whether the task has ended as a cancelled one.
func (t *Task[T]) Cancelled() bool {
	return false // TODO
}

// Sleep waits for d and returns nil. If ctx ends before that, or has ended, it
// returns ErrCancelled at once.
func Sleep(ctx context.Context, d time.Duration) error {
	return nil // TODO
}

// Gather waits until all tasks have ended, and returns their values in the order
// of tasks. As soon as one of them has an error, Gather returns nil and that
// error, and the others go on. A cancelled task has the error ErrCancelled.
//
// If ctx ends first, Gather cancels the tasks that have not ended, waits until
// all have, and returns nil and ErrCancelled. If ctx is that of one of them,
// Gather returns ErrSelfAwait at once, and cancels nothing.
func Gather[T any](ctx context.Context, tasks ...*Task[T]) ([]T, error) {
	return nil, nil // TODO
}

// WaitFirst waits until at least one of the tasks has ended, and returns those
// that have and those that have not, each in the order of tasks. If ctx ends
// first, it returns at once, with ErrCancelled and all tasks in pending, and
// cancels none. If one has ended already it answers at once, even if ctx has
// ended. Without tasks it returns nothing. If ctx is that of one of them,
// WaitFirst returns ErrSelfAwait and no tasks at once.
func WaitFirst[T any](ctx context.Context, tasks ...*Task[T]) (done, pending []*Task[T], err error) {
	return nil, nil, nil // TODO
}

// Timeout calls f with a context that ends with ctx, or when d has passed. It
// waits until f returns, however long that takes, and returns what f returns.
// But if the error means cancellation, it returns ErrCancelled if ctx has ended
// and, if it has not but the time is up, ErrTimeout. The context of f is, like
// ctx, that of the task that calls Timeout.
func Timeout[T any](ctx context.Context, d time.Duration, f func(ctx context.Context) (T, error)) (T, error) {
	return *new(T), nil // TODO
}

// Shield waits as Await does, but keeps the task from being cancelled with the
// caller: if ctx ends before the task, Shield returns ErrCancelled at once, and
// the task goes on.
func Shield[T any](ctx context.Context, t *Task[T]) (T, error) {
	return *new(T), nil // TODO
}

// TaskGroup takes the tasks of one Group. It may be used by several goroutines.
type TaskGroup struct {
	// TODO
}

// Group calls body, waits until it has returned and all tasks of the group have
// ended, and then returns
//
//   - if the body or tasks have failed, an error that is, for errors.Is, each of
//     their errors;
//   - otherwise ErrCancelled, if the error of the body means cancellation or ctx
//     has ended;
//   - otherwise nil.
//
// To fail is to return an error that does not mean cancellation. With the first
// failure, when the body returns an error that means cancellation, and when ctx
// ends, the group is cancelled: the context of the body ends, its tasks are
// cancelled, and no more are taken. A task that ends as a cancelled one is no
// failure; the others go on.
//
// The context of the body is, like ctx, that of the task that calls Group. Group
// panics if ctx does not come from Run.
func Group(ctx context.Context, body func(ctx context.Context, g *TaskGroup) error) error {
	return nil // TODO
}

// Spawn starts f as a task of the group, and returns without waiting for it. The
// context of f has the values of the body's. Spawn may be called as long as the
// body or a task of the group has not ended; after that, and when the group is
// cancelled, f is not called, and the task is a cancelled one from the
// beginning.
//
// Spawn is no method of TaskGroup because a method cannot have type parameters.
func Spawn[T any](g *TaskGroup, f func(ctx context.Context) (T, error)) *Task[T] {
	return &Task[T]{} // TODO
}

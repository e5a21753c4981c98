// Package futures stands in for results that are not there yet: whoever makes
// the result ends the future, everybody else waits for it.
package futures

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
)

// ErrCancelled is what a future that was cancelled answers instead of a result.
var ErrCancelled = errors.New("futures: cancelled")

// State says how far a future has come.
type State int

// A future begins as Pending. Cancelled and Finished are for ever: a future in
// one of them is done.
const (
	Pending   State = iota // nobody works on it yet
	Running                // somebody does, and it is too late to cancel
	Cancelled              // it will never have a result
	Finished               // it has a result, or has failed
)

// String returns the state's name in lower case, such as "pending".
func (s State) String() string {
	return [...]string{"pending", "running", "cancelled", "finished"}[s]
}

// What goes on between the decision and its publication.
const (
	finishing State = iota + Finished + 1
	cancelling
)

// Future is a result that may still be missing.
type Future[T any] struct {
	state atomic.Int32
	done  chan struct{}
	value T     // written between the decision and the closing of done
	err   error // likewise

	mu    sync.Mutex
	hooks map[int]func(*Future[T]) // nil once the future is done
	next  int
}

// New returns a pending future.
func New[T any]() *Future[T] {
	return &Future[T]{done: make(chan struct{}), hooks: map[int]func(*Future[T]){}}
}

// State returns the state at this moment.
func (f *Future[T]) State() State {
	if s := State(f.state.Load()); s <= Finished {
		return s
	}
	return Running
}

// Done returns a channel that is closed when the future is done.
func (f *Future[T]) Done() <-chan struct{} { return f.done }

func (f *Future[T]) move(from, to State) bool {
	return f.state.CompareAndSwap(int32(from), int32(to))
}

// Start moves a pending future to Running.
func (f *Future[T]) Start() bool { return f.move(Pending, Running) }

// Complete ends the future with a result.
func (f *Future[T]) Complete(value T) bool {
	if !f.move(Pending, finishing) && !f.move(Running, finishing) {
		return false
	}
	f.value = value
	f.publish(Finished)
	return true
}

// Fail ends the future with an error.
func (f *Future[T]) Fail(err error) bool {
	if err == nil {
		panic("futures: nil error")
	}
	if !f.move(Pending, finishing) && !f.move(Running, finishing) {
		return false
	}
	f.err = err
	f.publish(Finished)
	return true
}

// Cancel ends a pending future without a result.
func (f *Future[T]) Cancel() bool {
	if f.move(Pending, cancelling) {
		f.err = ErrCancelled
		f.publish(Cancelled)
		return true
	}
	s := State(f.state.Load())
	return s == cancelling || s == Cancelled
}

func (f *Future[T]) publish(s State) {
	f.state.Store(int32(s))
	close(f.done)
	f.mu.Lock()
	hooks, n := f.hooks, f.next
	f.hooks = nil
	f.mu.Unlock()
	for i := range n {
		if hook := hooks[i]; hook != nil {
			hook(f)
		}
	}
}

// hook adds a callback and returns its number, or -1 if it is too late.
func (f *Future[T]) hook(callback func(*Future[T])) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hooks == nil {
		return -1
	}
	f.hooks[f.next] = callback
	f.next++
	return f.next - 1
}

func (f *Future[T]) unhook(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.hooks, n)
}

func (f *Future[T]) isDone() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// Result waits for the result.
func (f *Future[T]) Result(ctx context.Context) (value T, err error) {
	if !f.isDone() {
		select {
		case <-f.done:
		case <-ctx.Done():
			if !f.isDone() {
				return value, ctx.Err()
			}
		}
	}
	return f.value, f.err
}

// Failure tells the error of the future from that of the wait.
func (f *Future[T]) Failure(ctx context.Context) (failure, err error) {
	_, failure = f.Result(ctx)
	if f.isDone() && f.State() == Finished {
		return f.err, nil
	}
	return nil, failure
}

// OnDone has callback called when the future is done.
func (f *Future[T]) OnDone(callback func(*Future[T])) {
	if f.hook(callback) < 0 {
		callback(f)
	}
}

// When says how long Wait waits.
type When int

// What Wait may wait for.
const (
	FirstDone When = iota
	FirstFailed
	AllDone
)

// Wait waits for several futures.
func Wait[T any](ctx context.Context, when When, fs ...*Future[T]) (done, rest []*Future[T], err error) {
	var mu sync.Mutex
	left := len(fs)
	enough := make(chan struct{})
	check := func(f *Future[T]) {
		mu.Lock()
		defer mu.Unlock()
		left--
		if left == 0 || left > 0 && (when == FirstDone || when == FirstFailed && f.State() == Finished && f.err != nil) {
			left = 0
			close(enough)
		}
	}
	if left == 0 {
		close(enough)
	}
	for _, f := range fs {
		if n := f.hook(check); n >= 0 {
			defer f.unhook(n)
		} else {
			check(f)
		}
	}
	select {
	case <-enough:
	default:
		select {
		case <-enough:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	for _, f := range fs {
		if f.isDone() {
			done = append(done, f)
		} else {
			rest = append(rest, f)
		}
	}
	return done, rest, err
}

// AsCompleted keeps a queue that callbacks fill.
func AsCompleted[T any](ctx context.Context, fs ...*Future[T]) iter.Seq2[int, *Future[T]] {
	return func(yield func(int, *Future[T]) bool) {
		var mu sync.Mutex
		var queue []int
		more := make(chan struct{}, 1)
		for i, f := range fs {
			put := func(*Future[T]) {
				mu.Lock()
				queue = append(queue, i)
				mu.Unlock()
				select {
				case more <- struct{}{}:
				default:
				}
			}
			if n := f.hook(put); n >= 0 {
				defer f.unhook(n)
			} else {
				put(f)
			}
		}
		for given := 0; given < len(fs); {
			mu.Lock()
			now := queue
			queue = nil
			mu.Unlock()
			for _, i := range now {
				if given++; !yield(i, fs[i]) {
					return
				}
			}
			if len(now) > 0 {
				continue
			}
			select {
			case <-more:
			case <-ctx.Done():
				return
			}
		}
	}
}

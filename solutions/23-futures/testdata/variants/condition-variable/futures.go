// Package futures stands in for results that are not there yet: whoever makes
// the result ends the future, everybody else waits for it.
package futures

import (
	"context"
	"errors"
	"iter"
	"sync"
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

// Future is a result that may still be missing.
type Future[T any] struct {
	done chan struct{}

	mu        sync.Mutex
	changed   *sync.Cond
	state     State
	value     T
	err       error
	callbacks []func(*Future[T])
}

// New returns a pending future.
func New[T any]() *Future[T] {
	f := &Future[T]{done: make(chan struct{})}
	f.changed = sync.NewCond(&f.mu)
	return f
}

// State returns the state at this moment.
func (f *Future[T]) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// Done returns a channel that is closed when the future is done.
func (f *Future[T]) Done() <-chan struct{} { return f.done }

func (f *Future[T]) isDone() bool { return f.state == Cancelled || f.state == Finished }

// Start moves a pending future to Running.
func (f *Future[T]) Start() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state == Pending {
		f.state = Running
		return true
	}
	return false
}

// Complete ends the future with a result.
func (f *Future[T]) Complete(value T) bool {
	f.mu.Lock()
	if f.isDone() {
		f.mu.Unlock()
		return false
	}
	f.state, f.value = Finished, value
	f.announce()
	return true
}

// Fail ends the future with an error.
func (f *Future[T]) Fail(err error) bool {
	if err == nil {
		panic("futures: nil error")
	}
	f.mu.Lock()
	if f.isDone() {
		f.mu.Unlock()
		return false
	}
	f.state, f.err = Finished, err
	f.announce()
	return true
}

// Cancel ends a pending future without a result.
func (f *Future[T]) Cancel() bool {
	f.mu.Lock()
	if f.state != Pending {
		defer f.mu.Unlock()
		return f.state == Cancelled
	}
	f.state, f.err = Cancelled, ErrCancelled
	f.announce()
	return true
}

// announce is called with the lock held, and gives it back.
func (f *Future[T]) announce() {
	close(f.done)
	f.changed.Broadcast()
	for len(f.callbacks) > 0 {
		callback := f.callbacks[0]
		f.callbacks = f.callbacks[1:]
		f.mu.Unlock()
		callback(f)
		f.mu.Lock()
	}
	f.mu.Unlock()
}

// Result waits for the result.
func (f *Future[T]) Result(ctx context.Context) (T, error) {
	wake := context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.changed.Broadcast()
	})
	defer wake()
	f.mu.Lock()
	defer f.mu.Unlock()
	for !f.isDone() {
		if err := ctx.Err(); err != nil {
			return f.value, err
		}
		f.changed.Wait()
	}
	return f.value, f.err
}

// Failure tells the error of the future from that of the wait.
func (f *Future[T]) Failure(ctx context.Context) (failure, err error) {
	_, err = f.Result(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state == Finished && f.err == err {
		return err, nil
	}
	return nil, err
}

// OnDone has callback called when the future is done.
func (f *Future[T]) OnDone(callback func(*Future[T])) {
	f.mu.Lock()
	if !f.isDone() {
		f.callbacks = append(f.callbacks, callback)
		f.mu.Unlock()
		return
	}
	f.mu.Unlock()
	callback(f)
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
	left := len(fs)
	enough := left == 0
	for _, f := range AsCompleted(ctx, fs...) {
		left--
		failure, _ := f.Failure(ctx)
		enough = left == 0 || when == FirstDone || when == FirstFailed && failure != nil
		if enough {
			break
		}
	}
	if !enough {
		err = ctx.Err()
	}
	for _, f := range fs {
		if s := f.State(); s == Finished || s == Cancelled {
			done = append(done, f)
		} else {
			rest = append(rest, f)
		}
	}
	return done, rest, err
}

// AsCompleted has a goroutine wait for each future that is not done yet.
func AsCompleted[T any](ctx context.Context, fs ...*Future[T]) iter.Seq2[int, *Future[T]] {
	return func(yield func(int, *Future[T]) bool) {
		stop := make(chan struct{})
		defer close(stop)
		ready := make(chan int)
		var now []int
		waiting := 0
		for i, f := range fs {
			select {
			case <-f.done:
				now = append(now, i)
				continue
			default:
			}
			waiting++
			go func() {
				select {
				case <-f.done:
				case <-stop:
					return
				}
				select {
				case ready <- i:
				case <-stop:
				}
			}()
		}
		for _, i := range now {
			if !yield(i, fs[i]) {
				return
			}
		}
		for range waiting {
			select {
			case i := <-ready:
				if !yield(i, fs[i]) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

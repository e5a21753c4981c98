package processpool

import (
	"context"
	"errors"
	"iter"
	"sync"
)

// ErrCancelled is what a future that was cancelled answers instead of a result.
var ErrCancelled = errors.New("processpool: cancelled")

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

// Future is a result that may still be missing. All methods may be called at
// any time by any number of goroutines.
type Future[T any] struct {
	done chan struct{} // closed when state becomes Cancelled or Finished

	mu        sync.Mutex // guards what follows
	state     State
	value     T
	err       error
	callbacks []func(*Future[T])
	watchers  map[*watcher]bool
}

// New returns a pending future.
func New[T any]() *Future[T] {
	return &Future[T]{done: make(chan struct{}), watchers: make(map[*watcher]bool)}
}

// State returns the state at this moment.
func (f *Future[T]) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// Done returns a channel that is closed when the future is done. It is the same
// channel every time.
func (f *Future[T]) Done() <-chan struct{} { return f.done }

// Start moves a pending future to Running and reports whether it did. Whoever
// works on a future calls it first: after false, the future has been cancelled,
// or somebody else works on it or has done so, and the work is not to be done.
func (f *Future[T]) Start() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state != Pending {
		return false
	}
	f.state = Running
	return true
}

// Complete ends a pending or running future with a result. It reports whether
// it did; when the future was done before, nothing changes.
func (f *Future[T]) Complete(value T) bool { return f.end(Finished, value, nil) }

// Fail ends a pending or running future with an error. It reports whether it
// did; when the future was done before, nothing changes. It panics if err is nil.
func (f *Future[T]) Fail(err error) bool {
	if err == nil {
		panic("processpool: Fail with a nil error")
	}
	var none T
	return f.end(Finished, none, err)
}

// Cancel ends a pending future without a result. It reports whether the future
// is cancelled, by this call or an earlier one. A future that is running or
// finished cannot be cancelled, and stays what it is.
func (f *Future[T]) Cancel() bool {
	var none T
	return f.end(Cancelled, none, ErrCancelled) || f.State() == Cancelled
}

// end makes the future done and tells everybody, unless it is too late.
func (f *Future[T]) end(to State, value T, err error) bool {
	f.mu.Lock()
	if f.state > Running || f.state == Running && to == Cancelled {
		f.mu.Unlock()
		return false
	}
	f.state, f.value, f.err = to, value, err
	close(f.done)
	for w := range f.watchers {
		w.ended <- w.index // has room
	}
	callbacks := f.callbacks
	f.callbacks, f.watchers = nil, nil
	f.mu.Unlock()

	for _, callback := range callbacks {
		callback(f) // may use f, so the lock is free again
	}
	return true
}

// Result waits until the future is done and returns its result, or the error it
// failed with, or ErrCancelled. When ctx ends first it returns ctx.Err(), and
// the future goes on. Without a result the value is the zero value. A future
// that is done answers at once, even if ctx has ended.
func (f *Future[T]) Result(ctx context.Context) (T, error) {
	if err := f.wait(ctx); err != nil {
		var none T
		return none, err
	}
	return f.value, f.err
}

// Failure waits like Result, and tells apart what Result cannot: failure is the
// error that the future failed with, nil if it has a result; err says why that
// is not known, and is ErrCancelled or ctx.Err(). At least one of them is nil.
func (f *Future[T]) Failure(ctx context.Context) (failure, err error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	if f.State() == Cancelled {
		return nil, ErrCancelled
	}
	return f.err, nil
}

// wait returns nil once the future is done. Nothing in it changes after that.
func (f *Future[T]) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return nil
	default:
	}
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// OnDone has callback called once, with the future, when the future is done.
// Callbacks are called one after another, in the order in which they were
// added, by the goroutine that ends the future, before its Complete, Fail or
// Cancel returns. If the future is already done, OnDone itself calls callback,
// before it returns. Those who wait for the future need not wait for callbacks.
// A callback may call any method of the future. It should not panic: nobody
// would catch it.
func (f *Future[T]) OnDone(callback func(*Future[T])) {
	f.mu.Lock()
	if f.state <= Running {
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
	FirstDone   When = iota // until one of the futures is done
	FirstFailed             // until one has failed, or all are done; a cancelled one has not failed
	AllDone                 // until all are done
)

// Wait waits until the futures are as far as when demands, and returns nil and
// all of them: in done those that are done, in rest the others, each list in
// the order of fs. When ctx ends first, err is ctx.Err(), and done and rest
// tell what is done by then. If the futures are far enough already, Wait returns
// nil at once, even if ctx has ended; and so it does when there are none.
// When it has returned, nothing of it remains in the futures that go on.
func Wait[T any](ctx context.Context, when When, fs ...*Future[T]) (done, rest []*Future[T], err error) {
	ended, stop := watch(fs)
	defer stop()
	for range fs {
		i, ok := next(ctx, ended)
		if !ok {
			err = ctx.Err()
			break
		}
		if when == FirstDone || when == FirstFailed && fs[i].failed() {
			break
		}
	}
	for _, f := range fs {
		if f.State() > Running {
			done = append(done, f)
		} else {
			rest = append(rest, f)
		}
	}
	return done, rest, err
}

// AsCompleted returns a sequence of the futures and their places in fs, each as
// soon as it is done, in the order in which they end. Those that are done when
// the loop begins come first, in the order of fs. When ctx ends, the sequence
// ends with the last future that was done by then; ctx.Err() tells why. The
// sequence may be used several times, each time from the beginning. A loop that
// is left early leaves nothing behind.
func AsCompleted[T any](ctx context.Context, fs ...*Future[T]) iter.Seq2[int, *Future[T]] {
	return func(yield func(int, *Future[T]) bool) {
		ended, stop := watch(fs)
		defer stop()
		for range fs {
			if i, ok := next(ctx, ended); !ok || !yield(i, fs[i]) {
				return
			}
		}
	}
}

// watcher is told of the end of one future among several.
type watcher struct {
	ended chan<- int // with room for every one of them
	index int
}

// watch returns a channel that gets the index of every future that is done,
// first those that are now. stop takes all traces of it out of the futures.
func watch[T any](fs []*Future[T]) (ended <-chan int, stop func()) {
	all := make(chan int, len(fs))
	watchers := make([]*watcher, len(fs))
	for i, f := range fs {
		watchers[i] = &watcher{all, i}
		f.join(watchers[i])
	}
	return all, func() {
		for i, f := range fs {
			f.leave(watchers[i])
		}
	}
}

// next returns an index out of ended, unless there is none and ctx ends.
func next(ctx context.Context, ended <-chan int) (int, bool) {
	select {
	case i := <-ended:
		return i, true
	default:
	}
	select {
	case i := <-ended:
		return i, true
	case <-ctx.Done():
		return 0, false
	}
}

func (f *Future[T]) join(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state > Running {
		w.ended <- w.index
		return
	}
	f.watchers[w] = true
}

func (f *Future[T]) leave(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.watchers, w)
}

func (f *Future[T]) failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state == Finished && f.err != nil
}

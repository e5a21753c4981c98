// Package asyncawait runs functions as tasks that can be awaited and cancelled.
//
// This design keeps everything a task knows under one lock, with a list of
// callbacks for its end, and a scope keeps the cancel functions of its tasks.
package asyncawait

import (
	"context"
	"errors"
	"sync"
	"time"
)

var (
	ErrCancelled = errors.New("asyncawait: cancelled")
	ErrTimeout   = errors.New("asyncawait: timed out")
	ErrSelfAwait = errors.New("asyncawait: a task cannot await itself")
)

type Task[T any] struct {
	cancel context.CancelFunc

	mu        sync.Mutex
	ended     bool
	cancelled bool
	value     T
	err       error
	next      int
	callbacks map[int]func()
}

// onEnd has f called when the task has ended, at once if it has.
func (t *Task[T]) onEnd(f func()) (forget func()) {
	t.mu.Lock()
	if t.ended {
		t.mu.Unlock()
		f()
		return func() {}
	}
	id := t.next
	t.next++
	t.callbacks[id] = f
	t.mu.Unlock()
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.callbacks, id)
	}
}

func (t *Task[T]) end(value T, err error, cancelled bool) {
	t.mu.Lock()
	t.ended, t.cancelled, t.value, t.err = true, cancelled, value, err
	callbacks := t.callbacks
	t.callbacks = nil
	t.mu.Unlock()
	for _, f := range callbacks {
		f()
	}
}

func (t *Task[T]) result() (value T, err error, ended bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.value, t.err, t.ended
}

// wait waits for the end of the task, or of ctx, and reports whether it was the
// task's.
func (t *Task[T]) wait(ctx context.Context) bool {
	ended := make(chan struct{})
	defer t.onEnd(func() { close(ended) })()
	select {
	case <-ended:
		return true
	case <-ctx.Done():
		return false
	}
}

func (t *Task[T]) Await(ctx context.Context) (T, error) {
	if t.isOf(ctx) {
		return *new(T), ErrSelfAwait
	}
	if !t.wait(ctx) {
		t.cancel()
		t.wait(context.Background())
	}
	value, err, _ := t.result()
	return value, err
}

func Shield[T any](ctx context.Context, t *Task[T]) (T, error) {
	if t.isOf(ctx) {
		return *new(T), ErrSelfAwait
	}
	t.wait(ctx)
	value, err, ended := t.result()
	if !ended {
		return *new(T), ErrCancelled
	}
	return value, err
}

func (t *Task[T]) Cancel() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return false
	}
	t.cancel()
	return true
}

func (t *Task[T]) Done() bool {
	_, _, ended := t.result()
	return ended
}

func (t *Task[T]) Cancelled() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cancelled
}

type loopKey struct{}
type taskKey struct{}

func (t *Task[T]) isOf(ctx context.Context) bool { return ctx.Value(taskKey{}) == any(t) }

func loopOf(ctx context.Context) *scope {
	s, ok := ctx.Value(loopKey{}).(*scope)
	if !ok {
		panic("asyncawait: not within Run")
	}
	return s
}

// scope knows how to cancel every task in it.
type scope struct {
	mu     sync.Mutex
	idle   *sync.Cond
	closed bool
	next   int
	cancel map[int]context.CancelFunc
	errs   []error
}

func newScope() *scope {
	s := &scope{cancel: map[int]context.CancelFunc{}}
	s.idle = sync.NewCond(&s.mu)
	return s
}

func (s *scope) add(cancel context.CancelFunc) (id int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	if !s.closed {
		s.cancel[s.next] = cancel
	}
	return s.next, !s.closed
}

func (s *scope) remove(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cancel, id)
	s.idle.Broadcast()
}

func (s *scope) fail(err error) {
	s.mu.Lock()
	s.errs = append(s.errs, err)
	s.mu.Unlock()
	s.abort()
}

func (s *scope) abort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, cancel := range s.cancel {
		cancel()
	}
}

// drain waits until nobody is left, and closes the scope.
func (s *scope) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.cancel) > 0 {
		s.idle.Wait()
	}
	s.closed = true
}

func create[T any](ctx context.Context, s *scope, f func(context.Context) (T, error), failed func(error)) *Task[T] {
	t := &Task[T]{callbacks: map[int]func(){}}
	ctx, t.cancel = context.WithCancel(context.WithValue(context.WithoutCancel(ctx), taskKey{}, t))
	id, ok := s.add(t.cancel)
	if !ok {
		t.cancel()
		t.end(*new(T), ErrCancelled, true)
		return t
	}
	go func() {
		defer s.remove(id)
		defer t.cancel()
		value, err := f(ctx)
		switch {
		case meansCancelled(ctx, err):
			t.end(*new(T), ErrCancelled, true)
			return
		case err != nil:
			failed(err)
		}
		t.end(value, err, false)
	}()
	return t
}

func meansCancelled(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	return errors.Is(err, ErrCancelled) || errors.Is(err, context.Canceled) || errors.Is(err, ctx.Err())
}

func Run[T any](ctx context.Context, main func(ctx context.Context) (T, error)) (T, error) {
	s := newScope()
	value, err := create(context.WithValue(ctx, loopKey{}, s), s, main, func(error) {}).Await(ctx)
	s.abort()
	s.drain()
	return value, err
}

func CreateTask[T any](ctx context.Context, f func(ctx context.Context) (T, error)) *Task[T] {
	return create(ctx, loopOf(ctx), f, func(error) {})
}

func Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return ErrCancelled
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	up := make(chan struct{})
	timer := time.AfterFunc(d, func() { close(up) })
	defer timer.Stop()
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ErrCancelled
	}
}

func anySelf[T any](ctx context.Context, tasks []*Task[T]) bool {
	for _, t := range tasks {
		if t.isOf(ctx) {
			return true
		}
	}
	return false
}

// gathering counts down.
type gathering struct {
	mu   sync.Mutex
	left int
	err  error
	over chan struct{}
	shut bool
}

func (g *gathering) one(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left--
	if g.shut {
		return
	}
	if g.err = err; err != nil || g.left == 0 {
		g.shut = true
		close(g.over)
	}
}

func Gather[T any](ctx context.Context, tasks ...*Task[T]) ([]T, error) {
	if anySelf(ctx, tasks) {
		return nil, ErrSelfAwait
	}
	if len(tasks) == 0 {
		return nil, nil
	}
	g := &gathering{left: len(tasks), over: make(chan struct{})}
	for _, t := range tasks {
		defer t.onEnd(func() {
			_, err, _ := t.result()
			g.one(err)
		})()
	}
	select {
	case <-g.over:
	case <-ctx.Done():
		for _, t := range tasks {
			t.Cancel()
		}
		for _, t := range tasks {
			t.wait(context.Background())
		}
		return nil, ErrCancelled
	}
	if g.err != nil {
		return nil, g.err
	}
	var values []T
	for _, t := range tasks {
		value, _, _ := t.result()
		values = append(values, value)
	}
	return values, nil
}

func WaitFirst[T any](ctx context.Context, tasks ...*Task[T]) (done, pending []*Task[T], err error) {
	if anySelf(ctx, tasks) {
		return nil, nil, ErrSelfAwait
	}
	var once sync.Once
	first := make(chan struct{})
	for _, t := range tasks {
		defer t.onEnd(func() { once.Do(func() { close(first) }) })()
	}
	if len(tasks) > 0 {
		select {
		case <-first:
		case <-ctx.Done():
		}
	}
	for _, t := range tasks {
		if t.Done() {
			done = append(done, t)
		} else {
			pending = append(pending, t)
		}
	}
	if len(tasks) > 0 && len(done) == 0 {
		err = ErrCancelled
	}
	return done, pending, err
}

func Timeout[T any](ctx context.Context, d time.Duration, f func(ctx context.Context) (T, error)) (T, error) {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if d <= 0 {
		cancel(ErrTimeout)
	} else {
		timer := time.AfterFunc(d, func() { cancel(ErrTimeout) })
		defer timer.Stop()
	}
	value, err := f(inner)
	if !meansCancelled(inner, err) {
		return value, err
	}
	if ctx.Err() != nil {
		return *new(T), ErrCancelled
	}
	if context.Cause(inner) == ErrTimeout {
		return *new(T), ErrTimeout
	}
	return value, err
}

type TaskGroup struct {
	scope *scope
	ctx   context.Context
}

func Group(ctx context.Context, body func(ctx context.Context, g *TaskGroup) error) error {
	loopOf(ctx)
	s := newScope()
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	me, _ := s.add(cancel)
	stopped := context.AfterFunc(inner, s.abort)
	defer stopped()
	err := body(inner, &TaskGroup{s, inner})
	cancelled := meansCancelled(inner, err)
	switch {
	case cancelled:
		s.abort()
	case err != nil:
		s.fail(err)
	}
	s.remove(me)
	s.drain()
	if err := errors.Join(s.errs...); err != nil {
		return err
	}
	if cancelled || ctx.Err() != nil {
		return ErrCancelled
	}
	return nil
}

func Spawn[T any](g *TaskGroup, f func(ctx context.Context) (T, error)) *Task[T] {
	if g.ctx.Err() != nil {
		g.scope.abort()
	}
	return create(g.ctx, g.scope, f, g.scope.fail)
}

// Package joinablequeue does without locks: the state is in a channel, and whoever
// takes it out has it alone. A second channel is closed by each change. It shares a queue of tasks between processes, as Python's
// multiprocessing.JoinableQueue does. The queue lives in one process; workers in
// others ask it for items, and say when each of them is done.
package joinablequeue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// MaxAttempts is how many workers may be lost over one item. Then it is given up.
const MaxAttempts = 3

// The errors that a queue answers with. Test for them with errors.Is.
var (
	ErrClosed       = errors.New("joinablequeue: the queue is closed")
	ErrNoItem       = errors.New("joinablequeue: no item in hand")
	ErrNotDone      = errors.New("joinablequeue: the item in hand is not done")
	ErrNoWorkers    = errors.New("joinablequeue: all workers have gone")
	ErrGivenUp      = errors.New("joinablequeue: items were given up")
	ErrDisconnected = errors.New("joinablequeue: the queue has gone")
)

// WorkerError says that a worker process ended as it should not: with an exit
// code other than 0, or with an item in hand.
type WorkerError struct {
	Pid      int
	ExitCode int  // as Process.ExitCode says it
	NotDone  bool // an item was in its hand
}

// Error says all of it.
func (e *WorkerError) Error() string {
	text := fmt.Sprintf("joinablequeue: worker %d ended with exit code %d", e.Pid, e.ExitCode)
	if e.NotDone {
		text += ", and an item in hand"
	}
	return text
}

// Queue hands out items to workers, first come, first served. An item that was
// put is unfinished until it is done or given up. It is done when the worker that
// got it says so, and not by anything else.
//
// When a worker has gone, in whatever way, with an item in its hand, the item goes
// back to the front of the queue, even if the queue is full, and another worker
// gets it. When that has happened to an item MaxAttempts times, it does not go
// back: it is given up.
//
// All methods may be called at any time, from any number of goroutines.
type Queue[T any] struct {
	capacity int         // limit of len(waiting), or 0
	state    chan *state // holds one, unless somebody has it
}

type state struct {
	waiting    []*task
	unfinished int
	givenUp    []*task
	closed     bool
	workers    int
	served     bool
	processes  int
	crashes    []error
	changed    chan struct{} // closed by the next change
}

// task is an item on its way.
type task struct {
	item []byte // as JSON
	lost int    // workers that had it in hand when they went
}

// NewQueue returns an empty queue.
func NewQueue[T any](capacity int) *Queue[T] {
	if capacity < 0 {
		panic("joinablequeue: negative capacity")
	}
	q := &Queue[T]{capacity: capacity, state: make(chan *state, 1)}
	q.state <- &state{changed: make(chan struct{})}
	return q
}

// change lets f change the state, and wakes all who wait for something.
func (q *Queue[T]) change(f func(s *state)) {
	s := <-q.state
	defer func() { q.state <- s }()
	f(s)
	close(s.changed)
	s.changed = make(chan struct{})
}

// attempt asks f until it says that it has done something, or ctx ends.
func (q *Queue[T]) attempt(ctx context.Context, f func(s *state) bool) error {
	for {
		s := <-q.state
		was := s.changed
		did := f(s)
		if did {
			close(s.changed)
			s.changed = make(chan struct{})
		}
		q.state <- s
		if did {
			return nil
		}
		select {
		case <-was:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (q *Queue[T]) full(s *state) bool { return q.capacity > 0 && len(s.waiting) >= q.capacity }

func (s *state) deserted() bool { return s.served && s.workers == 0 }

// Put puts.
func (q *Queue[T]) Put(ctx context.Context, v T) error {
	item, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("joinablequeue: put: %w", err)
	}
	return q.put(ctx, item)
}

func (q *Queue[T]) put(ctx context.Context, item []byte) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	late := q.attempt(ctx, func(s *state) bool {
		switch {
		case s.closed:
			err = ErrClosed
		case !q.full(s):
			s.waiting = append(s.waiting, &task{item: item})
			s.unfinished++
		case s.deserted():
			err = ErrNoWorkers
		default:
			return false
		}
		return true
	})
	return errors.Join(err, late)
}

// Join joins.
func (q *Queue[T]) Join(ctx context.Context) (err error) {
	late := q.attempt(ctx, func(s *state) bool {
		switch {
		case s.unfinished == 0 && len(s.givenUp) > 0:
			err = ErrGivenUp
		case s.unfinished == 0:
		case s.deserted():
			err = ErrNoWorkers
		default:
			return false
		}
		return true
	})
	return errors.Join(err, late)
}

// GivenUp returns what was given up.
func (q *Queue[T]) GivenUp() []T {
	s := <-q.state
	defer func() { q.state <- s }()
	items := []T{}
	for _, t := range s.givenUp {
		var v T
		json.Unmarshal(t.item, &v)
		items = append(items, v)
	}
	return items
}

// Close closes.
func (q *Queue[T]) Close() { q.change(func(s *state) { s.closed = true }) }

// get takes an item, or returns nil and io.EOF.
func (q *Queue[T]) get(ctx context.Context) (t *task, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	late := q.attempt(ctx, func(s *state) bool {
		switch {
		case len(s.waiting) > 0:
			t, s.waiting = s.waiting[0], s.waiting[1:]
		case s.closed && s.unfinished == 0:
			err = io.EOF
		default:
			return false
		}
		return true
	})
	if late != nil {
		err = late
	}
	return t, err
}

func (q *Queue[T]) enter(processes int) {
	q.change(func(s *state) {
		s.workers++
		s.served = true
		s.processes += processes
	})
}

func (q *Queue[T]) leave(hand *task) (err error) {
	q.change(func(s *state) {
		s.workers--
		if hand == nil {
			return
		}
		err = ErrNotDone
		hand.lost++
		if hand.lost >= MaxAttempts {
			s.givenUp = append(s.givenUp, hand)
			s.unfinished--
			return
		}
		s.waiting = slices.Insert(s.waiting, 0, hand)
	})
	return err
}

// request and reply are what travels.
type request struct {
	Do   string
	Item json.RawMessage
}

type reply struct {
	What string
	Item json.RawMessage
}

// Serve serves.
func (q *Queue[T]) Serve(p *Pipe) error {
	q.enter(0)
	return q.serve(p)
}

func (q *Queue[T]) serve(p *Pipe) error {
	ctx, gone := context.WithCancel(context.Background())
	requests := make(chan request, 4)
	go func() {
		defer close(requests)
		defer gone()
		for {
			var r request
			text, err := p.Recv()
			if err != nil || json.Unmarshal(text, &r) != nil {
				return
			}
			requests <- r
		}
	}()
	var hand *task
	for r := range requests {
		what, item := q.handle(ctx, r, &hand)
		if ctx.Err() != nil {
			continue
		}
		text, _ := json.Marshal(reply{what, item})
		p.Send(text)
	}
	return q.leave(hand)
}

// handle judges everything here, and believes a worker nothing.
func (q *Queue[T]) handle(ctx context.Context, r request, hand **task) (what string, item []byte) {
	switch {
	case r.Do == "get" && *hand != nil:
		return "not done", nil
	case r.Do == "get":
		t, err := q.get(ctx)
		if err != nil {
			return "end", nil
		}
		*hand = t
		return "item", t.item
	case r.Do == "done" && *hand == nil:
		return "no item", nil
	case r.Do == "done":
		*hand = nil
		q.change(func(s *state) { s.unfinished-- })
	case r.Do == "put":
		if q.put(ctx, r.Item) != nil {
			return "closed", nil
		}
	}
	return "ok", nil
}

// Remote asks about everything.
type Remote[T any] struct{ pipe *Pipe }

// NewRemote returns a Remote.
func NewRemote[T any](p *Pipe) *Remote[T] { return &Remote[T]{p} }

func (r *Remote[T]) ask(do string, item []byte) (json.RawMessage, error) {
	text, err := json.Marshal(request{do, item})
	if err != nil {
		return nil, err
	}
	if err := r.pipe.Send(text); err != nil {
		return nil, ErrDisconnected
	}
	if text, err = r.pipe.Recv(); err != nil {
		return nil, ErrDisconnected
	}
	var a reply
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, ErrDisconnected
	}
	return a.Item, map[string]error{"not done": ErrNotDone, "end": io.EOF, "no item": ErrNoItem, "closed": ErrClosed}[a.What]
}

// Get gets.
func (r *Remote[T]) Get() (v T, err error) {
	item, err := r.ask("get", nil)
	if err == nil {
		err = json.Unmarshal(item, &v)
	}
	return v, err
}

// TaskDone is answered by the queue.
func (r *Remote[T]) TaskDone() error {
	_, err := r.ask("done", nil)
	return err
}

// Put puts.
func (r *Remote[T]) Put(v T) error {
	item, err := json.Marshal(v)
	if err == nil {
		_, err = r.ask("put", item)
	}
	return err
}

// Worker runs in a process.
type Worker[T any] struct{ target Target[runner[T]] }

// runner is an argument without content.
type runner[T any] struct{}

// RegisterWorker registers.
func RegisterWorker[T any](name string, f func(q *Remote[T]) error) Worker[T] {
	if f == nil {
		panic("joinablequeue: no function")
	}
	return Worker[T]{Register(name, func(_ runner[T], parent *Pipe) error { return f(NewRemote[T](parent)) })}
}

// Start starts.
func (q *Queue[T]) Start(w Worker[T]) (*Process, error) {
	p := New(w.target, runner[T]{})
	if err := p.Start(); err != nil {
		return nil, err
	}
	q.enter(1)
	go func() {
		err := q.serve(p.Pipe())
		p.Join(context.Background())
		code, _ := p.ExitCode()
		q.change(func(s *state) {
			s.processes--
			if code != 0 || err != nil {
				s.crashes = append(s.crashes, &WorkerError{Pid: p.Pid(), ExitCode: code, NotDone: err != nil})
			}
		})
	}()
	return p, nil
}

// Wait waits.
func (q *Queue[T]) Wait(ctx context.Context) (err error) {
	late := q.attempt(ctx, func(s *state) bool {
		if s.processes > 0 {
			return false
		}
		err = errors.Join(s.crashes...)
		return true
	})
	if late != nil {
		return late
	}
	return err
}

// Package joinablequeue keeps lists of those who wait, and never waits itself: who
// changes something answers all who waited for it. It shares a queue of tasks between processes, as Python's
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
	"sync"
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

// Queue is a list of items, and three lists of those who wait.
type Queue[T any] struct {
	capacity int

	mu      sync.Mutex
	items   []item
	open    int // not done, not given up
	lost    []T
	closed  bool
	seen    bool
	clients []*client
	getters []*client
	putters []*putter
	joiners []*waiter // for Join
	waiters []*waiter // for Wait
	running int
	reports []error
}

type item struct {
	Data  json.RawMessage
	tries int
}

// client is a worker.
type client struct {
	out  chan message
	hand *item
}

type putter struct {
	item item
	from *client // or nil, then:
	done chan error
}

type waiter struct{ done chan error }

// message goes in both directions.
type message struct {
	Get, Done, Put, End, Closed bool            `json:",omitempty"`
	Item                        json.RawMessage `json:",omitempty"`
}

// NewQueue returns an empty queue.
func NewQueue[T any](capacity int) *Queue[T] {
	if capacity < 0 {
		panic("joinablequeue: capacity below zero")
	}
	return &Queue[T]{capacity: capacity}
}

func (q *Queue[T]) room() bool { return q.capacity == 0 || len(q.items) < q.capacity }

// settle answers all who can be answered. q.mu is held.
func (q *Queue[T]) settle() {
	for again := true; again; {
		again = false
		for len(q.putters) > 0 && (q.closed || q.room() || q.deserted()) {
			p := q.putters[0]
			q.putters = q.putters[1:]
			switch {
			case q.closed:
				p.answer(ErrClosed)
			case !q.room():
				p.answer(ErrNoWorkers)
			default:
				q.items = append(q.items, p.item)
				q.open++
				p.answer(nil)
			}
			again = true
		}
		for len(q.getters) > 0 && len(q.items) > 0 {
			c := q.getters[0]
			q.getters = q.getters[1:]
			it := q.items[0]
			q.items = q.items[1:]
			c.hand = &it
			c.out <- message{Item: it.Data}
			again = true
		}
	}
	if q.closed && q.open == 0 {
		for _, c := range q.getters {
			c.out <- message{End: true}
		}
		q.getters = nil
	}
	if q.open == 0 || q.deserted() {
		for _, w := range q.joiners {
			w.done <- q.verdict()
		}
		q.joiners = nil
	}
	if q.running == 0 {
		for _, w := range q.waiters {
			w.done <- errors.Join(q.reports...)
		}
		q.waiters = nil
	}
}

func (q *Queue[T]) deserted() bool { return q.seen && len(q.clients) == 0 }

func (q *Queue[T]) verdict() error {
	switch {
	case q.open > 0:
		return ErrNoWorkers
	case len(q.lost) > 0:
		return fmt.Errorf("joinablequeue: %d lost: %w", len(q.lost), ErrGivenUp)
	}
	return nil
}

func (p *putter) answer(err error) {
	if p.from == nil {
		p.done <- err
	} else {
		p.from.out <- message{Closed: err != nil}
	}
}

// Put puts.
func (q *Queue[T]) Put(ctx context.Context, v T) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p := &putter{item: item{Data: data}, done: make(chan error, 1)}
	q.mu.Lock()
	q.putters = append(q.putters, p)
	q.settle()
	q.mu.Unlock()
	return q.outcome(ctx, p.done, func() {
		q.putters = slices.DeleteFunc(q.putters, func(o *putter) bool { return o == p })
	})
}

// outcome waits for an answer, which counts if it has come, whatever ctx says.
func (q *Queue[T]) outcome(ctx context.Context, done chan error, forget func()) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case err := <-done:
		return err
	default:
		forget()
		return ctx.Err()
	}
}

// Join joins.
func (q *Queue[T]) Join(ctx context.Context) error { return q.line(ctx, &q.joiners) }

// Wait waits.
func (q *Queue[T]) Wait(ctx context.Context) error { return q.line(ctx, &q.waiters) }

// line puts the caller into a list.
func (q *Queue[T]) line(ctx context.Context, list *[]*waiter) error {
	w := &waiter{make(chan error, 1)}
	q.mu.Lock()
	*list = append(*list, w)
	q.settle()
	q.mu.Unlock()
	return q.outcome(ctx, w.done, func() {
		*list = slices.DeleteFunc(*list, func(o *waiter) bool { return o == w })
	})
}

// GivenUp returns a copy.
func (q *Queue[T]) GivenUp() []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.lost)
}

// Close closes.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.settle()
}

func (q *Queue[T]) join() *client {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := &client{out: make(chan message, 2)}
	q.clients = append(q.clients, c)
	q.seen = true
	return c
}

// Serve serves.
func (q *Queue[T]) Serve(p *Pipe) error { return q.listen(q.join(), p) }

func (q *Queue[T]) listen(c *client, p *Pipe) error {
	var writing sync.WaitGroup
	writing.Go(func() {
		for m := range c.out {
			text, _ := json.Marshal(m)
			p.Send(text)
		}
	})
	for {
		text, err := p.Recv()
		if err != nil {
			break
		}
		var m message
		if json.Unmarshal(text, &m) == nil {
			q.take(c, m)
		}
	}
	err := q.part(c)
	close(c.out)
	writing.Wait()
	return err
}

func (q *Queue[T]) take(c *client, m message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case m.Get:
		q.getters = append(q.getters, c)
	case m.Done:
		c.hand = nil
		q.open--
	case m.Put:
		q.putters = append(q.putters, &putter{item: item{Data: m.Item}, from: c})
	}
	q.settle()
}

func (q *Queue[T]) part(c *client) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.clients = slices.DeleteFunc(q.clients, func(o *client) bool { return o == c })
	q.getters = slices.DeleteFunc(q.getters, func(o *client) bool { return o == c })
	q.putters = slices.DeleteFunc(q.putters, func(o *putter) bool { return o.from == c })
	defer q.settle()
	if c.hand == nil {
		return nil
	}
	c.hand.tries++
	if c.hand.tries == MaxAttempts {
		var v T
		json.Unmarshal(c.hand.Data, &v)
		q.lost = append(q.lost, v)
		q.open--
	} else {
		q.items = append([]item{*c.hand}, q.items...)
	}
	return fmt.Errorf("joinablequeue: a worker has gone: %w", ErrNotDone)
}

// Remote sends without waiting for an answer where it can.
type Remote[T any] struct {
	p       *Pipe
	holding bool
}

// NewRemote returns a Remote.
func NewRemote[T any](p *Pipe) *Remote[T] { return &Remote[T]{p: p} }

func (r *Remote[T]) send(m message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if r.p.Send(text) != nil {
		return ErrDisconnected
	}
	return nil
}

func (r *Remote[T]) recv() (m message, err error) {
	text, err := r.p.Recv()
	if err != nil || json.Unmarshal(text, &m) != nil {
		return m, ErrDisconnected
	}
	return m, nil
}

// Get gets.
func (r *Remote[T]) Get() (v T, err error) {
	if r.holding {
		return v, ErrNotDone
	}
	if err := r.send(message{Get: true}); err != nil {
		return v, err
	}
	m, err := r.recv()
	if err != nil {
		return v, err
	}
	if m.End {
		return v, io.EOF
	}
	r.holding = true
	return v, json.Unmarshal(m.Item, &v)
}

// TaskDone needs no answer: what was sent arrives, whatever happens here.
func (r *Remote[T]) TaskDone() error {
	if !r.holding {
		return ErrNoItem
	}
	if err := r.send(message{Done: true}); err != nil {
		return err
	}
	r.holding = false
	return nil
}

// Put puts.
func (r *Remote[T]) Put(v T) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := r.send(message{Put: true, Item: data}); err != nil {
		return err
	}
	m, err := r.recv()
	if err == nil && m.Closed {
		return ErrClosed
	}
	return err
}

// Worker is a registered function.
type Worker[T any] struct{ target Target[int] }

// RegisterWorker registers.
func RegisterWorker[T any](name string, f func(q *Remote[T]) error) Worker[T] {
	if f == nil {
		panic("joinablequeue: no function")
	}
	return Worker[T]{Register(name, func(_ int, parent *Pipe) error { return f(NewRemote[T](parent)) })}
}

// Start starts.
func (q *Queue[T]) Start(w Worker[T]) (*Process, error) {
	p := New(w.target, 0)
	if err := p.Start(); err != nil {
		return nil, err
	}
	c := q.join()
	q.mu.Lock()
	q.running++
	q.mu.Unlock()
	go func() {
		err := q.listen(c, p.Pipe())
		p.Join(context.Background())
		code, _ := p.ExitCode()
		q.mu.Lock()
		defer q.mu.Unlock()
		q.running--
		if err != nil || code != 0 {
			q.reports = append(q.reports, &WorkerError{p.Pid(), code, err != nil})
		}
		q.settle()
	}()
	return p, nil
}

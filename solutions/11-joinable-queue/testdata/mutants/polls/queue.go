// Package joinablequeue shares a queue of tasks between processes, as Python's
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
	"time"
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
	capacity int // limit of len(waiting), or 0

	mu         sync.Mutex // guards what follows
	changed    *sync.Cond // by each change
	waiting    []*task
	unfinished int // tasks that are waiting, or in somebody's hand
	givenUp    []*task
	closed     bool
	workers    int  // that are served, or will be at once
	served     bool // there has been a worker
	processes  int  // that Start has made and of which something is left
	crashes    []error
}

// task is an item on its way.
type task struct {
	item []byte // as JSON
	lost int    // workers that had it in hand when they went
}

// NewQueue returns an empty queue in which at most capacity items wait; 0 means any
// number. Those in the hands of workers do not count. It panics if capacity is negative.
func NewQueue[T any](capacity int) *Queue[T] {
	if capacity < 0 {
		panic("joinablequeue: negative capacity")
	}
	q := &Queue[T]{capacity: capacity}
	q.changed = sync.NewCond(&q.mu)
	return q
}

// await waits until ready says so, and returns nil; or until ctx ends, and returns
// ctx.Err(). q.mu is held, but not while it waits.
func (q *Queue[T]) await(ctx context.Context, ready func() bool) error {
	for !ready() {
		if err := ctx.Err(); err != nil {
			return err
		}
		q.mu.Unlock()
		time.Sleep(time.Millisecond)
		q.mu.Lock()
	}
	return nil
}

func (q *Queue[T]) full() bool { return q.capacity > 0 && len(q.waiting) >= q.capacity }

// deserted says that nobody will get an item, unless another worker comes.
func (q *Queue[T]) deserted() bool { return q.served && q.workers == 0 }

// Put adds v to the end of the queue, as a copy: items travel as JSON, and may be
// of any size. While the queue is full, Put waits for room.
//
// It adds nothing, and returns an error: ctx.Err() if ctx has ended, or ends while
// it waits; ErrClosed if the queue is closed, or becomes so while it waits;
// ErrNoWorkers if it would have to wait, and there were workers, but all have
// gone; and an error of its own if v cannot be encoded.
func (q *Queue[T]) Put(ctx context.Context, v T) error {
	item, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("joinablequeue: put: %w", err)
	}
	return q.put(ctx, item)
}

func (q *Queue[T]) put(ctx context.Context, item []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	err := q.await(ctx, func() bool { return q.closed || !q.full() || q.deserted() })
	switch {
	case err != nil:
		return err
	case q.closed:
		return ErrClosed
	case q.full():
		return ErrNoWorkers
	}
	q.waiting = append(q.waiting, &task{item: item})
	q.unfinished++
	q.changed.Broadcast()
	return nil
}

// Join waits until no item is unfinished. It returns nil if all that were ever put
// are done, and an error that wraps ErrGivenUp if some were given up. Without
// waiting any longer it returns ErrNoWorkers if items are unfinished and there were
// workers, but all have gone; start another, and join again. When ctx ends first
// it returns ctx.Err(); if no item is unfinished, it does not matter what ctx says.
// Any number of goroutines may join, before and after Close, again and again.
func (q *Queue[T]) Join(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	err := q.await(ctx, func() bool { return q.unfinished == 0 || q.deserted() })
	switch {
	case err != nil:
		return err
	case q.unfinished > 0:
		return ErrNoWorkers
	case len(q.givenUp) > 0:
		return fmt.Errorf("%w: %d of them", ErrGivenUp, len(q.givenUp))
	}
	return nil
}

// GivenUp returns the items that were given up, in the order in which that happened.
func (q *Queue[T]) GivenUp() []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := make([]T, len(q.givenUp))
	for i, t := range q.givenUp {
		json.Unmarshal(t.item, &items[i]) // it has been encoded from a T
	}
	return items
}

// Close lets no more items in. Those that were put are handed out as before. As
// soon as none is unfinished, each worker that asks for one, or waits for one, gets
// an end mark instead. Not earlier: until then an item may come back, and need a
// worker. Close does not wait, and may be called again.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

// get takes the first item out of the queue, or returns io.EOF for the end mark.
func (q *Queue[T]) get(ctx context.Context) (*task, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err := q.await(ctx, func() bool { return len(q.waiting) > 0 || q.closed && q.unfinished == 0 })
	switch {
	case err != nil:
		return nil, err
	case len(q.waiting) == 0:
		return nil, io.EOF
	}
	t := q.waiting[0]
	q.waiting = q.waiting[1:]
	q.changed.Broadcast() // there is room
	return t, nil
}

// done ends a task that was in somebody's hand.
func (q *Queue[T]) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unfinished--
	q.changed.Broadcast()
}

// enter makes room for one more worker.
func (q *Queue[T]) enter() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.workers++
	q.served = true
}

// leave is the end of a worker, which had hand, or nil, in its hand.
func (q *Queue[T]) leave(hand *task) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.workers--
	q.changed.Broadcast()
	if hand == nil {
		return nil
	}
	hand.lost++
	if hand.lost < MaxAttempts {
		q.waiting = slices.Insert(q.waiting, 0, hand)
	} else {
		q.givenUp = append(q.givenUp, hand)
		q.unfinished--
	}
	return ErrNotDone
}

// A worker sends requests, one at a time, and gets a reply to each. The first byte
// of a message says what it is; an item may follow.
const (
	reqGet  = 'g'
	reqPut  = 'p' // and an item
	reqDone = 'd'

	repItem   = 'i' // and the item
	repEnd    = 'e'
	repOK     = 'o'
	repClosed = 'c'
)

// Serve lets the worker at the other end of p use the queue, and returns when their
// connection has ended: at once then, even if the worker was waiting for something,
// which it does not get, nor put, any more.
// It returns nil if the worker had no item in its hand, and ErrNotDone if it had
// one, which is back in the queue, or given up, by then. A worker counts as gone
// when Serve returns.
//
// Serve needs no process at the other end, but somebody who uses a Remote.
func (q *Queue[T]) Serve(p *Pipe) error {
	q.enter()
	return q.serve(p)
}

// serve serves a worker that has entered.
func (q *Queue[T]) serve(p *Pipe) error {
	ctx, disconnected := context.WithCancel(context.Background())
	requests := make(chan []byte, 1) // the worker sends no other before it has a reply
	go func() {
		defer close(requests)
		defer disconnected()
		for {
			r, err := p.Recv()
			if err != nil || len(r) == 0 {
				return
			}
			requests <- r
		}
	}()
	var hand *task
	for r := range requests {
		if reply := q.reply(ctx, r, &hand); ctx.Err() == nil {
			p.Send(reply) // who does not live to read it has disconnected
		}
	}
	return q.leave(hand)
}

// reply does what r asks for, unless ctx ends while it waits.
func (q *Queue[T]) reply(ctx context.Context, r []byte, hand **task) []byte {
	switch r[0] {
	case reqGet:
		t, err := q.get(ctx)
		if err != nil {
			return []byte{repEnd}
		}
		*hand = t
		return append([]byte{repItem}, t.item...)
	case reqDone:
		*hand = nil
		q.done()
	case reqPut:
		if q.put(ctx, r[1:]) != nil {
			return []byte{repClosed}
		}
	}
	return []byte{repOK}
}

// Remote is a queue as a worker sees it, from another process. A worker has one
// item in hand at most. The methods of a Remote are called by one goroutine at a time.
type Remote[T any] struct {
	pipe    *Pipe
	holding bool // an item is in hand
}

// NewRemote returns the queue that serves the other end of p. It sends nothing yet.
func NewRemote[T any](p *Pipe) *Remote[T] { return &Remote[T]{pipe: p} }

// ask sends a request and waits for the reply.
func (r *Remote[T]) ask(request byte, item []byte) (reply byte, answer []byte, err error) {
	if err := r.pipe.Send(append([]byte{request}, item...)); err != nil {
		return 0, nil, fmt.Errorf("%w: %v", ErrDisconnected, err)
	}
	msg, err := r.pipe.Recv()
	if err != nil || len(msg) == 0 { // the end of the connection is not the end mark
		return 0, nil, fmt.Errorf("%w: %v", ErrDisconnected, err)
	}
	return msg[0], msg[1:], nil
}

// Get waits for an item and returns it; it is in the worker's hand then, and
// nobody else gets it. Nothing leaves the queue for a worker that has not called
// Get. Instead of an item there may be an end mark: then Get returns io.EOF, as it
// does whenever it is called again, and the worker should end.
//
// Without waiting, Get returns ErrNotDone while an item is in hand. When the
// connection to the queue has ended, it returns an error that wraps
// ErrDisconnected, and not io.EOF.
func (r *Remote[T]) Get() (v T, err error) {
	if r.holding {
		return v, ErrNotDone
	}
	reply, item, err := r.ask(reqGet, nil)
	switch {
	case err != nil:
		return v, err
	case reply == repEnd:
		return v, io.EOF
	}
	r.holding = true
	return v, json.Unmarshal(item, &v)
}

// TaskDone says that the item in hand is done, and the hand empty. When TaskDone has returned
// nil that is so for ever, even if the worker dies at once. It returns ErrNoItem if
// there is nothing in this worker's hand, whatever others have, and an error that
// wraps ErrDisconnected when the connection to the queue has ended.
func (r *Remote[T]) TaskDone() error {
	if !r.holding {
		return ErrNoItem
	}
	r.holding = false
	_, _, err := r.ask(reqDone, nil)
	return err
}

// Put adds v to the end of the queue, as Queue.Put does, and waits for room; for
// ever, if all who could make room wait as well. An item may be in the worker's hand
// meanwhile. When Put has returned nil the item is in the queue. It returns
// ErrClosed if the queue is closed, or becomes so while Put waits, an error that
// wraps ErrDisconnected when the connection has ended, and an error of its own if v
// cannot be encoded.
func (r *Remote[T]) Put(v T) error {
	item, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("joinablequeue: put: %w", err)
	}
	reply, _, err := r.ask(reqPut, item)
	if err == nil && reply == repClosed {
		return ErrClosed
	}
	return err
}

// Worker is what a process does with a queue of T. Make it with RegisterWorker.
type Worker[T any] struct {
	target Target[struct{}]
}

// RegisterWorker makes a Worker of f, which will be called in processes that Start
// makes. If f returns an error, the process ends with exit code 1. As with
// Register, every process must do it before Main, so do it where a package-level
// variable is declared; and it panics if name is empty or taken, or f is nil.
func RegisterWorker[T any](name string, f func(q *Remote[T]) error) Worker[T] {
	if f == nil {
		panic("joinablequeue: RegisterWorker needs a function")
	}
	return Worker[T]{Register(name, func(_ struct{}, parent *Pipe) error { return f(NewRemote[T](parent)) })}
}

// Start starts a process that runs w, and lets it use the queue. By the time Start
// returns it counts as a worker. The Process is for those who want to know its Pid, or
// to terminate it; its Pipe belongs to the queue. Errors are those of Process.Start.
func (q *Queue[T]) Start(w Worker[T]) (*Process, error) {
	p := New(w.target, struct{}{})
	if err := p.Start(); err != nil {
		return nil, err
	}
	q.enter()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.processes++
	go q.attend(p)
	return p, nil
}

// attend serves a process until it has ended, and notes how.
func (q *Queue[T]) attend(p *Process) {
	lost := q.serve(p.Pipe())
	p.Join(context.Background())
	code, _ := p.ExitCode()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.processes--
	q.changed.Broadcast()
	if code != 0 || lost != nil {
		q.crashes = append(q.crashes, &WorkerError{Pid: p.Pid(), ExitCode: code, NotDone: lost != nil})
	}
}

// Wait waits until all processes that Start has made have ended, and nothing is left of
// them. It returns nil if each ended as it should, and otherwise the errors.Join of
// one *WorkerError for each that did not, in any order, however long ago that was. When
// ctx ends first, Wait returns ctx.Err(); if no process is left, it does not matter
// what ctx says. Wait does not close the queue: workers end when they get the end mark.
func (q *Queue[T]) Wait(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.await(ctx, func() bool { return q.processes == 0 }); err != nil {
		return err
	}
	return errors.Join(q.crashes...)
}

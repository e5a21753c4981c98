// Package processpool runs calls in a limited number of processes.
package processpool

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// The errors that this executor has besides those that all have.
var (
	ErrBroken      = errors.New("processpool: a worker process died")
	ErrUnknownTask = errors.New("processpool: the worker processes do not know the task")
	ErrNoWorker    = errors.New("processpool: Worker has not been called")
)

// RemoteError is what the future of a call fails with when its function
// returned an error. Only the text of an error travels between processes.
type RemoteError struct {
	Text string // what the error's Error returned, over there
}

// Error returns the text.
func (e *RemoteError) Error() string { return e.Text }

// Function is a task without its types: what a worker process must know of it.
// Every Task is one.
type Function interface {
	Name() string
	Invoke(ctx context.Context, decode func(arg any) error) (result any, err error)
}

// envWorker is set in a process that a pool has started, and there only.
const envWorker = "PROCESSPOOL_WORKER"

// workerCalled: in a program without Worker, each process would start more.
var workerCalled atomic.Bool

// Worker divides the process that uses pools from the processes that work for
// them. Call it first thing in main, or in TestMain, with all functions that are
// ever submitted, each with a name of its own. In a process that a pool has
// started, Worker serves the pool and ends the process; it does not return. In
// every other process it returns at once and does nothing but allow Submit.
//
// What a function prints does not get between the messages to the pool. A worker
// process whose pool has gone, because its process has ended, ends at once,
// whatever it is doing.
func Worker(functions ...Function) {
	workerCalled.Store(true)
	if os.Getenv(envWorker) == "" {
		return
	}
	os.Unsetenv(envWorker) // what this process starts itself is its own business
	known := make(map[string]Function)
	for _, f := range functions {
		known[f.Name()] = f
	}
	in, out := takeStdio()
	if err := serve(in, out, known); err != nil {
		fmt.Fprintf(os.Stderr, "processpool: worker %d: %v\n", os.Getpid(), err)
	}
	os.Exit(1)
}

// request goes to a worker process, as JSON: a call, or the news that Close was
// called.
type request struct {
	Task  string          `json:",omitempty"`
	Arg   json.RawMessage `json:",omitempty"`
	Close bool            `json:",omitempty"`
}

// response comes back, one for each call. How says how the call ended.
type response struct {
	How    outcome
	Result json.RawMessage `json:",omitempty"`
	Text   string          `json:",omitempty"` // of an error or a panic
	Stack  []byte          `json:",omitempty"`
}

type outcome int

const (
	returned outcome = iota
	failed
	panicked
	exited
	unknown
)

// frames carries values in both directions: a length in eight bytes, and JSON.
type frames struct {
	r  *bufio.Reader
	mu sync.Mutex
	w  io.Writer
}

func (f *frames) send(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err = f.w.Write(append(binary.BigEndian.AppendUint64(nil, uint64(len(body))), body...))
	return err
}

func (f *frames) receive(v any) error {
	var size [8]byte
	if _, err := io.ReadFull(f.r, size[:]); err != nil {
		return err
	}
	body := make([]byte, binary.BigEndian.Uint64(size[:]))
	if _, err := io.ReadFull(f.r, body); err != nil {
		return err
	}
	return json.Unmarshal(body, v)
}

// serve is the life of a worker process. It reads all the time, also while a
// function runs: the end of the input means that nobody wants the result.
func serve(in io.Reader, out io.Writer, known map[string]Function) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := make(chan request, 1) // the pool sends one at a time
	pipe := &frames{r: bufio.NewReader(in), w: out}
	go func() {
		for {
			var r request
			if pipe.receive(&r) != nil {
				os.Exit(0)
			}
			if r.Close {
				cancel()
			} else {
				calls <- r
			}
		}
	}()
	for r := range calls {
		if err := pipe.send(perform(ctx, known[r.Task], r.Arg)); err != nil {
			return err
		}
	}
	return nil
}

// perform calls f in a goroutine of its own, which runtime.Goexit may end.
func perform(ctx context.Context, f Function, arg json.RawMessage) response {
	if f == nil {
		return response{How: unknown}
	}
	done := make(chan response, 1)
	go func() {
		r := response{How: exited}
		defer func() {
			if v := recover(); v != nil {
				r = response{How: panicked, Text: fmt.Sprint(v), Stack: debug.Stack()}
			}
			done <- r
		}()
		r = invoke(ctx, f, arg)
	}()
	return <-done
}

func invoke(ctx context.Context, f Function, arg json.RawMessage) response {
	result, err := f.Invoke(ctx, func(v any) error { return json.Unmarshal(arg, v) })
	if err != nil {
		return response{How: failed, Text: err.Error()}
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		return response{How: failed, Text: err.Error()}
	}
	return response{How: returned, Result: encoded}
}

// end ends the future of c, here, with what came back from there.
func (r response) end(c Call) {
	switch r.How {
	case returned:
		c.Finish(func(result any) error { return json.Unmarshal(r.Result, result) })
	case panicked:
		c.Fail(&PanicError{Value: r.Text, Stack: r.Stack})
	case exited:
		c.Fail(ErrGoexit)
	case unknown:
		c.Fail(fmt.Errorf("%w: %s", ErrUnknownTask, c.Task()))
	default:
		c.Fail(&RemoteError{r.Text})
	}
}

// child is a worker process, as the pool sees it. A goroutine reads what it says
// until it ends, and waits for that.
type child struct {
	cmd       *exec.Cmd
	in        io.WriteCloser
	pipe      *frames
	calls     int
	retired   atomic.Bool
	responses chan response // closed when nothing is left of the process
}

func (p *Pool) spawn() (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), envWorker+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := &child{cmd: cmd, in: in, pipe: &frames{r: bufio.NewReader(out), w: in}, responses: make(chan response, 1)}
	go func() {
		for {
			var r response
			if w.pipe.receive(&r) != nil {
				break
			}
			w.responses <- r
		}
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
		if !w.retired.Load() {
			p.breakDown(fmt.Errorf("%w: %s", ErrBroken, cmd.ProcessState))
		}
		close(w.responses)
	}()
	return w, nil
}

// retire ends a process that runs no call, and waits for its end.
func (w *child) retire() {
	w.retired.Store(true)
	w.in.Close()
	for range w.responses {
	}
}

// Pool is an Executor over worker processes. Each process runs one call at a
// time, and one after another: it lives until it has run tasksPerChild calls,
// however they ended, or until the pool ends. How many processes there are
// before they are needed is left open, but never more than the limit are given calls.
//
// Arguments and results travel as JSON. If one cannot, the future fails. It
// fails with an error that wraps ErrUnknownTask if no function with the task's
// name was passed to Worker; with a *RemoteError if the function returned an
// error; with a *PanicError if it panicked, whose Value is the text of the value
// (fmt.Sprint) and whose Stack is that of the worker; with ErrGoexit if it called
// runtime.Goexit. None of this harms the worker.
//
// When a worker process dies, whatever it died of, the pool is broken: the call
// that it had fails with an error that wraps ErrBroken, and so do those that
// have not begun. By the time a future fails so, Submit refuses. Calls that other
// workers run are finished. A worker that dies while it is idle is noticed when a
// call is given to it, or before; that call fails, or is refused, in the same way.
//
// Calls begin in the order in which they were submitted, each as soon as a
// worker is free. A call that is cancelled before that is not run.
type Pool struct {
	workers       int
	tasksPerChild int
	gone          chan struct{}

	mu      sync.Mutex
	more    *sync.Cond
	alive   int             // goroutines, each with a process or none
	busy    map[*child]bool // processes that run calls
	pending []Call
	refusal error
	closed  bool
}

var _ Executor = (*Pool)(nil)

// NewPool returns a pool that runs at most workers calls at a time, each in a
// process. A process that has run tasksPerChild calls is replaced; 0 means never.
// NewPool starts no process. It panics if workers is less than one or
// tasksPerChild less than zero.
func NewPool(workers, tasksPerChild int) *Pool {
	if workers < 1 || tasksPerChild < 0 {
		panic("processpool: NewPool needs a worker, and no negative numbers")
	}
	p := &Pool{workers: workers, tasksPerChild: tasksPerChild, gone: make(chan struct{}), busy: make(map[*child]bool)}
	p.more = sync.NewCond(&p.mu)
	return p
}

// Submit takes c over and returns nil; c will be run, or cancelled by Close, or
// fail because the pool breaks. There is room for any number of calls, so Submit
// does not wait. When it returns an error it has not touched c: ctx.Err() if ctx
// has ended; ErrNoWorker if Worker was not called in this process; ErrShutdown
// once Shutdown or Close was called; an error that wraps ErrBroken once the pool
// is broken. When several of these are true, any of them may be returned.
func (p *Pool) Submit(ctx context.Context, c Call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !workerCalled.Load() {
		return ErrNoWorker
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refusal != nil {
		return p.refusal
	}
	p.pending = append(p.pending, c)
	if p.alive < p.workers {
		p.alive++
		go p.work()
	}
	p.more.Signal()
	return nil
}

// work is a worker's goroutine. It starts its process before the first call.
func (p *Pool) work() {
	var w *child
	defer func() {
		if w != nil {
			w.retire()
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.alive--
		p.endIfGone()
	}()
	for {
		c, more := p.next()
		if !more {
			return
		}
		if !c.Start() {
			continue
		}
		arg, err := json.Marshal(c.Arg())
		if err != nil {
			c.Fail(err)
			continue
		}
		if w == nil {
			if w, err = p.spawn(); err != nil {
				err = fmt.Errorf("%w: %v", ErrBroken, err)
				p.breakDown(err)
				c.Fail(err)
				return
			}
		}
		p.begin(w)
		w.calls++
		w.pipe.send(request{Task: c.Task(), Arg: arg}) // no response comes if that fails
		r, ok := <-w.responses
		p.mu.Lock()
		delete(p.busy, w)
		p.mu.Unlock()
		if !ok {
			w = nil
			c.Fail(p.why())
			continue
		}
		r.end(c)
		if w.calls == p.tasksPerChild {
			w.retire()
			w = nil
		}
	}
}

// begin marks w as busy, and tells it if the pool is closed already.
func (p *Pool) begin(w *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy[w] = true
	if p.closed {
		w.pipe.send(request{Close: true})
	}
}

func (p *Pool) why() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if errors.Is(p.refusal, ErrBroken) {
		return p.refusal
	}
	return ErrBroken
}

func (p *Pool) next() (Call, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.pending) == 0 {
		if p.refusal != nil {
			return nil, false
		}
		p.more.Wait()
	}
	c := p.pending[0]
	p.pending = p.pending[1:]
	return c, true
}

func (p *Pool) breakDown(err error) {
	for _, c := range p.refuse(err, true) {
		if c.Start() {
			c.Fail(err)
		}
	}
}

func (p *Pool) refuse(why error, drop bool) (dropped []Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if drop {
		dropped, p.pending = p.pending, nil
	}
	if p.refusal == nil {
		p.refusal = why
		p.more.Broadcast()
		p.endIfGone()
	}
	return dropped
}

// endIfGone: p.mu is held.
func (p *Pool) endIfGone() {
	select {
	case <-p.gone:
	default:
		if p.refusal != nil && p.alive == 0 {
			close(p.gone)
		}
	}
}

// Shutdown refuses new calls from now on, and waits until every call that was
// taken over has ended and nothing is left of the pool: no process, no zombie, no
// goroutine, no open descriptor. When ctx ends first it returns ctx.Err(); the
// calls go on, and Shutdown or Close may be called again. A broken pool is shut
// down like any other.
func (p *Pool) Shutdown(ctx context.Context) error {
	p.refuse(ErrShutdown, false)
	select {
	case <-p.gone:
		return nil
	default:
	}
	select {
	case <-p.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close refuses new calls as Shutdown does, cancels those that have not begun,
// ends the context of the functions that run, in their processes, and waits
// until these have returned and nothing is left of the pool. It may be called
// after Shutdown, and again, and returns nil.
func (p *Pool) Close() error {
	for _, c := range p.refuse(ErrShutdown, true) {
		c.Cancel()
	}
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		for w := range p.busy {
			w.pipe.send(request{Close: true})
		}
	}
	p.mu.Unlock()
	<-p.gone
	return nil
}

// Package processpool runs calls in a limited number of processes.
package processpool

import (
	"context"
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

// serve is the life of a worker process. It reads all the time, also while a
// function runs: the end of the input means that nobody wants the result.
func serve(in io.Reader, out io.Writer, known map[string]Function) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := make(chan request, 1) // the pool sends one at a time
	go func() {
		requests := json.NewDecoder(in)
		for {
			var r request
			if requests.Decode(&r) != nil {
				os.Exit(0)
			}
			if r.Close {
				cancel()
			} else {
				calls <- r
			}
		}
	}()
	responses := json.NewEncoder(out)
	for r := range calls {
		if err := responses.Encode(perform(ctx, known[r.Task], r.Arg)); err != nil {
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

// child is a worker process, as the pool sees it. One goroutine uses it at a time.
type child struct {
	cmd       *exec.Cmd
	responses *json.Decoder
	calls     int // that it has been given

	in       io.WriteCloser
	sending  sync.Mutex
	requests *json.Encoder
}

// spawn starts this program again, as a worker.
func spawn() (*child, error) {
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
	return &child{cmd: cmd, in: in, requests: json.NewEncoder(in), responses: json.NewDecoder(out)}, nil
}

// call has the process call a function, whose context ends with ctx. After an
// error nothing is left of the process, and the error says how it ended.
func (w *child) call(ctx context.Context, task string, arg json.RawMessage) (r response, err error) {
	w.calls++
	stop := context.AfterFunc(ctx, func() { w.send(request{Close: true}) })
	defer stop()
	if err = w.send(request{Task: task, Arg: arg}); err == nil {
		err = w.responses.Decode(&r)
	}
	if err == nil {
		return r, nil
	}
	state := w.retire()
	if w.cmd.ProcessState.Success() {
		return r, fmt.Errorf("processpool: %s gave no result: %v", task, state)
	}
	return r, fmt.Errorf("%w: it was to run %s: %v", ErrBroken, task, state)
}

func (w *child) send(r request) error {
	w.sending.Lock()
	defer w.sending.Unlock()
	return w.requests.Encode(r)
}

// retire ends the process, unless it runs a call, and waits for its end.
func (w *child) retire() error {
	w.in.Close()
	if err := w.cmd.Wait(); err != nil {
		return err
	}
	return errors.New(w.cmd.ProcessState.String())
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
	workers       int             // limit
	tasksPerChild int             // limit, or 0
	ctx           context.Context // of all functions; ends with Close
	cancel        context.CancelFunc
	gone          chan struct{} // closed when the pool is down and nothing of it is left

	mu      sync.Mutex // guards what follows
	working int        // goroutines that run calls; one that finds nothing to do ends
	idle    []*child   // processes that no goroutine uses
	pending []Call     // not begun; empty unless all work
	refusal error      // what Submit returns; nil while it takes calls over
}

var _ Executor = (*Pool)(nil)

// NewPool returns a pool that runs at most workers calls at a time, each in a
// process. A process that has run tasksPerChild calls is replaced; 0 means never.
// NewPool starts no process. It panics if workers is less than one or
// tasksPerChild less than zero.
func NewPool(workers, tasksPerChild int) *Pool {
	if workers < 1 {
		panic("processpool: fewer than one worker")
	}
	if tasksPerChild < 0 {
		panic("processpool: negative number of tasks per child")
	}
	p := &Pool{workers: workers, tasksPerChild: tasksPerChild, gone: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
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
	switch {
	case p.refusal != nil:
		return p.refusal
	case p.working < p.workers:
		p.working++
		go p.work(c)
	default:
		p.pending = append(p.pending, c)
	}
	return nil
}

// work runs c, then what is pending, and ends when nothing is.
func (p *Pool) work(c Call) {
	for more := true; more; c, more = p.next() {
		if c.Start() {
			p.run(c)
		}
	}
}

// next returns the call to run now. If there is none the goroutine must end,
// and counts as gone.
func (p *Pool) next() (Call, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.pending) == 0 {
		p.working--
		p.checkGone()
		return nil, false
	}
	c := p.pending[0]
	p.pending = p.pending[1:]
	return c, true
}

// run runs a call in a process.
func (p *Pool) run(c Call) {
	arg, err := json.Marshal(c.Arg())
	if err != nil {
		c.Fail(fmt.Errorf("processpool: argument of %s: %w", c.Task(), err))
		return
	}
	w, err := p.take()
	if err != nil {
		p.breakDown(c, fmt.Errorf("%w before it lived: %v", ErrBroken, err))
		return
	}
	r, err := w.call(p.ctx, c.Task(), arg)
	if errors.Is(err, ErrBroken) {
		p.breakDown(c, err)
		return
	}
	if err != nil {
		c.Fail(err)
		return
	}
	r.end(c)
	if w.calls == p.tasksPerChild {
		w.retire()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, w)
}

// take returns an idle process, or a new one if there is none. So there are
// never more processes than goroutines that work, together with the idle ones.
func (p *Pool) take() (*child, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		defer p.mu.Unlock()
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return w, nil
	}
	p.mu.Unlock()
	return spawn()
}

// breakDown is what happens when a process has died with c.
func (p *Pool) breakDown(c Call, err error) {
	pending := p.refuse(err, true)
	c.Fail(err)
	for _, other := range pending {
		if other.Start() {
			other.Fail(err)
		}
	}
}

// refuse lets nobody in any more, and says why. If drop is true it returns the
// calls that have not begun, which the caller must end.
func (p *Pool) refuse(why error, drop bool) (dropped []Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if drop {
		dropped, p.pending = p.pending, nil
	}
	if p.refusal == nil {
		p.refusal = why
		p.checkGone()
	}
	return dropped
}

// checkGone begins the end when nothing else is left to do. p.mu is held.
func (p *Pool) checkGone() {
	if p.refusal != nil && p.working == 0 {
		go p.dismiss(p.idle)
		p.idle = nil
	}
}

func (p *Pool) dismiss(idle []*child) {
	for _, w := range idle {
		w.in.Close() // all at once
	}
	for _, w := range idle {
		w.retire()
	}
	close(p.gone)
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
		c.Cancel() // calls callbacks, so the lock is free
	}
	p.cancel()
	<-p.gone
	return nil
}

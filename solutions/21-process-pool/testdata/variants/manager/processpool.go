// Package processpool runs calls in a limited number of processes.
package processpool

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
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
	takeStdio() // what functions print goes to standard error
	in, out := os.NewFile(3, "requests"), os.NewFile(4, "responses")
	if err := serve(in, out, known); err != nil {
		fmt.Fprintf(os.Stderr, "processpool: worker %d: %v\n", os.Getpid(), err)
	}
	os.Exit(1)
}

// request goes to a worker process, in gob: a call, or the news that Close was
// called.
type request struct {
	Task  string
	Arg   json.RawMessage
	Close bool
}

// response comes back, one for each call. How says how the call ended.
type response struct {
	How    outcome
	Result json.RawMessage
	Text   string // of an error or a panic
	Stack  []byte
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
		requests := gob.NewDecoder(in)
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
	responses := gob.NewEncoder(out)
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

// child is a worker process, as the pool sees it.
type child struct {
	cmd       *exec.Cmd
	in, out   *os.File
	requests  chan request
	written   chan error
	responses *gob.Decoder
	calls     int
}

// spawn starts this program again, with two more pipes. A goroutine of its own
// writes the requests, so that no two are written at the same time.
func spawn() (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, err
	}
	defer theirOut.Close()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), envWorker+"=1")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	if err := cmd.Start(); err != nil {
		in.Close()
		out.Close()
		return nil, err
	}
	w := &child{cmd: cmd, in: in, out: out, requests: make(chan request), written: make(chan error), responses: gob.NewDecoder(out)}
	go func() {
		defer close(w.written)
		encoder := gob.NewEncoder(in)
		for r := range w.requests {
			if err := encoder.Encode(r); !r.Close {
				w.written <- err
			}
		}
	}()
	return w, nil
}

// call returns false if the process is dead.
func (w *child) call(ctx context.Context, r request) (answer response, alive bool) {
	w.calls++
	w.requests <- r
	if <-w.written != nil {
		return answer, false
	}
	over := make(chan struct{})
	told := make(chan struct{})
	go func() {
		defer close(told)
		select {
		case <-ctx.Done():
			w.requests <- request{Close: true}
		case <-over:
		}
	}()
	err := w.responses.Decode(&answer)
	close(over)
	<-told
	return answer, err == nil
}

func (w *child) end() string {
	close(w.requests)
	<-w.written
	w.in.Close()
	w.cmd.Wait()
	w.out.Close()
	return w.cmd.ProcessState.String()
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
	ctx           context.Context
	cancel        context.CancelFunc

	submits  chan submission
	refusals chan refusal
	free     chan *child // nil: a worker has ended
	gone     chan struct{}
	final    error // what Submit returns when all have gone
}

var _ Executor = (*Pool)(nil)

type submission struct {
	call   Call
	answer chan error
}

// refusal has the pool refuse from now on; it hands out what has not begun.
type refusal struct {
	why     error
	drop    bool
	dropped chan []Call
}

// NewPool returns a pool that runs at most workers calls at a time, each in a
// process. A process that has run tasksPerChild calls is replaced; 0 means never.
// NewPool starts no process. It panics if workers is less than one or
// tasksPerChild less than zero.
func NewPool(workers, tasksPerChild int) *Pool {
	if workers < 1 || tasksPerChild < 0 {
		panic("processpool: NewPool needs a worker, and no negative numbers")
	}
	p := &Pool{
		workers: workers, tasksPerChild: tasksPerChild,
		submits: make(chan submission), refusals: make(chan refusal), free: make(chan *child), gone: make(chan struct{}),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	go p.manage()
	return p
}

// manage alone knows the state of the pool.
func (p *Pool) manage() {
	var pending []Call
	var idle []*child
	working := 0
	for p.final == nil || working > 0 || len(pending) > 0 {
		for working < p.workers && len(pending) > 0 {
			var w *child
			if n := len(idle); n > 0 {
				w, idle = idle[n-1], idle[:n-1]
			}
			working++
			go p.run(w, pending[0])
			pending = pending[1:]
		}
		select {
		case s := <-p.submits:
			if p.final == nil {
				pending = append(pending, s.call)
			}
			s.answer <- p.final
		case r := <-p.refusals:
			if p.final == nil {
				p.final = r.why
			}
			if r.drop {
				r.dropped <- pending
				pending = nil
			} else {
				r.dropped <- nil
			}
		case w := <-p.free:
			working--
			if w != nil {
				idle = append(idle, w)
			}
		}
	}
	for _, w := range idle {
		w.end()
	}
	close(p.gone)
}

// run runs a call in w, or in a new process.
func (p *Pool) run(w *child, c Call) {
	defer func() { p.free <- w }()
	if !c.Start() {
		return
	}
	arg, err := json.Marshal(c.Arg())
	if err != nil {
		c.Fail(err)
		return
	}
	if w == nil {
		if w, err = spawn(); err != nil {
			p.breakDown(c, fmt.Errorf("%w: %v", ErrBroken, err))
			return
		}
	}
	answer, alive := w.call(p.ctx, request{Task: c.Task(), Arg: arg})
	if !alive {
		w.cmd.Process.Kill()
		how := w.end()
		w = nil
		p.breakDown(c, fmt.Errorf("%w: %s", ErrBroken, how))
		return
	}
	answer.end(c)
	if w.calls == p.tasksPerChild {
		w.end()
		w = nil
	}
}

func (p *Pool) breakDown(c Call, err error) {
	pending := p.refuse(err, true)
	c.Fail(err)
	for _, other := range pending {
		if other.Start() {
			other.Fail(err)
		}
	}
}

func (p *Pool) refuse(why error, drop bool) []Call {
	r := refusal{why, drop, make(chan []Call)}
	select {
	case p.refusals <- r:
		return <-r.dropped
	case <-p.gone:
		return nil
	}
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
	s := submission{c, make(chan error)}
	select {
	case p.submits <- s:
		return <-s.answer
	case <-p.gone:
		return p.final
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
	p.cancel()
	<-p.gone
	return nil
}

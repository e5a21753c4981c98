// This file is what exercise 10 builds: processes, and pipes between them.

package joinablequeue

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
)

// The errors that misuse is answered with. Test for them with errors.Is.
var (
	ErrStarted       = errors.New("joinablequeue: already started")
	ErrNotStarted    = errors.New("joinablequeue: not started")
	ErrNoMain        = errors.New("joinablequeue: Main has not been called")
	ErrNotRegistered = errors.New("joinablequeue: the target is not registered")
)

// envChild is set in a process that Start has made, and there only.
const envChild = "JOINABLEQUEUE_CHILD"

// entry is a registered function, for a child: it decodes its argument itself.
type entry func(arg []byte, parent *Pipe) error

var (
	functions  sync.Map // from name to entry
	mainCalled atomic.Bool
)

// Target is a function that processes can run. Make it with Register or
// RegisterRunner: the zero Target is not registered.
type Target[A any] struct {
	name string
}

// Register makes f known under name, so that New can make processes that call
// it. Every process of the program must register the same functions, before it
// calls Main: do it where a package-level variable is declared.
//
//	var square = joinablequeue.Register("square", func(n int, parent *joinablequeue.Pipe) error { … })
//
// Register panics if name is empty or taken, or f is nil.
func Register[A any](name string, f func(arg A, parent *Pipe) error) Target[A] {
	if name == "" || f == nil {
		panic("joinablequeue: Register needs a name and a function")
	}
	call := entry(func(raw []byte, parent *Pipe) error {
		var arg A
		if err := json.Unmarshal(raw, &arg); err != nil {
			return fmt.Errorf("joinablequeue: argument of %s: %w", name, err)
		}
		return f(arg, parent)
	})
	if _, taken := functions.LoadOrStore(name, call); taken {
		panic("joinablequeue: " + name + " is registered twice")
	}
	return Target[A]{name}
}

// Runner is what a process does. A type with a Run method takes the part of a
// class that derives from Process and overrides run.
type Runner interface {
	// Run is called once, in the process. parent leads to the one who started it.
	Run(parent *Pipe) error
}

// RegisterRunner makes a type known under name, as Register does with a
// function. The process gets a copy of the Runner that was passed to New and
// calls its Run. R may be a pointer type.
func RegisterRunner[R Runner](name string) Target[R] {
	return Register(name, func(r R, parent *Pipe) error { return r.Run(parent) })
}

// Main divides parents from children. Call it first thing in main, or in
// TestMain, when everything is registered. In a process that Start has made,
// Main runs the target and ends the process; it does not return. In every other
// process it returns at once and does nothing but allow Start.
//
// What a target prints does not get between its messages. A process whose parent
// has gone ends at once, whatever it is doing, even if there are messages that
// it has not received.
func Main() {
	mainCalled.Store(true)
	if os.Getenv(envChild) == "" {
		return
	}
	os.Unsetenv(envChild) // what this process starts itself is its own business
	in, out := takeStdio()
	if err := serve(in, out); err != nil {
		fmt.Fprintf(os.Stderr, "process %d: %v\n", os.Getpid(), err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve is a child's life: it is told what to call, and calls it.
func serve(in io.Reader, out io.Writer) error {
	inbox := newSpool()
	go func() {
		io.Copy(inbox, in)
		os.Exit(1) // the input ends only when the parent has gone
	}()
	parent := NewPipe(inbox, out)
	name, err := parent.Recv()
	if err != nil {
		return err
	}
	arg, err := parent.Recv()
	if err != nil {
		return err
	}
	call, ok := functions.Load(string(name))
	if !ok {
		return fmt.Errorf("%w in this process: %s", ErrNotRegistered, name)
	}
	return call.(entry)(arg, parent)
}

// Process is a process that runs one Target. The zero Process is of no use.
// All methods may be called at any time, from any number of goroutines.
type Process struct {
	name string
	arg  func() ([]byte, error)
	done chan struct{} // closed when the process has ended and nothing of it is left

	mu   sync.Mutex // guards what follows, which Start sets
	cmd  *exec.Cmd
	pipe *Pipe

	code int // set before done is closed
}

// New returns a process that will call target with arg once it is started. The
// argument travels as JSON: what encoding/json does not write, such as fields in
// lower case, does not arrive. It may be of any size.
func New[A any](target Target[A], arg A) *Process {
	return &Process{
		name: target.name,
		arg:  func() ([]byte, error) { return json.Marshal(arg) },
		done: make(chan struct{}),
	}
}

// Start starts the process and does not wait for its function. It returns
// ErrStarted if that has been done before, also when the process has ended
// since; ErrNoMain if Main has not been called in this process; ErrNotRegistered
// for a zero Target; and an error if the argument cannot be encoded or the
// process not be made. After any error but ErrStarted it counts as not started.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.cmd != nil:
		return ErrStarted
	case !mainCalled.Load():
		return ErrNoMain
	case p.name == "":
		return ErrNotRegistered
	}
	arg, err := p.arg()
	if err != nil {
		return fmt.Errorf("joinablequeue: argument of %s: %w", p.name, err)
	}
	in, out, err := p.spawn()
	if err != nil {
		return fmt.Errorf("joinablequeue: start %s: %w", p.name, err)
	}
	inbox := newSpool()
	p.pipe = NewPipe(inbox, in)
	go p.attend(in, out, inbox)
	if p.pipe.Send([]byte(p.name)) == nil {
		p.pipe.Send(arg) // a child that does not live to read this has an exit code that says so
	}
	return nil
}

// spawn starts this program again and returns our ends of its standard input and output.
func (p *Process) spawn() (in, out *os.File, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	defer theirOut.Close()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), envChild+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirIn, theirOut, os.Stderr
	if err := cmd.Start(); err != nil {
		in.Close()
		out.Close()
		return nil, nil, err
	}
	p.cmd = cmd
	return in, out, nil
}

// attend reads what the child says until it has ended, and clears up after it.
func (p *Process) attend(in, out *os.File, inbox *spool) {
	io.Copy(inbox, out)
	inbox.close()
	p.cmd.Wait()
	in.Close()
	out.Close()
	p.code = p.cmd.ProcessState.ExitCode()
	close(p.done)
}

// started returns what Start has set, or nils.
func (p *Process) started() (*exec.Cmd, *Pipe) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd, p.pipe
}

// Join waits until the process has ended and returns nil, however it ended. Then
// nothing of it is left here: no zombie, no goroutine, no open descriptor. Any
// number of goroutines may join a process, before and after its end. When ctx
// ends first, Join returns ctx.Err() and leaves the process alone; a process
// that has ended counts as ended, whatever ctx says. Without waiting, Join
// returns ErrNotStarted if the process has not been started.
//
// Join does not receive: a process that waits in Send for somebody to receive
// may wait for ever, and Join with it.
func (p *Process) Join(ctx context.Context) error {
	if cmd, _ := p.started(); cmd == nil {
		return ErrNotStarted
	}
	if _, ended := p.ExitCode(); ended {
		return nil
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ExitCode returns how the process ended, and whether it has: 0 if its function
// returned nil; 1 if it returned an error, or was not registered over there; 2
// if it panicked; what it said if it called os.Exit; a negative number if the
// process was killed.
func (p *Process) ExitCode() (code int, ended bool) {
	select {
	case <-p.done:
		return p.code, true
	default:
		return 0, false
	}
}

// Alive reports whether the process has been started and has not ended.
func (p *Process) Alive() bool {
	cmd, _ := p.started()
	_, ended := p.ExitCode()
	return cmd != nil && !ended
}

// Terminate kills the process, and does not wait for its end. A process that has
// ended stays as it is, and that is no error. Terminate returns ErrNotStarted
// if the process has not been started.
func (p *Process) Terminate() error {
	cmd, _ := p.started()
	if cmd == nil {
		return ErrNotStarted
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("joinablequeue: terminate %s: %w", p.name, err)
	}
	return nil
}

// Pid returns the number of the process, also after its end, and 0 before Start.
func (p *Process) Pid() int {
	if cmd, _ := p.started(); cmd != nil {
		return cmd.Process.Pid
	}
	return 0
}

// PPid returns the number of the process that started it, and 0 before Start.
func (p *Process) PPid() int {
	if cmd, _ := p.started(); cmd != nil {
		return os.Getpid()
	}
	return 0
}

// Pipe returns our end of the pipe between us and the process, always the same
// one, and nil before Start. The other end is what its function gets.
func (p *Process) Pipe() *Pipe {
	_, pipe := p.started()
	return pipe
}

// Pipe is one end of a connection that carries messages in both directions. A
// message is any number of bytes, none included; what is sent as one is received
// as one. Both ends must be a Pipe. All methods may be called from any number of
// goroutines; somebody who receives holds up nobody who sends.
type Pipe struct {
	sending sync.Mutex
	w       *bufio.Writer

	receiving sync.Mutex
	r         *bufio.Reader
}

// NewPipe returns an end that reads from r and writes to w. It starts nothing
// and reads nothing before Recv is called.
func NewPipe(r io.Reader, w io.Writer) *Pipe {
	return &Pipe{r: bufio.NewReader(r), w: bufio.NewWriter(w)}
}

// Send sends a message, and may wait until there is room for it. When Send has
// returned the message is on its way, even if this process ends, and msg is the
// caller's again. It returns an error if it could not be written: the other side
// has gone. Messages of several senders do not mix.
func (p *Pipe) Send(msg []byte) error {
	p.sending.Lock()
	defer p.sending.Unlock()
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(msg)))
	p.w.Write(size[:]) // an error stays with the writer, and comes with Flush
	p.w.Write(msg)
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("joinablequeue: send: %w", err)
	}
	return nil
}

// Recv waits for the next message and returns it; the slice is the caller's. All
// that was sent can be received, also when the sender has ended since. After
// that Recv returns io.EOF. If the sender ended in the middle of a message, Recv
// returns io.ErrUnexpectedEOF instead of a part of it.
func (p *Pipe) Recv() ([]byte, error) {
	p.receiving.Lock()
	defer p.receiving.Unlock()
	var size [8]byte
	if _, err := io.ReadFull(p.r, size[:]); err != nil {
		return nil, err // io.EOF, if not even one byte came
	}
	msg := make([]byte, binary.BigEndian.Uint64(size[:]))
	if _, err := io.ReadFull(p.r, msg); err == io.EOF {
		return nil, io.ErrUnexpectedEOF
	} else if err != nil {
		return nil, err
	}
	return msg, nil
}

// spool is a pipe with room for everything, so that whoever fills it is never
// held up: a child must see the end of its input even if nobody receives.
type spool struct {
	mu     sync.Mutex
	more   *sync.Cond
	buf    bytes.Buffer
	closed bool
}

func newSpool() *spool {
	s := &spool{}
	s.more = sync.NewCond(&s.mu)
	return s
}

func (s *spool) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more.Broadcast()
	return s.buf.Write(b)
}

func (s *spool) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.more.Broadcast()
}

// Read waits until there is something, or will never be.
func (s *spool) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.buf.Len() == 0 && !s.closed {
		s.more.Wait()
	}
	return s.buf.Read(b)
}

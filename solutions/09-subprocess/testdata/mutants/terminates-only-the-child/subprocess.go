// Package subprocess runs other programs: it feeds them, reads what they write,
// ends them at a deadline, and leaves nothing of them behind.
package subprocess

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// Command says what to run.
type Command struct {
	Path string   // the program
	Args []string // its arguments, without the program's name
	Env  []string // its environment, as "NAME=value"; nil means the same as ours

	// What the process reads and writes. A file is handed on as it is, and
	// remains the caller's to close; nil means a pipe between it and us.
	Stdin, Stdout, Stderr *os.File
}

// Status says how a process ended.
type Status struct {
	Code   int            // its exit code, or -1 if a signal ended it
	Signal syscall.Signal // the signal that ended it, or 0
}

// Result is what remains of a process: how it ended, and what it wrote into
// pipes. What it wrote into files of the caller's is not in it.
type Result struct {
	Status
	Stdout, Stderr []byte
}

// Process is a program that was started. Communicate may be called once, the
// other methods at any time, by any number of goroutines.
type Process struct {
	cmd      *exec.Cmd
	stdin    *os.File // our end; nil if the command brought a file
	stdout   bytes.Buffer
	stderr   bytes.Buffer
	draining sync.WaitGroup

	mu     sync.Mutex // held while the group is signalled, and while its leader is reaped
	reaped bool

	done chan struct{} // closed when all is over; what is above does not change any more
}

// Start starts a process as the leader of a new process group and does not wait
// for it. What it writes into pipes is read and kept from now on, so it never
// stands still because nobody reads. Its input, if that is a pipe, stays open
// until Communicate has written to it or the process has ended.
//
// When the process ends, however that comes about, what is left of its group is
// killed. Once Poll, Wait or Communicate has said that it ended, there is no
// zombie, no process of the group alive and no descriptor open.
//
// If the program cannot be started, Start returns the error of package exec and
// nothing has changed.
func Start(c Command) (*Process, error) {
	p := &Process{cmd: exec.Command(c.Path, c.Args...), done: make(chan struct{})}
	p.cmd.Env = c.Env
	setGroup(p.cmd)
	var ends pipes
	defer ends.close(&ends.theirs) // the process has copies of its own
	stdin, toStdin := ends.stream(c.Stdin, true)
	stdout, fromStdout := ends.stream(c.Stdout, false)
	stderr, fromStderr := ends.stream(c.Stderr, false)
	if ends.err == nil {
		p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, stdout, stderr
		ends.err = p.cmd.Start()
	}
	if ends.err != nil {
		ends.close(&ends.ours)
		return nil, ends.err
	}
	p.stdin = toStdin
	p.drain(&p.stdout, fromStdout)
	p.drain(&p.stderr, fromStderr)
	go p.reap()
	return p, nil
}

// pipes collects the ends of the pipes that Start makes.
type pipes struct {
	theirs, ours []*os.File
	err          error // of the first that could not be made
}

// stream returns what the process gets for a stream that it reads or writes, and
// our end of it if that is a new pipe.
func (s *pipes) stream(given *os.File, reads bool) (theirs, ours *os.File) {
	if given != nil {
		return given, nil
	}
	r, w, err := os.Pipe()
	s.err = cmp.Or(s.err, err)
	theirs, ours = w, r
	if reads {
		theirs, ours = r, w
	}
	s.theirs, s.ours = append(s.theirs, theirs), append(s.ours, ours)
	return theirs, ours
}

func (s *pipes) close(ends *[]*os.File) {
	for _, f := range *ends {
		f.Close() // of a nil file too: that is an error, which does not matter
	}
}

// drain reads what the process writes into a pipe until nobody has the other end open.
func (p *Process) drain(to *bytes.Buffer, from *os.File) {
	if from == nil {
		return
	}
	p.draining.Go(func() {
		defer from.Close()
		io.Copy(to, from)
	})
}

// reap waits for the end, and clears up. As long as the process is a zombie its
// number, which is the group's too, belongs to nobody else.
func (p *Process) reap() {
	awaitEnd(p.cmd.Process)
	p.mu.Lock()
	signalGroup(p.cmd.Process, syscall.SIGKILL)
	p.cmd.Wait() // the state says more than the error
	p.reaped = true
	p.mu.Unlock()
	if p.stdin != nil {
		p.stdin.Close()
	}
	p.draining.Wait()
	close(p.done)
}

// Pid returns the number of the process, which is the number of its group.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Communicate writes input to the process and closes its standard input, while
// what it writes is read, and returns when it has ended. A process need not read
// its input: what it leaves is dropped, and is no error. Input is not used if
// the Command brought a Stdin of its own. No exit code is an error either.
//
// When ctx ends first, the whole group is killed; Communicate returns ctx.Err(),
// and the Result has the status and what was written until then.
func (p *Process) Communicate(ctx context.Context, input []byte) (Result, error) {
	var feeding sync.WaitGroup
	if p.stdin != nil {
		feeding.Go(func() {
			defer p.stdin.Close()
			p.stdin.Write(input)
		})
	}
	_, err := p.Wait(ctx)
	if err != nil {
		p.Kill()
		<-p.done
	}
	feeding.Wait()
	return Result{Status: p.status(), Stdout: p.stdout.Bytes(), Stderr: p.stderr.Bytes()}, err
}

// Poll says, without waiting, whether the process has ended, and how.
func (p *Process) Poll() (s Status, ended bool) {
	select {
	case <-p.done:
		return p.status(), true
	default:
		return Status{}, false
	}
}

// Wait waits until the process has ended and says how. When ctx ends first it
// returns ctx.Err(), and the process goes on.
func (p *Process) Wait(ctx context.Context) (Status, error) {
	select {
	case <-p.done:
		return p.status(), nil
	case <-ctx.Done():
		return Status{}, ctx.Err()
	}
}

// status is for when all is over.
func (p *Process) status() Status {
	s := Status{Code: p.cmd.ProcessState.ExitCode()}
	if w, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		s.Signal = w.Signal()
	}
	return s
}

// Terminate asks every process of the group to end, by SIGTERM, and does not
// wait for them. They may refuse. (On Windows it is the same as Kill.) It returns
// os.ErrProcessDone, and sends nothing, once the process is known to have ended.
func (p *Process) Terminate() error { return p.signal(syscall.SIGTERM) }

// Kill ends every process of the group, by SIGKILL, and does not wait for them.
// It returns os.ErrProcessDone, and sends nothing, once the process is known to
// have ended.
func (p *Process) Kill() error { return p.signal(syscall.SIGKILL) }

func (p *Process) signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return os.ErrProcessDone
	}
	if sig == syscall.SIGTERM {
		return p.cmd.Process.Signal(sig)
	}
	return signalGroup(p.cmd.Process, sig)
}

// Run starts a process and communicates with it. When ctx has ended before,
// nothing is started and Run returns ctx.Err().
func Run(ctx context.Context, c Command, input []byte) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	p, err := Start(c)
	if err != nil {
		return Result{}, err
	}
	return p.Communicate(ctx, input)
}

// Pipeline runs a | b | c: the first command gets the input, each one's standard
// output is the next one's standard input, and all run at the same time. It
// returns a Result for each when all have ended. One that ends early ends nobody
// else: those before it find the pipe broken, those after it find its end.
//
// The Stdin of the first and the Stdout of the last command mean what they mean
// elsewhere; the others are Pipeline's to set. When ctx ends first, all groups
// are killed and Pipeline returns ctx.Err() with the results; when it has ended
// before, nothing is started. If one cannot be started, Pipeline kills those
// that were, waits for them and returns that error without results.
func Pipeline(ctx context.Context, input []byte, commands ...Command) ([]Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	processes, err := startAll(commands)
	if err != nil {
		for _, p := range processes {
			p.Kill()
			<-p.done
		}
		return nil, err
	}
	results, errs := make([]Result, len(processes)), make([]error, len(processes))
	var all sync.WaitGroup
	for i, p := range processes {
		all.Go(func() { results[i], errs[i] = p.Communicate(ctx, input) })
	}
	all.Wait()
	return results, cmp.Or(errs...)
}

// startAll starts the commands, each reading what the one before it writes.
// After an error it returns those that were started. No end of a pipe between
// two processes stays open here, or one of them would not learn that the other
// has gone.
func startAll(commands []Command) (started []*Process, err error) {
	var before *os.File // what the next one reads
	for i, c := range commands {
		var after *os.File
		if i > 0 {
			c.Stdin = before
		}
		if i < len(commands)-1 {
			if after, c.Stdout, err = os.Pipe(); err != nil {
				before.Close()
				return started, err
			}
		}
		p, err := Start(c)
		if i > 0 {
			c.Stdin.Close()
		}
		if i < len(commands)-1 {
			c.Stdout.Close()
		}
		if err != nil {
			after.Close()
			return started, err
		}
		started, before = append(started, p), after
	}
	return started, nil
}

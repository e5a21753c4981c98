// Package subprocess runs other programs: it feeds them, reads what they write,
// ends them at a deadline, and leaves nothing of them behind.
package subprocess

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
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

// Process is served by one goroutine, which alone sends signals. It shares
// nothing but what it has written when over is closed.
type Process struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	signals chan request
	over    chan struct{}
	result  Result // complete once over is closed
}

type request struct {
	signal syscall.Signal
	answer chan error
}

func Start(c Command) (*Process, error) {
	p := &Process{cmd: exec.Command(c.Path, c.Args...), signals: make(chan request), over: make(chan struct{})}
	p.cmd.Env = c.Env
	setGroup(p.cmd)
	outputs := [2]io.ReadCloser{}
	var err error
	if c.Stdin != nil {
		p.cmd.Stdin = c.Stdin
	} else if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if c.Stdout != nil {
		p.cmd.Stdout = c.Stdout
	} else if outputs[0], err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if c.Stderr != nil {
		p.cmd.Stderr = c.Stderr
	} else if outputs[1], err = p.cmd.StderrPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.serve(outputs)
	return p, nil
}

// serve is the goroutine of the process.
func (p *Process) serve(outputs [2]io.ReadCloser) {
	var texts [2]chan []byte
	for i, from := range outputs {
		texts[i] = make(chan []byte, 1)
		go func() { texts[i] <- readAll(from) }()
	}
	exited := make(chan struct{})
	go func() { awaitEnd(p.cmd.Process); close(exited) }()
	for running := true; running; {
		select {
		case r := <-p.signals:
			r.answer <- signalGroup(p.cmd.Process, r.signal)
		case <-exited:
			running = false
		}
	}
	signalGroup(p.cmd.Process, syscall.SIGKILL)
	p.result.Stdout, p.result.Stderr = <-texts[0], <-texts[1]
	var failed *exec.ExitError
	if errors.As(p.cmd.Wait(), &failed) {
		p.result.Code = failed.ExitCode()
		if w, ok := failed.Sys().(syscall.WaitStatus); ok && w.Signaled() {
			p.result.Signal = w.Signal()
		}
	}
	close(p.over)
}

func readAll(from io.Reader) []byte {
	if from == nil {
		return nil
	}
	text, _ := io.ReadAll(from)
	return text
}

func (p *Process) Pid() int { return p.cmd.Process.Pid }

func (p *Process) Communicate(ctx context.Context, input []byte) (Result, error) {
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		if p.stdin != nil {
			p.stdin.Write(input)
			p.stdin.Close()
		}
	}()
	var err error
	select {
	case <-p.over:
	case <-ctx.Done():
		err = ctx.Err()
		p.Kill()
		<-p.over
	}
	<-fed
	return p.result, err
}

func (p *Process) Poll() (Status, bool) {
	select {
	case <-p.over:
		return p.result.Status, true
	default:
		return Status{}, false
	}
}

func (p *Process) Wait(ctx context.Context) (Status, error) {
	select {
	case <-p.over:
		return p.result.Status, nil
	case <-ctx.Done():
		return Status{}, ctx.Err()
	}
}

func (p *Process) Terminate() error { return p.send(syscall.SIGTERM) }

func (p *Process) Kill() error { return p.send(syscall.SIGKILL) }

func (p *Process) send(sig syscall.Signal) error {
	r := request{sig, make(chan error, 1)}
	select {
	case p.signals <- r:
		return <-r.answer
	case <-p.over:
		return os.ErrProcessDone
	}
}

func Run(ctx context.Context, c Command, input []byte) (Result, error) {
	results, err := Pipeline(ctx, input, c)
	if len(results) == 0 {
		return Result{}, err
	}
	return results[0], err
}

// Pipeline starts the last program first, so that each one finds its reader.
func Pipeline(ctx context.Context, input []byte, commands ...Command) ([]Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n := len(commands)
	processes := make([]*Process, n)
	giveUp := func(err error) ([]Result, error) {
		for _, p := range processes {
			if p != nil {
				p.Kill()
				<-p.over
			}
		}
		return nil, err
	}
	var next *os.File // where the one before writes to
	for i := n - 1; i >= 0; i-- {
		c, write := commands[i], next
		if write != nil {
			c.Stdout = write
		}
		next = nil
		if i > 0 {
			r, w, err := os.Pipe()
			if err != nil {
				write.Close()
				return giveUp(err)
			}
			c.Stdin, next = r, w
		}
		p, err := Start(c)
		write.Close()
		if i > 0 {
			c.Stdin.Close()
		}
		if err != nil {
			next.Close()
			return giveUp(err)
		}
		processes[i] = p
	}
	type outcome struct {
		i   int
		r   Result
		err error
	}
	outcomes := make(chan outcome)
	for i, p := range processes {
		go func() {
			r, err := p.Communicate(ctx, input)
			outcomes <- outcome{i, r, err}
		}()
	}
	results := make([]Result, n)
	var failure error
	for range n {
		o := <-outcomes
		results[o.i] = o.r
		if o.err != nil {
			failure = o.err
		}
	}
	return results, failure
}

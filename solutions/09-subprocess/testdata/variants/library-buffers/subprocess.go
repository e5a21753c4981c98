// Package subprocess runs other programs: it feeds them, reads what they write,
// ends them at a deadline, and leaves nothing of them behind.
package subprocess

import (
	"bytes"
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

// Process leaves the reading to package os/exec, and what is known about the
// end to a lock with a condition variable.
type Process struct {
	cmd            *exec.Cmd
	stdin          io.WriteCloser
	stdout, stderr bytes.Buffer

	mu     sync.Mutex
	change sync.Cond
	ended  bool
	status Status
}

func Start(c Command) (*Process, error) {
	p := &Process{cmd: exec.Command(c.Path, c.Args...)}
	p.change.L = &p.mu
	p.cmd.Env = c.Env
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if c.Stdout != nil {
		p.cmd.Stdout = c.Stdout
	}
	if c.Stderr != nil {
		p.cmd.Stderr = c.Stderr
	}
	if c.Stdin != nil {
		p.cmd.Stdin = c.Stdin
	} else {
		var err error
		if p.stdin, err = p.cmd.StdinPipe(); err != nil {
			return nil, err
		}
	}
	setGroup(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.watch()
	return p, nil
}

// watch waits for the process first and for its output afterwards: Wait of
// package os/exec alone would wait for whoever holds the pipes.
func (p *Process) watch() {
	state, _ := p.cmd.Process.Wait()
	signalGroup(p.cmd.Process, syscall.SIGKILL)
	p.cmd.Wait() // for the output; the process has been waited for
	s := Status{Code: state.ExitCode()}
	if w, ok := state.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		s.Signal = w.Signal()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended, p.status = true, s
	p.change.Broadcast()
}

func (p *Process) Pid() int { return p.cmd.Process.Pid }

func (p *Process) Communicate(ctx context.Context, input []byte) (Result, error) {
	stop := context.AfterFunc(ctx, func() { p.Kill() })
	if p.stdin != nil {
		p.stdin.Write(input)
		p.stdin.Close()
	}
	s, _ := p.Wait(context.Background())
	r := Result{Status: s, Stdout: p.stdout.Bytes(), Stderr: p.stderr.Bytes()}
	if !stop() {
		return r, ctx.Err()
	}
	return r, nil
}

func (p *Process) Poll() (Status, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status, p.ended
}

func (p *Process) Wait(ctx context.Context) (Status, error) {
	defer context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.change.Broadcast()
	})()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.ended {
		if err := ctx.Err(); err != nil {
			return Status{}, err
		}
		p.change.Wait()
	}
	return p.status, nil
}

func (p *Process) Terminate() error { return p.signal(syscall.SIGTERM) }

func (p *Process) Kill() error { return p.signal(syscall.SIGKILL) }

func (p *Process) signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return os.ErrProcessDone
	}
	return signalGroup(p.cmd.Process, sig)
}

func Run(ctx context.Context, c Command, input []byte) (Result, error) {
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	p, err := Start(c)
	if err != nil {
		return Result{}, err
	}
	return p.Communicate(ctx, input)
}

// Pipeline makes all pipes first.
func Pipeline(ctx context.Context, input []byte, commands ...Command) ([]Result, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	commands = append([]Command(nil), commands...)
	var pipes []*os.File
	closeAll := func() {
		for _, f := range pipes {
			f.Close()
		}
	}
	for i := 1; i < len(commands); i++ {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll()
			return nil, err
		}
		pipes = append(pipes, r, w)
		commands[i-1].Stdout, commands[i].Stdin = w, r
	}
	var running []*Process
	var failure error
	for _, c := range commands {
		p, err := Start(c)
		if err != nil {
			failure = err
			break
		}
		running = append(running, p)
	}
	closeAll()
	results := make([]Result, len(running))
	if failure != nil {
		for _, p := range running {
			p.Kill()
			p.Wait(context.Background())
		}
		return nil, failure
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, p := range running {
		all.Go(func() {
			r, err := p.Communicate(ctx, input)
			mu.Lock()
			defer mu.Unlock()
			results[i] = r
			if err != nil {
				failure = err
			}
		})
	}
	all.Wait()
	return results, failure
}

// Package subprocess runs other programs: it feeds them, reads what they write,
// ends them at a deadline, and leaves nothing of them behind.
package subprocess

import (
	"context"
	"os"
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
	// TODO: what must a process remember?
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
// If the program cannot be started, Start returns the error of package os/exec and
// nothing has changed.
func Start(c Command) (*Process, error) {
	return &Process{}, nil // TODO
}

// Pid returns the number of the process, which is the number of its group.
func (p *Process) Pid() int {
	return 0 // TODO
}

// Communicate writes input to the process and closes its standard input, while
// what it writes is read, and returns when it has ended. A process need not read
// its input: what it leaves is dropped, and is no error. Input is not used if
// the Command brought a Stdin of its own. No exit code is an error either.
//
// When ctx ends first, the whole group is killed; Communicate returns ctx.Err(),
// and the Result has the status and what was written until then.
func (p *Process) Communicate(ctx context.Context, input []byte) (Result, error) {
	return Result{}, nil // TODO
}

// Poll says, without waiting, whether the process has ended, and how.
func (p *Process) Poll() (s Status, ended bool) {
	return Status{}, false // TODO
}

// Wait waits until the process has ended and says how. When ctx ends first it
// returns ctx.Err(), and the process goes on.
func (p *Process) Wait(ctx context.Context) (Status, error) {
	return Status{}, nil // TODO
}

// Terminate asks every process of the group to end, by SIGTERM, and does not
// wait for them. They may refuse. (On Windows it is the same as Kill.) It returns
// os.ErrProcessDone, and sends nothing, once the process is known to have ended.
func (p *Process) Terminate() error {
	return nil // TODO
}

// Kill ends every process of the group, by SIGKILL, and does not wait for them.
// It returns os.ErrProcessDone, and sends nothing, once the process is known to
// have ended.
func (p *Process) Kill() error {
	return nil // TODO
}

// Run starts a process and communicates with it. When ctx has ended before,
// nothing is started and Run returns ctx.Err().
func Run(ctx context.Context, c Command, input []byte) (Result, error) {
	return Result{}, nil // TODO
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
	return nil, nil // TODO
}

// Package gil is a tiny interpreter. Its threads run programs of instructions,
// either under a global interpreter lock, one thread at a time, or freely.
package gil

import (
	"sync"
	"sync/atomic"
)

// DefaultSwitchInterval is the switch interval of a new interpreter.
const DefaultSwitchInterval = 100

// Instr is one instruction of a program, made by [Compute] or [IO].
type Instr struct {
	do     func()
	blocks bool
}

// Compute makes an instruction that computes: a thread that comes to it calls f
// with the GIL held. f must not wait for another thread of its interpreter,
// which would need the GIL too, and must not panic.
func Compute(f func()) Instr { return Instr{do: f} }

// IO makes an instruction that may block: a thread that comes to it calls f
// without the GIL, so that others compute meanwhile. Afterwards the thread needs
// the GIL again to go on computing, and queues for it behind those who wait
// already. Whether a thread without the GIL queues for it to begin an IO, as the
// first instruction, after another IO or at the end of its turn, is left open.
// f must not panic.
func IO(f func()) Instr { return Instr{do: f, blocks: true} }

// Program is what a thread runs: its instructions, one after another. Running
// it does not change it; several threads may run the same one.
type Program []Instr

// Interpreter runs programs. In one with a GIL, at most one thread at a time is
// inside a Compute instruction, and threads take turns. A turn begins when a
// thread gets the GIL and ends when it comes to an IO, comes to the end of its
// program, or gives way: when it has run as many instructions in its turn as
// the switch interval says, and others wait, it hands the GIL over and queues
// behind them; it never gives way earlier. If nobody waits then, it goes on,
// and gives way after as many instructions again at the latest. Whoever gives
// up the GIL hands it to the thread that has waited longest.
//
// Each interpreter has its own GIL: an instruction of one may use another. An
// interpreter needs no closing; while nothing runs, it has no goroutine.
type Interpreter struct {
	free     bool
	interval atomic.Int64

	mu   sync.Mutex
	held bool            // whether a thread has the GIL, or is being handed it
	line []chan struct{} // one for each thread that waits, closed when it gets the GIL
}

// New returns an interpreter with a GIL.
func New() *Interpreter {
	in := new(Interpreter)
	in.SetSwitchInterval(DefaultSwitchInterval)
	return in
}

// NewFree returns an interpreter without a GIL: its threads run in parallel.
func NewFree() *Interpreter {
	in := New()
	in.free = true
	return in
}

// SwitchInterval returns how many Compute instructions a turn has at most while
// other threads wait.
func (in *Interpreter) SwitchInterval() int { return int(in.interval.Load()) }

// SetSwitchInterval changes the switch interval to n instructions. It panics if
// n is less than one. It may be called at any time, from instructions as well,
// and does not wait; a turn that began before may still go by the old interval.
// An interpreter without a GIL remembers the interval and does not use it.
func (in *Interpreter) SetSwitchInterval(n int) {
	if n < 1 {
		panic("gil: switch interval below one")
	}
	in.interval.Store(int64(n))
}

// Run runs every program in a thread of its own, and returns when all have
// ended. In an interpreter with a GIL all threads are in line for it, in the
// order of the programs and behind those who wait already, before the first of
// them runs an instruction.
//
// Run may be called from several goroutines at once, and from an IO instruction;
// the threads of all calls share the one GIL. A Compute instruction must not
// call Run of its own interpreter.
func (in *Interpreter) Run(programs ...Program) {
	var all sync.WaitGroup
	defer all.Wait()
	if in.free {
		for _, p := range programs {
			all.Go(p.run)
		}
		return
	}
	for i, turn := range in.enrol(len(programs)) {
		all.Go(func() { in.runInTurns(programs[i], turn) })
	}
}

// run runs a program without a GIL.
func (p Program) run() {
	for _, instr := range p {
		instr.do()
	}
}

// runInTurns runs a program under the GIL, beginning when it is its turn.
func (in *Interpreter) runInTurns(p Program, turn chan struct{}) {
	<-turn
	for _, instr := range p {
		if instr.blocks {
			in.release()
			instr.do()
			<-in.enrol(1)[0]
			continue
		}
		instr.do()
	}
	in.release()
}

// enrol puts n new places at the end of the line. If the GIL is free the first
// of them has it already.
func (in *Interpreter) enrol(n int) []chan struct{} {
	in.mu.Lock()
	defer in.mu.Unlock()
	places := make([]chan struct{}, n)
	for i := range places {
		places[i] = make(chan struct{})
	}
	in.line = append(in.line, places...)
	if !in.held {
		in.pass()
	}
	return places
}

// release gives the GIL up.
func (in *Interpreter) release() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.pass()
}

// pass hands the GIL to the first in line, or leaves it free. in.mu is held.
func (in *Interpreter) pass() {
	in.held = len(in.line) > 0
	if in.held {
		close(in.line[0])
		in.line = in.line[1:]
	}
}

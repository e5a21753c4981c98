// Package gil is a tiny interpreter whose state lies in a channel of capacity
// one: taking it out locks it. A thread asks for the GIL only to compute.
package gil

import "sync"

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
	free  bool
	state chan state // of capacity one: who has taken the state may change it
}

// state is all that threads share.
type state struct {
	interval int
	holder   *thread   // nil when the GIL is free
	line     []*thread // those who wait
}

// New returns an interpreter with a GIL.
func New() *Interpreter {
	in := &Interpreter{state: make(chan state, 1)}
	in.state <- state{interval: DefaultSwitchInterval}
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
func (in *Interpreter) SwitchInterval() int {
	s := <-in.state
	in.state <- s
	return s.interval
}

// SetSwitchInterval changes the switch interval to n instructions. It panics if
// n is less than one. It may be called at any time, from instructions as well,
// and does not wait; a turn that began before may still go by the old interval.
// An interpreter without a GIL remembers the interval and does not use it.
func (in *Interpreter) SetSwitchInterval(n int) {
	if n < 1 {
		panic("gil: switch interval below one")
	}
	s := <-in.state
	s.interval = n
	in.state <- s
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
	var threads []*thread
	for _, p := range programs {
		threads = append(threads, &thread{program: p, wake: make(chan struct{}, 1)})
	}
	if !in.free {
		in.queue(threads...)
	}
	for _, th := range threads {
		all.Add(1)
		go func() {
			defer all.Done()
			if in.free {
				th.runFreely()
			} else {
				th.run(in)
			}
		}()
	}
	all.Wait()
}

type thread struct {
	program Program
	ran     int
	wake    chan struct{} // gets a value when the thread gets the GIL
}

func (th *thread) runFreely() {
	for _, instr := range th.program {
		instr.do()
	}
}

// run takes the GIL for Compute instructions only, and keeps it from one to the next.
func (th *thread) run(in *Interpreter) {
	<-th.wake
	has := true
	for _, instr := range th.program {
		switch {
		case instr.blocks:
			if has {
				in.release()
				has = false
			}
		case !has:
			in.queue(th)
			<-th.wake
			has = true
		default:
			in.endOfTurn(th)
		}
		instr.do()
		th.ran++
	}
	if has {
		in.release()
	}
}

func (in *Interpreter) queue(threads ...*thread) {
	s := <-in.state
	s.line = append(s.line, threads...)
	if s.holder == nil {
		s.pass()
	}
	in.state <- s
}

func (in *Interpreter) release() {
	s := <-in.state
	s.pass()
	in.state <- s
}

// endOfTurn gives way if the turn is over and somebody waits.
func (in *Interpreter) endOfTurn(th *thread) {
	s := <-in.state
	if th.ran < s.interval {
		in.state <- s
		return
	}
	s.line = append(s.line, th)
	s.pass()
	in.state <- s
	<-th.wake
}

// pass makes the first in line the holder.
func (s *state) pass() {
	s.holder = nil
	if len(s.line) > 0 {
		s.holder, s.line = s.line[0], s.line[1:]
		s.holder.ran = 0
		s.holder.wake <- struct{}{}
	}
}

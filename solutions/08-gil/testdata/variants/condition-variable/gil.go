// Package gil is a tiny interpreter whose threads draw tickets for the GIL and
// wait on a condition variable. They give way right after the last instruction
// of a turn, even if an IO comes next.
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
	free     bool
	interval int // guarded by mu

	mu      sync.Mutex
	changed sync.Cond // the GIL has gone on to the next ticket
	next    uint64    // the ticket that the next in line draws
	serving uint64    // the ticket that has the GIL, or will have it when it is drawn
}

// New returns an interpreter with a GIL.
func New() *Interpreter {
	in := &Interpreter{interval: DefaultSwitchInterval}
	in.changed.L = &in.mu
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
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.interval
}

// SetSwitchInterval changes the switch interval to n instructions. It panics if
// n is less than one. It may be called at any time, from instructions as well,
// and does not wait; a turn that began before may still go by the old interval.
// An interpreter without a GIL remembers the interval and does not use it.
func (in *Interpreter) SetSwitchInterval(n int) {
	if n < 1 {
		panic("gil: switch interval below one")
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.interval = n
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
	in.mu.Lock()
	first := in.next
	if !in.free {
		in.next += uint64(len(programs))
	}
	in.mu.Unlock()

	var all sync.WaitGroup
	for i, p := range programs {
		all.Go(func() {
			th := thread{in: in, ticket: first + uint64(i)}
			th.run(p)
		})
	}
	all.Wait()
}

// thread is one run of a program.
type thread struct {
	in     *Interpreter
	ticket uint64
	ran    int
}

func (th *thread) run(p Program) {
	th.await()
	for _, instr := range p {
		if !instr.blocks {
			instr.do()
			th.tick()
			continue
		}
		th.leave()
		instr.do()
		th.draw()
		th.await()
	}
	th.leave()
}

// tick counts an instruction, and gives way when the turn is over and another
// ticket has been drawn.
func (th *thread) tick() {
	if th.in.free {
		return
	}
	in := th.in
	in.mu.Lock()
	defer in.mu.Unlock()
	th.ran++
	if th.ran < in.interval || in.next == th.ticket+1 {
		return
	}
	in.serving++
	th.ticket = in.next
	in.next++
	in.changed.Broadcast()
	for in.serving != th.ticket {
		in.changed.Wait()
	}
	th.ran = 0
}

func (th *thread) draw() {
	th.in.mu.Lock()
	defer th.in.mu.Unlock()
	if !th.in.free {
		th.ticket = th.in.next
		th.in.next++
	}
}

func (th *thread) await() {
	th.in.mu.Lock()
	defer th.in.mu.Unlock()
	for !th.in.free && th.in.serving != th.ticket {
		th.in.changed.Wait()
	}
	th.ran = 0
}

func (th *thread) leave() {
	th.in.mu.Lock()
	defer th.in.mu.Unlock()
	if !th.in.free {
		th.in.serving++
		th.in.changed.Broadcast()
	}
}

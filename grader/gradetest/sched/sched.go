// Package sched is the run-time half of schedule exploration: it makes the
// order in which goroutines run a function of a seed.
//
// The instrumenter of package explore puts a call before every statement and
// every synchronisation of the code under test, and after everything that may
// have blocked. In a bubble of virtual time such a call, a yield, sleeps for a
// virtual time that depends only on the seed, on how the goroutine came to be,
// and on how many yields it has made. Virtual time moves only when every
// goroutine waits, and no two wake at the same instant: between two yields one
// goroutine runs, and the seed is the schedule.
//
// Delays that are drawn at random and few (strategies below) are the idea of
// PCT, "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs",
// Burckhardt et al., ASPLOS 2010; the bound on long delays that of "Delay-Bounded
// Scheduling", Emmi et al., POPL 2011.
//
// All state of this package is touched with the race detector told to look
// away: a yield must not order what the program leaves unordered. For the same
// reason there are no maps and no append here.
package sched

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Plan says which schedule to run.
type Plan struct {
	// Seed is the schedule's number.
	Seed uint64
	// Keep, when not nil, are the only yields that happen, by their keys in a
	// trace, ascending. Those after a blocking operation always happen.
	Keep []uint64
	// Log, when not empty, is filled with the keys of the yields that could be
	// left out, in order; see [Logged].
	Log []uint64
	// Trace, when not nil, gets a line for every step; see trace.go. Its Write
	// must not synchronise: a file is right, a channel is not.
	Trace io.Writer
	// MaxSyncs is how many yields around synchronisations make a livelock; 0 is two million.
	MaxSyncs uint64
}

//go:norace
func (p *Plan) limit() uint64 {
	if p.MaxSyncs == 0 {
		return 2_000_000
	}
	return p.MaxSyncs
}

const (
	// fairAfter and sparseAfter are the steps of a schedule after which delays
	// are uniform, and after which only every 64th yield happens. Without them
	// an unlucky seed starves a loop that polls for ever.
	fairAfter, sparseAfter = 1000, 5000
	// slot is the grid of wake-up instants, ns: each goroutine has its own
	// place in a slot, so that no two wake together.
	slot = 64
)

// kind is why a yield is made.
type kind uint8

const (
	ordinary kind = iota // before a statement
	before               // before a synchronisation
	after                // after what may have blocked
)

type goroutine struct {
	g        uintptr // what the runtime knows it by
	id       uint64  // hash of the path of spawns
	index    uint32  // in order of appearance
	steps    uint32
	children uint32
	priority uint32
	parent   uint32 // who started it, from 1; 0 is unknown
	begun    bool   // the trace knows it
	next     *goroutine
}

const buckets = 1024

// scheduler is the state of the schedule that runs. There is one: hidden tests
// run one after another.
type scheduler struct {
	mu       sync.Mutex
	on       bool
	plan     Plan
	strategy strategy
	steps    uint64
	syncs    uint64
	hash     uint64
	order    uint64 // hash of who ran after whom
	last     uint32 // who ran last
	count    uint32
	traced   int // lines written
	logged   int
	sleeping int32  // goroutines inside a yield
	latest   uint64 // when the last of them wakes, ns
	epoch    int64  // when the schedule began, ns
	table    [buckets]*goroutine
}

var s scheduler

// Enter and Leave bracket what works on a schedule or inside a lock: the race
// detector must not see it, or it would take the machinery for order in the program.
func Enter(mu *sync.Mutex) { RaceDisable(); mu.Lock() }

// Leave undoes Enter.
func Leave(mu *sync.Mutex) { mu.Unlock(); RaceEnable() }

// Begin starts a schedule, with the calling goroutine as its first.
//
//go:norace
func Begin(p Plan) {
	Enter(&s.mu)
	s.plan, s.strategy = p, strategyOf(p.Seed)
	s.order, s.last = 0, 0
	s.steps, s.syncs, s.hash, s.count, s.sleeping, s.latest, s.logged, s.traced = 0, 0, 0, 0, 0, 0, 0, 0
	for i := range s.table {
		s.table[i] = nil
	}
	s.epoch = time.Now().UnixNano()
	first := s.add(getg(), mix(p.Seed, 1))
	first.begun = true
	s.step('g', first, 0, 0, "")
	s.on = true
	Leave(&s.mu)
}

var bubble atomic.Uint64

// NewBubble says that a new bubble begins, so that nothing of the last one is
// used in it, and Bubble how many have begun.
func NewBubble() { bubble.Add(1) }

// Bubble returns how many bubbles have begun.
//
//go:norace
func Bubble() uint64 { return bubble.Load() }

// End stops yielding and lets virtual time pass, so that every goroutine that
// can still go on does; what is left then is left behind.
func End() {
	Stop()
	time.Sleep(drain)
}

// drain is virtual time: more than any delay, and than the time-outs of tests.
const drain = 10 * time.Second

// Stop turns yields into nothing.
//
//go:norace
func Stop() {
	Enter(&s.mu)
	if s.on {
		s.step('e', s.current(), 0, 0, "")
	}
	s.on = false
	Leave(&s.mu)
}

// On reports whether a schedule runs.
//
//go:norace
func On() bool { return s.on }

// Count returns the number of yields of the schedule so far, and a hash of
// their order, which is the same whenever the same schedule runs.
//
//go:norace
func Count() (steps, hash uint64) { return s.steps, s.hash }

// Order returns a hash of the order in which goroutines took turns. Schedules
// in which it is the same differ in delays only.
//
//go:norace
func Order() uint64 { return s.order }

// Logged returns how many keys the schedule wrote into [Plan.Log].
//
//go:norace
func Logged() int { return s.logged }

// Settle waits until no goroutine is inside a yield: what synctest.Wait means
// without yields.
func Settle(wait func()) {
	wait()
	for d := pending(); d > 0; d = pending() {
		time.Sleep(d)
		wait()
	}
}

// pending is how long the last of the goroutines inside a yield will sleep.
//
//go:norace
func pending() (d time.Duration) {
	if !s.on {
		return 0
	}
	Enter(&s.mu)
	if s.sleeping > 0 {
		now := uint64(time.Now().UnixNano())
		d = time.Duration(max(s.latest, now)/slot*slot + slot + uint64(s.current().index%slot) - now)
	}
	Leave(&s.mu)
	return d
}

// V is a yield before an ordinary statement.
func V() { yield(ordinary) }

// S is a yield before a synchronisation.
func S() { yield(before) }

// P is a yield after something that may have blocked.
func P() { yield(after) }

// Choose returns a number below n that the seed decides, 0 without a schedule.
//
//go:norace
func Choose(n int) int {
	if !s.on || n < 2 {
		return 0
	}
	Enter(&s.mu)
	g := s.current()
	g.steps++
	h := mix(mix(s.plan.Seed, g.id), uint64(g.steps))
	Leave(&s.mu)
	return int(h % uint64(n))
}

//go:norace
func yield(k kind) {
	if !s.on {
		if shaking.on {
			shake(k)
		}
		return
	}
	if k == ordinary && !s.strategy.statements && s.plan.Trace == nil {
		return
	}
	Enter(&s.mu)
	g, key, d := s.next(k)
	if d == 0 {
		s.step("vsp"[k], g, 0, key, "")
	}
	Leave(&s.mu)
	if d == 0 {
		return
	}
	time.Sleep(d)
	Enter(&s.mu)
	s.sleeping--
	s.hash = mix(s.hash, g.id^uint64(g.steps)<<3^uint64(k))
	if g.index != s.last {
		s.last = g.index
		s.order = mix(s.order, uint64(g.index))
	}
	if g.begun { // noted now, and not before it slept: now it is alone
		s.step("vsp"[k], g, 0, key, "")
	} else {
		s.step('g', g, g.parent, 0, "")
		g.begun = true
	}
	Leave(&s.mu)
}

// next counts a yield and says how long it sleeps; 0 is not at all.
//
//go:norace
func (s *scheduler) next(k kind) (g *goroutine, key uint64, d time.Duration) {
	g = s.current()
	if k == ordinary && !s.strategy.statements { // only for the trace
		return g, 0, 0
	}
	g.steps++
	s.steps++
	if k != ordinary { // a long computation is not a livelock
		if s.syncs++; s.syncs > s.plan.limit() {
			tooLong()
		}
	}
	key = mix(g.id, uint64(g.steps))
	if k != after && s.logged < len(s.plan.Log) {
		s.plan.Log[s.logged] = key
		s.logged++
	}
	if k != after && (s.steps > sparseAfter && g.steps%64 != 0 || s.plan.Keep != nil && !contains(s.plan.Keep, key)) {
		return g, key, 0
	}
	delay := s.strategy.delay(g, mix(mix(s.plan.Seed, g.id), uint64(g.steps)), s.steps)
	if k == after && s.plan.Keep != nil && !contains(s.plan.Keep, key) {
		delay = 0 // in the next slot
	}
	now := uint64(time.Now().UnixNano())
	t := (now+delay)/slot*slot + uint64(g.index%slot)
	for t <= now {
		t += slot
	}
	s.sleeping++
	s.latest = max(s.latest, t)
	return g, key, time.Duration(t - now)
}

//go:norace
func contains(sorted []uint64, key uint64) bool {
	lo, hi := 0, len(sorted)
	for lo < hi {
		if mid := (lo + hi) / 2; sorted[mid] < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(sorted) && sorted[lo] == key
}

// tooLong ends a goroutine of a schedule that has no end. It is a panic of the
// code under test's own goroutine; package gradetest knows it by its words.
func tooLong() {
	s.on = false
	Leave(&s.mu)
	panic(Livelock)
}

// Livelock is what a schedule panics with that has no end.
const Livelock = "weft: livelock: goroutines run on and on, and none gets anywhere"

//go:norace
func (s *scheduler) add(g uintptr, id uint64) *goroutine {
	x := s.find(g)
	if x == nil {
		at := (g >> 6) % buckets
		x = &goroutine{g: g, next: s.table[at]}
		s.table[at] = x
	}
	x.id, x.steps, x.children, x.index, x.parent, x.begun = id, 0, 0, s.count, 0, false
	x.priority = uint32(mix(id, 5) % 4)
	s.count++
	return x
}

//go:norace
func (s *scheduler) find(g uintptr) *goroutine {
	for x := s.table[(g>>6)%buckets]; x != nil; x = x.next {
		if x.g == g {
			return x
		}
	}
	return nil
}

// forget drops a goroutine that has ended.
//
//go:norace
func (s *scheduler) forget(g uintptr) {
	for at := &s.table[(g>>6)%buckets]; *at != nil; at = &(*at).next {
		if (*at).g == g {
			*at = (*at).next
			return
		}
	}
}

// current returns the state of the calling goroutine. One that instrumented
// code did not start is known by the order in which it first yields.
//
//go:norace
func (s *scheduler) current() *goroutine {
	g := getg()
	if x := s.find(g); x != nil {
		return x
	}
	return s.add(g, mix(s.plan.Seed, uint64(s.count)+1000))
}

// mix is the finaliser of SplitMix64 over two words.
//
//go:norace
func mix(a, b uint64) uint64 {
	x := a*0x9E3779B97F4A7C15 ^ b + 0x632BE59BD9B4E019
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// Index returns the number of the calling goroutine in the schedule, from 1;
// 0 without a schedule.
//
//go:norace
func Index() uint32 {
	if !s.on {
		return 0
	}
	Enter(&s.mu)
	n := s.current().index + 1
	Leave(&s.mu)
	return n
}

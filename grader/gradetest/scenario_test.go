package gradetest_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/grader/gradetest/sched"
)

var thirdRun int

// noMap returns a nil map in a way that a linter does not see.
func noMap() map[int]int { return nil }

// tickForever leaves a chain of timers behind, and no goroutine.
func tickForever() { time.AfterFunc(time.Millisecond, tickForever) }

// scenarios are hidden tests over submissions of every kind.
var scenarios = map[string]func(t *testing.T){
	"pass":        func(*testing.T) {},
	"assertion":   func(t *testing.T) { require.Equal(t, 2, 3, "goroutines inside") },
	"skip":        func(t *testing.T) { t.Skip("not today") },
	"panic":       func(*testing.T) { panic("boom") },
	"panic error": func(*testing.T) { panic(errors.New("boom")) },
	"runtime":     func(*testing.T) { noMap()[1]++ },
	"goexit":      func(*testing.T) { runtime.Goexit() },
	"exit 0":      func(*testing.T) { os.Exit(0) },
	"exit 1":      func(*testing.T) { os.Exit(1) },
	"elsewhere":   func(*testing.T) { go panic("boom"); select {} },
	"leak":        func(*testing.T) { go waitForever() },
	"slow end":    func(*testing.T) { go time.Sleep(200 * time.Millisecond) },
	"failed leak": func(t *testing.T) { go waitForever(); t.Error("wrong") },

	"bubble":             inBubble(func(*testing.T) { time.Sleep(time.Hour) }),
	"bubble assertion":   inBubble(func(t *testing.T) { require.Equal(t, 2, 3, "goroutines inside") }),
	"bubble panic":       inBubble(func(*testing.T) { panic("boom") }),
	"bubble leak":        inBubble(func(*testing.T) { go waitForever() }),
	"bubble leak late":   inBubble(func(*testing.T) { go waitForever(); time.Sleep(time.Hour) }),
	"bubble failed leak": inBubble(func(t *testing.T) { go waitForever(); t.Error("wrong") }),
	"bubble fatal leak":  inBubble(func(t *testing.T) { go waitForever(); t.Fatal("wrong") }),
	"bubble panic leak":  inBubble(func(*testing.T) { go waitForever(); panic("boom") }),
	"bubble deadlock":    inBubble(func(*testing.T) { waitForever() }),
	"bubble goexit":      inBubble(func(*testing.T) { runtime.Goexit() }),
	"bubble timers":      inBubble(func(*testing.T) { tickForever() }),
	"bubble timer":       inBubble(func(*testing.T) { time.AfterFunc(time.Minute, func() {}) }),
	"bubble time-outs": inBubble(func(*testing.T) {
		for i := range 20 {
			time.AfterFunc(time.Duration(i)*7*time.Second, func() {})
		}
	}),
	"stress": stress(func(t *testing.T, n int) { require.Less(t, n, 3, "round") }),
	"stress leak": stress(func(_ *testing.T, n int) {
		if n == 3 {
			go waitForever()
		}
	}),
	"stress passes": stress(func(*testing.T, int) {}),

	"turns": inBubble(func(*testing.T) {
		c := make(chan int)
		go sched.Bind(sched.Go(), func() { sched.S(); sched.S(); c <- 1 })()
		sched.S()
		sched.S()
		sched.Recv(c)
	}),
	"no turns":    inBubble(func(*testing.T) { sched.S(); sched.S() }),
	"real time":   func(t *testing.T) { gradetest.RealTime(t) },
	"third fails": func(t *testing.T) { thirdRun++; gradetest.RealTime(t); require.Less(t, thirdRun, 3, "run") },

	"mutex":    func(*testing.T) { var m sync.Mutex; m.Lock(); m.Lock() },
	"spin":     func(*testing.T) { spinUntil(func() bool { return false }) },
	"slow":     func(*testing.T) { c := make(chan int); go func() { time.Sleep(4 * time.Second); close(c) }(); <-c },
	"works":    func(*testing.T) { c := make(chan int); go func() { burnFor(700 * time.Millisecond); close(c) }(); <-c },
	"asks":     func(*testing.T) { askEvery(10*time.Millisecond, 350) },
	"too slow": func(*testing.T) { time.Sleep(time.Minute) },

	"calls good":       speedupCalls(func(seeds []uint64, rounds int) []uint64 { return burnAll(2, seeds, rounds) }),
	"calls wrong":      speedupCalls(func(seeds []uint64, rounds int) []uint64 { return burnAll(2, seeds, rounds-1) }),
	"calls short":      speedupCalls(func(seeds []uint64, rounds int) []uint64 { return burnAll(2, seeds, rounds)[1:] }),
	"witness good":     witness(2, workers(0)),
	"witness one":      witness(1, serially),
	"witness serial":   witness(2, serially),
	"witness fewer":    witness(3, workers(-1)),
	"witness too many": witness(2, workers(1)),
	"witness at once":  witness(2, atOnce),
	"witness twice":    witness(2, func(n int, tasks []func()) { workers(0)(n, append(tasks, tasks[0])) }),
	"witness not run":  witness(2, func(n int, tasks []func()) { workers(0)(n, tasks[1:]) }),
	"witness early":    witness(2, func(n int, tasks []func()) { go workers(0)(n, tasks) }),

	"speedup good":   func(t *testing.T) { gradetest.Speedup(t, workers(0)) },
	"speedup fewer":  func(t *testing.T) { gradetest.Speedup(t, workers(-1)) },
	"speedup copies": func(t *testing.T) { gradetest.Speedup(t, forgetsAfterFirst()) },

	"spins":    func(t *testing.T) { gradetest.NoBusyWait(t, spinningWaiter) },
	"receives": func(t *testing.T) { gradetest.NoBusyWait(t, channelWaiter) },

	"race inside InFlight": func(*testing.T) { ordered(new(inFlight), false) },
	"race before InFlight": func(*testing.T) { ordered(new(inFlight), true) },
	"race inside atomics":  func(*testing.T) { ordered(new(atomics), false) },
	"race before atomics":  func(*testing.T) { ordered(new(atomics), true) },
}

func waitForever() { <-make(chan int) }

func inBubble(f func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { gradetest.Bubble(t, f) }
}

// stress counts the rounds in the output.
func stress(f func(t *testing.T, n int)) func(*testing.T) {
	return func(t *testing.T) {
		n := 0
		gradetest.Stress(t, 10, func(t *testing.T) { n++; f(t, n) })
		fmt.Printf("rounds=%d\n", n)
	}
}

func spinUntil(cond func() bool) {
	for !cond() {
		runtime.Gosched()
	}
}

// burnFor computes until that much processor time is used, however long it takes.
func burnFor(d time.Duration) {
	from := gradetest.CPUTime()
	spinUntil(func() bool { return gradetest.CPUTime()-from > d })
}

func askEvery(d time.Duration, times int) {
	for range times {
		time.Sleep(d)
	}
}

// witness runs in a bubble, where nobody has to wait for the gate to give up.
func witness(n int, run gradetest.Parallel) func(*testing.T) {
	return inBubble(func(t *testing.T) {
		gradetest.Witness(t, n, run)
		time.Sleep(time.Hour) // for those that are still on their way
	})
}

// workers is a right answer, for more extra workers than allowed a wrong one.
func workers(more int) gradetest.Parallel {
	return func(n int, tasks []func()) {
		var next atomic.Int64
		var all sync.WaitGroup
		for range n + more {
			all.Go(func() {
				for i := next.Add(1); int(i) <= len(tasks); i = next.Add(1) {
					tasks[i-1]()
				}
			})
		}
		all.Wait()
	}
}

func serially(_ int, tasks []func()) {
	for _, f := range tasks {
		f()
	}
}

func atOnce(_ int, tasks []func()) {
	var all sync.WaitGroup
	for _, f := range tasks {
		all.Go(f)
	}
	all.Wait()
}

// forgetsAfterFirst does the work in the first call only.
func forgetsAfterFirst() gradetest.Parallel {
	called := false
	return func(n int, tasks []func()) {
		if !called {
			called = true
			workers(0)(n, tasks)
		}
	}
}

// spinningWaiter spins in several goroutines, so that it gets its share of a
// busy machine: see start.
func spinningWaiter() func() {
	var over atomic.Bool
	var all sync.WaitGroup
	for range spinners {
		all.Go(func() { spinUntil(over.Load) })
	}
	return func() { over.Store(true); all.Wait() }
}

const spinners = 8

func channelWaiter() func() {
	over := make(chan struct{})
	c := gradetest.GoDo(func() { <-over })
	return func() { close(over); c.Wait() }
}

// meter is InFlight, or the same with atomics that the race detector sees.
type meter interface {
	enter()
	leave()
	left() bool // whether somebody was inside and has left
}

type inFlight struct{ gradetest.InFlight }

func (m *inFlight) enter()     { m.Enter() }
func (m *inFlight) leave()     { m.Leave() }
func (m *inFlight) left() bool { return m.Total() == 1 && m.Now() == 0 && m.Max() == 1 }

type atomics struct{ now, total atomic.Int64 }

func (m *atomics) enter()     { m.now.Add(1); m.total.Add(1) }
func (m *atomics) leave()     { m.now.Add(-1) }
func (m *atomics) left() bool { return m.total.Load() == 1 && m.now.Load() == 0 }

// ordered has two goroutines write to the same variable, certainly one after
// the other. It is a data race unless the meter orders them for the race
// detector too. Written before the section, what Enter does would order;
// written inside, what Leave does.
func ordered(m meter, before bool) {
	x := 0
	write := func(now bool) {
		if now {
			x++
		}
	}
	var all sync.WaitGroup
	all.Go(func() { write(before); m.enter(); write(!before); m.leave() })
	all.Go(func() { spinUntil(m.left); m.enter(); x++; m.leave() })
	all.Wait()
}

func speedupCalls(run func(seeds []uint64, rounds int) []uint64) func(*testing.T) {
	return func(t *testing.T) {
		gradetest.SpeedupCalls(t, func(_ int, seeds []uint64, rounds int) []uint64 { return run(seeds, rounds) })
	}
}

// burnAll computes in n goroutines.
func burnAll(n int, seeds []uint64, rounds int) []uint64 {
	out := make([]uint64, len(seeds))
	var wg sync.WaitGroup
	for k := range n {
		wg.Go(func() {
			for i := k; i < len(seeds); i += n {
				out[i] = gradetest.Burn(seeds[i], rounds)
			}
		})
	}
	wg.Wait()
	return out
}

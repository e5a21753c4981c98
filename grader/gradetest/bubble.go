package gradetest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// Bubble runs f in a bubble of virtual time, as [synctest.Test] does: time
// moves only when every goroutine of the bubble waits, and then at once, so
// durations are exact however loaded the machine is. Bubble tells apart how a
// bubble ends: goroutines left behind are a leak, goroutines that all wait for
// one another a deadlock.
//
// In f, t.Run and t.Parallel are not allowed, and no channel, timer or
// WaitGroup from outside may be used. Code that waits for a plain sync.Mutex
// across virtual time hangs: such tests belong to the timing stage, where
// locks are virtual too.
func Bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	bubble(t, f, exploring())
}

// Synctest is synctest.Test for tests that students run with plain go test: the
// grader puts it in its place. Its schedules are not explored, as such tests may
// be exact about time.
func Synctest(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	bubble(t, f, nil)
}

func bubble(t *testing.T, f func(t *testing.T), s *testState) {
	t.Helper()
	sched.NewBubble()
	failed := false
	defer func() {
		if r := recover(); r != nil {
			bubbleEnded(t, r, failed)
		}
	}()
	real := time.Now()
	synctest.Test(t, func(t *testing.T) {
		tellApart(t)
		passTime(real, s)
		defer func() { failed = t.Failed() }()
		defer func() {
			if r := recover(); r != nil {
				failed = true
				reportPanic(t, r)
			}
		}()
		if s != nil {
			s.bubbles++
			sched.Begin(*s.schedule)
			defer sched.End()
		}
		f(t)
		checkTimers(t)
	})
}

// passTime lets virtual time, which begins in the year 2000, reach the present:
// what code does must not depend on whether it is being tested. A schedule gets an
// instant of its own, which its seed decides, so that it can be replayed.
func passTime(real time.Time, s *testState) {
	if s != nil {
		const grid = 1 << 16 // ns; schedules place their steps on a finer one
		day := time.Date(2027, time.February, 3, 4, 5, 6, 0, time.UTC)
		real = day.Add(time.Duration(s.schedule.Seed*7919%(200*24*3600))*time.Second + time.Duration(s.schedule.Seed*104729%10_000*grid))
	}
	time.Sleep(time.Until(real))
}

// exploring returns the state of the running test if a schedule decides its order.
func exploring() *testState {
	if s, _ := current.get(); s != nil && s.schedule != nil {
		return s
	}
	return nil
}

// bubbleEnded judges what synctest said when the bubble could not end.
func bubbleEnded(t *testing.T, r any, failed bool) {
	t.Helper()
	text := fmt.Sprint(r)
	switch {
	case strings.Contains(text, "main bubble goroutine has exited"):
		if !failed { // a failed test leaves its own calls behind
			leaked(t, "weft: leak\n"+stacks()+"\nweft: end of stacks")
		}
	case strings.Contains(text, "all goroutines in bubble are blocked"):
		emit("weft: deadlock\n" + stacks() + "\nweft: end of stacks")
		noted(t, "deadlock", "deadlock: every goroutine waits for another one")
		t.FailNow()
	default:
		panic(r)
	}
}

// bubbleOf returns the number of the bubble in a goroutine's first line, or 0.
func bubbleOf(head string) int {
	_, rest, ok := strings.Cut(head, "synctest bubble ")
	n := 0
	if ok {
		fmt.Sscan(rest, &n)
	}
	return n
}

// Goroutines returns how many goroutines live in the current bubble besides
// the caller: after synctest.Wait, those that wait for something. Use it to
// show that a call holds no goroutine once it is over.
func Goroutines() int {
	buf := make([]byte, 64)
	head := string(buf[:runtime.Stack(buf, false)])
	mine := bubbleOf(head)
	n := 0
	for _, g := range strings.Split(stacks(), "\n\n") {
		head, body, _ := strings.Cut(g, "\n")
		if mine > 0 && bubbleOf(head) == mine && !strings.HasPrefix(body, "internal/synctest.Run") {
			n++
		}
	}
	return n - 2 // the caller, and the goroutine that made the bubble
}

// Stress runs f in up to n fresh bubbles and stops at the first that fails.
// Use it where a mistake needs a certain order of events: the scheduler tries
// another one each time.
func Stress(t *testing.T, n int, f func(t *testing.T)) {
	t.Helper()
	for range n {
		Bubble(t, f)
		if exploring() != nil {
			return // the next schedule is another order of events
		}
		if s, _ := current.get(); t.Failed() || s != nil && s.leaked {
			return
		}
	}
}

// Took returns how long f takes, in virtual time inside a bubble.
func Took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// settleFor is long enough, in virtual time, for code that polls.
const settleFor = 20 * time.Millisecond

// Settle lets every goroutine of the bubble get as far as it can, and 20 ms of
// virtual time pass, so that code which polls is judged by its behaviour and
// not by its timing. Where the instant matters use synctest.Wait instead.
func Settle() {
	sched.Settle(synctest.Wait)
	time.Sleep(settleFor)
	sched.Settle(synctest.Wait)
}

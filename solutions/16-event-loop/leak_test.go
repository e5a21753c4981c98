package eventloop_test

import (
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/16-event-loop"
)

func TestCloseLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		for range 3 {
			j.later(1000*time.Hour, "never")
			j.later(1000*time.Hour, "cancelled").Cancel()
			running := gradetest.Go(j.RunForever)
			gradetest.Settle()
			j.outside("outside")
			gradetest.Settle()
			j.outside("stop", j.Stop, func() { j.outside("never") })
			gradetest.Settle()
			require.NoError(t, running.MustReturn(t, "RunForever, after Stop"), "RunForever of a loop that is stopped")
			require.Zero(t, gradetest.Goroutines(), "goroutines left when the loop does not run any more")
		}
		require.NoError(t, j.Close(), "Close of a loop that does not run")
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when the loop is closed, with callbacks that were never called")
	})
}

func TestUnusedLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("soon")
		j.later(1000*time.Hour, "later")
		j.outside("outside")
		require.NoError(t, j.Close(), "Close of a loop that does not run")
		calling := gradetest.Go(func() error { return j.CallSoonThreadsafe(func() {}) })
		gradetest.Settle()
		require.ErrorIs(t, calling.MustReturn(t, "CallSoonThreadsafe of a closed loop"), eventloop.ErrClosed, "CallSoonThreadsafe of a closed loop")
		require.Zero(t, gradetest.Goroutines(), "goroutines left of a loop that was closed and never run")
	})
}

// block is something big that a callback refers to.
type block [1 << 10]int

// TestCancelLeavesNoMemory runs in real time. Each of many cancelled callbacks,
// due after an hour, refers to a block of memory; nobody else does.
func TestCancelLeavesNoMemory(t *testing.T) {
	const many = 100
	l := eventloop.New()
	var blocks []weak.Pointer[block]
	var handles []*eventloop.Handle
	for range many {
		f, b := refersTo()
		blocks = append(blocks, b)
		h, err := l.CallLater(time.Hour, f)
		require.NoError(t, err, "CallLater on an open loop")
		h.Cancel()
		handles = append(handles, h)
	}
	require.LessOrEqual(t, kept(blocks), many/10, "of %d callbacks that were cancelled: how many the loop or the handle still refers to", many)
	runtime.KeepAlive(handles)
	runtime.KeepAlive(l)
}

// TestCloseLeavesNoMemory does the same with a loop that is closed.
func TestCloseLeavesNoMemory(t *testing.T) {
	const many = 100
	l := eventloop.New()
	var blocks []weak.Pointer[block]
	for i := range many {
		f, b := refersTo()
		blocks = append(blocks, b)
		switch i % 3 {
		case 0:
			l.CallLater(time.Hour, f)
		case 1:
			l.CallSoon(f)
		default:
			l.CallSoonThreadsafe(f)
		}
	}
	require.NoError(t, l.Close(), "Close of a loop that does not run")
	require.LessOrEqual(t, kept(blocks), many/10, "of %d callbacks that were never called: how many a closed loop still refers to", many)
	runtime.KeepAlive(l)
}

func refersTo() (func(), weak.Pointer[block]) {
	b := new(block)
	return func() { b[0]++ }, weak.Make(b)
}

// kept returns how many are still there when nobody has been gone for long.
func kept(blocks []weak.Pointer[block]) int {
	n := len(blocks)
	for end := time.Now().Add(time.Second); n > len(blocks)/10 && time.Now().Before(end); {
		runtime.GC()
		n = 0
		for _, b := range blocks {
			if b.Value() != nil {
				n++
			}
		}
		time.Sleep(time.Millisecond)
	}
	return n
}

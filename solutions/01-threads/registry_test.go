package threads_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/01-threads"
)

// holds reports whether list holds exactly these threads, in any order. It
// compares pointers and looks at nothing behind them.
func holds(list []*threads.Thread, want ...*threads.Thread) bool {
	if len(list) != len(want) {
		return false
	}
	for _, th := range want {
		if !slices.Contains(list, th) {
			return false
		}
	}
	return true
}

func TestNames(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p, other := threads.NewProcess(), threads.NewProcess()
		nop := func(context.Context) {}
		a, b := made(p, nop), made(p, nop)
		require.Equal(t, "Thread-1", a.Name(), "name of a process's first thread")
		require.Equal(t, "Thread-2", b.Name(), "name of a process's second thread")
		require.Equal(t, "Thread-1", made(other, nop).Name(), "name of the first thread of another process")
		b.SetName("loom")
		require.Equal(t, "loom", b.Name(), "name after SetName")
		require.Equal(t, "Thread-1", a.Name(), "name of a thread beside the one that was renamed")
		require.Equal(t, "Thread-3", made(p, nop).Name(), "name of the third thread, with the second one renamed")
		start(t, b)
		joined(t, b, "a thread with a name of its own")
		require.Equal(t, "loom", b.Name(), "name after the end of the thread")
		b.SetName("shuttle")
		require.Equal(t, "shuttle", b.Name(), "name after SetName on a thread that has ended")
	})
}

func TestEnumerate(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		p, other := threads.NewProcess(), threads.NewProcess()
		made(p, func(context.Context) {}) // never started
		require.Empty(t, p.Enumerate(), "Enumerate before any Start")
		a, openA := waiting(t, p)
		require.True(t, holds(p.Enumerate(), a), "right after Start, Enumerate lists the started thread and no other")
		b, openB := waiting(t, p)
		c, openC := waiting(t, other)
		require.True(t, holds(p.Enumerate(), a, b), "Enumerate lists the two threads that run")
		require.Equal(t, 2, p.ActiveCount(), "ActiveCount while two threads run")
		require.True(t, holds(other.Enumerate(), c), "Enumerate of another process lists its own thread only")
		openA()
		require.True(t, holds(p.Enumerate(), b), "Enumerate lists the thread that still runs, and not the one that ended")
		require.Equal(t, 1, p.ActiveCount(), "ActiveCount after one of two threads ended")
		openB()
		openC()
		require.Empty(t, p.Enumerate(), "Enumerate after the end of all threads")
		require.Zero(t, p.ActiveCount(), "ActiveCount after the end of all threads")
	})
}

func TestEnumerateGivesACopy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		a, openA := waiting(t, p)
		b, openB := waiting(t, p)
		list := p.Enumerate()
		require.True(t, holds(list, a, b), "Enumerate lists the two threads that run")
		clear(list)
		require.True(t, holds(p.Enumerate(), a, b), "Enumerate lists the two threads, after the caller cleared the slice from an earlier call")
		list = p.Enumerate()
		c, openC := waiting(t, p)
		openA()
		openB()
		require.True(t, holds(list, a, b), "a slice from Enumerate stays as it is when threads start and end later")
		openC()
		joined(t, c, "the last thread")
	})
}

// TestJoinedIsGone looks at once, before anything else can happen.
func TestJoinedIsGone(t *testing.T) {
	gradetest.Stress(t, 150, func(t *testing.T) {
		p := threads.NewProcess()
		runs := 0
		th := made(p, func(context.Context) { runs++ })
		start(t, th)
		err, alive, count := th.Join(t.Context()), th.Alive(), p.ActiveCount()
		require.NoError(t, err, "error of Join")
		require.Equal(t, 1, runs, "runs when Join returns")
		require.False(t, alive, "Alive right after Join")
		require.Zero(t, count, "ActiveCount right after Join of the only thread")
	})
}

// TestWhoIsJoinedIsGone has one wait for the end of a thread, who then looks.
func TestWhoIsJoinedIsGone(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		p := threads.NewProcess()
		gate := make(chan struct{})
		th := made(p, func(context.Context) { <-gate })
		start(t, th)
		listed := gradetest.Go(func() int { th.Join(context.Background()); return p.ActiveCount() })
		gradetest.Settle()
		close(gate)
		gradetest.Settle()
		require.Zero(t, listed.MustReturn(t, "Join, after the end of the thread"), "ActiveCount right after Join of the only thread")
		require.False(t, th.Alive(), "Alive after Join")
	})
}

func TestMainThreadIsListed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		gate, end := make(chan struct{}), make(chan struct{})
		var main, child *threads.Thread
		call := gradetest.Go(func() error {
			return p.Main(func(ctx context.Context) {
				main = threads.Current(ctx)
				child = made(p, func(context.Context) { <-end })
				child.Start()
				<-gate
			})
		})
		gradetest.Settle()
		call.MustWait(t, "Main whose function has not returned")
		require.True(t, main != nil, "Current gives a thread in the function that Main runs")
		require.Equal(t, "MainThread", main.Name(), "name of the main thread")
		require.Equal(t, "Thread-1", child.Name(), "name of the first thread that the main thread makes")
		require.True(t, main.Alive(), "Alive of the main thread while Main's function runs")
		require.False(t, main.Daemon(), "Daemon of the main thread")
		require.True(t, holds(p.Enumerate(), main, child), "Enumerate lists the main thread and the one beside it")
		require.Equal(t, 2, p.ActiveCount(), "ActiveCount with the main thread and one beside it")
		close(gate)
		gradetest.Settle()
		require.False(t, main.Alive(), "Alive of the main thread after Main's function returned")
		require.True(t, holds(p.Enumerate(), child), "Enumerate lists only the other thread, once Main's function has returned")
		close(end)
		gradetest.Settle()
		require.NoError(t, call.MustReturn(t, "Main, after the end of all threads"))
	})
}

type weft struct{} // a key of this test's own

func TestCurrent(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		var outer, inner *threads.Thread
		var own, derived, helper, nested bool
		inner = made(p, func(ctx context.Context) { nested = threads.Current(ctx) == inner })
		outer = made(p, func(ctx context.Context) {
			own = threads.Current(ctx) == outer
			deep, cancel := context.WithTimeout(context.WithValue(ctx, weft{}, "thread"), time.Hour)
			defer cancel()
			derived = threads.Current(deep) == outer
			helper = gradetest.Go(func() bool { return threads.Current(ctx) == outer }).Wait()
			inner.Start()
			inner.Join(ctx)
		})
		start(t, outer)
		joined(t, outer, "a thread that starts another one")
		require.True(t, own, "Current gives the thread itself, with the context that its Runner got")
		require.True(t, derived, "Current gives the thread itself, with a context derived from its own")
		require.True(t, helper, "Current gives the thread whose context it is, in another goroutine too")
		require.True(t, nested, "Current gives the inner thread, in a thread that a thread started")
		require.True(t, threads.Current(context.Background()) == nil, "Current gives nil with a context that is no thread's")
	})
}

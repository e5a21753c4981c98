package threads_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/01-threads"
)

// running calls Main in the background and lets everybody get as far as they can.
func running(p *threads.Process, f func(ctx context.Context)) *gradetest.Call[error] {
	c := gradetest.Go(func() error { return p.Main(f) })
	gradetest.Settle()
	return c
}

// daemon starts a daemon that does f.
func daemon(t *testing.T, p *threads.Process, f func(ctx context.Context)) *threads.Thread {
	t.Helper()
	th := made(p, f)
	require.NoError(t, th.SetDaemon(true), "error of SetDaemon before Start")
	start(t, th)
	return th
}

func nothing(context.Context) {}

func TestDaemonIsSetBeforeStart(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		gate := make(chan struct{})
		th := made(p, func(context.Context) { <-gate })
		require.False(t, th.Daemon(), "Daemon of a fresh thread")
		require.NoError(t, th.SetDaemon(true), "error of SetDaemon(true) before Start")
		require.True(t, th.Daemon(), "Daemon after SetDaemon(true)")
		require.NoError(t, th.SetDaemon(false), "error of SetDaemon(false) before Start")
		require.False(t, th.Daemon(), "Daemon after SetDaemon(false)")
		start(t, th)
		require.ErrorIs(t, th.SetDaemon(true), threads.ErrStarted, "error of SetDaemon while the thread runs")
		require.False(t, th.Daemon(), "Daemon after SetDaemon was refused")
		close(gate)
		joined(t, th, "a thread that should have become a daemon")
		require.ErrorIs(t, th.SetDaemon(true), threads.ErrStarted, "error of SetDaemon after the end of the thread")
	})
}

// TestMainWaitsForAll has threads that start threads while Main already waits.
func TestMainWaitsForAll(t *testing.T) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		p := threads.NewProcess()
		var ended gradetest.InFlight
		sleeper := func(then func()) func(context.Context) {
			return func(context.Context) {
				time.Sleep(50 * time.Millisecond)
				then()
				ended.Enter()
			}
		}
		start(t, made(p, sleeper(func() {})))
		call := running(p, func(context.Context) {
			made(p, sleeper(func() {
				made(p, sleeper(func() {
					made(p, sleeper(func() {})).Start()
				})).Start()
			})).Start()
		})
		call.MustWait(t, "Main, with threads that are alive")
		time.Sleep(time.Second)
		require.NoError(t, call.MustReturn(t, "Main, after the end of all threads"))
		require.Equal(t, 4, ended.Total(), "threads that had ended when Main returned: one started before Main, one by it, and two that threads started while Main waited")
	})
}

// TestMainReturnsAfterThem reads what the threads did at the moment of the return.
func TestMainReturnsAfterThem(t *testing.T) {
	gradetest.Stress(t, 60, func(t *testing.T) {
		p := threads.NewProcess()
		var ended gradetest.InFlight
		call := gradetest.Go(func() int {
			p.Main(func(context.Context) {
				for range 3 {
					made(p, func(context.Context) { ended.Enter() }).Start()
				}
			})
			return ended.Total()
		})
		gradetest.Settle()
		require.Equal(t, 3, call.MustReturn(t, "Main with three short threads"), "threads that had ended when Main returned, of 3 that it started")
	})
}

func TestDaemonStartsAThread(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		first, openFirst := waiting(t, p)
		ask, gate := make(chan struct{}), make(chan struct{})
		var child *threads.Thread
		d := daemon(t, p, func(context.Context) {
			<-ask
			child = made(p, func(context.Context) { <-gate })
			child.Start()
		})
		call := running(p, nothing)
		call.MustWait(t, "Main, with a thread that is alive")
		close(ask)
		joined(t, d, "a daemon that starts a thread")
		openFirst()
		joined(t, first, "the thread that Main waited for")
		call.MustWait(t, "Main, with a thread alive that is no daemon but was started by one")
		close(gate)
		gradetest.Settle()
		require.NoError(t, call.MustReturn(t, "Main, after the end of the thread that a daemon started"))
	})
}

func TestDaemonEndsWithMain(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		var mainOver, userOver error
		gate, end := make(chan struct{}), make(chan struct{})
		told := make(chan error, 1)
		d := daemon(t, p, func(ctx context.Context) { <-ctx.Done(); told <- ctx.Err() })
		call := running(p, func(ctx context.Context) {
			user := made(p, func(ctx context.Context) { <-end; userOver = ctx.Err() })
			user.Start()
			<-gate
			mainOver = ctx.Err()
		})
		require.True(t, d.Alive(), "Alive of a daemon while the main thread runs")
		close(gate)
		gradetest.Settle()
		call.MustWait(t, "Main, with a thread alive that is no daemon")
		require.Empty(t, told, "ends of the daemon's context, while a thread is alive that is no daemon")
		close(end)
		gradetest.Settle()
		require.NoError(t, call.MustReturn(t, "Main, with only a daemon alive"))
		require.Len(t, told, 1, "ends of the daemon's context, after Main returned")
		require.ErrorIs(t, <-told, context.Canceled, "error of the daemon's context")
		joined(t, d, "a daemon that ends with its context")
		require.NoError(t, mainOver, "error of the main thread's context, while it runs")
		require.NoError(t, userOver, "error of the context of a thread that is no daemon, after the end of the main thread")
	})
}

func TestStubbornDaemon(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		gate := make(chan struct{})
		d := daemon(t, p, func(context.Context) { <-gate })
		call := running(p, nothing)
		require.NoError(t, call.MustReturn(t, "Main, with only a daemon alive, which ignores its context"))
		require.True(t, d.Alive(), "Alive of a daemon that ignores its context")
		require.True(t, holds(p.Enumerate(), d), "Enumerate lists the daemon that is still alive")
		close(gate)
	})
}

func TestMainPanics(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		cause := errors.New("main is torn")
		th, open := waiting(t, p)
		call := running(p, func(context.Context) { panic(cause) })
		call.MustWait(t, "Main whose function panicked, with a thread alive")
		open()
		joined(t, th, "the thread that Main waits for")
		err := call.MustReturn(t, "Main whose function panicked, after the end of all threads")
		var failure *threads.PanicError
		require.True(t, errors.As(err, &failure), "Main gives a *PanicError when its function panicked")
		require.ErrorIs(t, err, cause, "error of Main whose function panicked with that error")
	})
}

func TestPanicStaysInItsThread(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		var runs gradetest.InFlight
		call := running(p, func(context.Context) {
			made(p, func(context.Context) { runs.Enter(); panic("torn") }).Start()
		})
		require.Equal(t, 1, runs.Total(), "runs of the Runner that panics")
		require.NoError(t, call.MustReturn(t, "Main, after the panic of a thread"), "error of Main, when another thread panicked")
	})
}

func TestMainCanBeJoined(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		gate := make(chan struct{})
		err := errors.New("not joined")
		call := running(p, func(ctx context.Context) {
			main := threads.Current(ctx)
			made(p, func(ctx context.Context) { err = main.Join(ctx) }).Start()
			<-gate
		})
		call.MustWait(t, "Main whose function has not returned")
		close(gate)
		gradetest.Settle()
		require.NoError(t, call.MustReturn(t, "Main, with a thread that joins the main thread"))
		require.NoError(t, err, "error of Join of the main thread")
	})
}

func TestNothingStartsAfterTheEnd(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		var ran gradetest.InFlight
		late := made(p, func(context.Context) { ran.Enter() })
		var fromDaemon error
		d := daemon(t, p, func(ctx context.Context) {
			<-ctx.Done()
			fromDaemon = made(p, func(context.Context) { ran.Enter() }).Start()
		})
		require.NoError(t, running(p, nothing).MustReturn(t, "Main with nothing to wait for"))
		joined(t, d, "a daemon that ends with its context")
		require.ErrorIs(t, fromDaemon, threads.ErrEnded, "error of Start in a daemon whose context has ended")
		err := late.Start()
		gradetest.Settle()
		require.ErrorIs(t, err, threads.ErrEnded, "error of Start after Main returned")
		require.NotErrorIs(t, err, threads.ErrStarted, "error of Start after Main returned")
		require.Zero(t, ran.Total(), "threads that ran after the end of the process")
		require.False(t, late.Alive(), "Alive of a thread that could not be started")
		require.ErrorIs(t, late.JoinTimeout(0), threads.ErrNotStarted, "error of Join of a thread that could not be started")
	})
}

func TestMainRunsOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		var runs gradetest.InFlight
		main := func(context.Context) { runs.Enter() }
		require.NoError(t, running(p, main).MustReturn(t, "Main with nothing to wait for"))
		require.ErrorIs(t, running(p, main).MustReturn(t, "a second Main"), threads.ErrStarted, "error of a second Main")
		require.Equal(t, 1, runs.Total(), "runs of Main's function, with Main called twice")
	})
}

// TestSetDaemonMeetsStart has both begin together: whichever comes first, what
// SetDaemon says is what the thread is.
func TestSetDaemonMeetsStart(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		p := threads.NewProcess()
		gate := make(chan struct{})
		th := made(p, func(ctx context.Context) {
			select {
			case <-ctx.Done():
			case <-gate:
			}
		})
		set := gradetest.Go(func() error { return th.SetDaemon(true) })
		begin := gradetest.Go(th.Start)
		gradetest.Settle()
		require.NoError(t, begin.MustReturn(t, "Start that meets a SetDaemon"), "error of Start that meets a SetDaemon")
		refused := set.MustReturn(t, "SetDaemon that meets a Start")
		require.Equal(t, refused == nil, th.Daemon(), "Daemon after SetDaemon(true) and Start at once, where true is what a SetDaemon without an error promised")
		main := running(p, nothing)
		if refused == nil {
			require.NoError(t, main.MustReturn(t, "Main, with only a daemon beside it that became one while it was started"))
		} else {
			require.ErrorIs(t, refused, threads.ErrStarted, "error of a SetDaemon that came after Start")
			main.MustWait(t, "Main, with a thread beside it that SetDaemon refused to make a daemon")
		}
		close(gate)
		gradetest.Settle()
		require.NoError(t, main.MustReturn(t, "Main, after the end of all threads"))
	})
}

// TestStartMeetsTheEnd has a thread begin when the last one ends: either the
// process still knows it and Main waits, or it has ended and Start fails.
func TestStartMeetsTheEnd(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		p := threads.NewProcess()
		var runs gradetest.InFlight
		th := made(p, func(context.Context) { runs.Enter(); time.Sleep(time.Second) })
		gate := make(chan struct{})
		main := gradetest.Go(func() int { p.Main(func(context.Context) { <-gate }); return p.ActiveCount() })
		gradetest.Settle()
		close(gate)
		begin := gradetest.Go(th.Start)
		time.Sleep(2 * time.Second)
		refused := begin.MustReturn(t, "Start that meets the end of the process")
		require.Zero(t, main.MustReturn(t, "Main, after the end of all threads"), "threads alive when Main returned, with no daemons among them")
		if refused == nil {
			require.Equal(t, 1, runs.Total(), "runs after a Start that met the end of the process, without an error")
		} else {
			require.ErrorIs(t, refused, threads.ErrEnded, "error of a Start that met the end of the process")
			require.Zero(t, runs.Total(), "runs after a Start that came too late")
		}
	})
}

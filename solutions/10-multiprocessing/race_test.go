package multiprocessing_test

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/10-multiprocessing"
)

// TestHammerSend writes to a plain buffer: only Send can order its writers.
func TestHammerSend(t *testing.T) {
	var w bytes.Buffer
	p := multiprocessing.NewPipe(&bytes.Buffer{}, &w)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				p.Send([]byte("message"))
			}
		})
	}
	all.Wait()
	to := multiprocessing.NewPipe(&w, &bytes.Buffer{})
	for i := range 200 {
		msg, err := to.Recv()
		require.NoError(t, err, "Recv of message %d of 200 that four goroutines sent", i+1)
		require.Equal(t, "message", string(msg), "message %d of 200 that four goroutines sent", i+1)
	}
}

// TestHammerRecv reads from a plain buffer.
func TestHammerRecv(t *testing.T) {
	var w bytes.Buffer
	p := multiprocessing.NewPipe(&w, &w)
	for range 200 {
		require.NoError(t, p.Send([]byte("message")), "Send")
	}
	var all sync.WaitGroup
	var right atomic.Int32
	for range 4 {
		all.Go(func() {
			for range 50 {
				if msg, err := p.Recv(); err == nil && string(msg) == "message" {
					right.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 200, right.Load(), "messages that four goroutines received, of 200")
}

// TestHammerProcess asks all the time, and each goroutine one method only: a lock
// that another one takes would order, by luck, what this one forgets.
func TestHammerProcess(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, multiprocessing.New(waits, struct{}{}))
	var over atomic.Bool
	var all sync.WaitGroup
	for _, ask := range []func(){
		func() { p.Alive() }, func() { p.ExitCode() }, func() { p.Pid() }, func() { p.Pipe() }, func() { p.PPid() },
	} {
		asked := make(chan struct{})
		all.Go(func() {
			ask()
			close(asked)
			for !over.Load() {
				ask()
				runtime.Gosched()
			}
		})
		<-asked
	}
	err := p.Pipe().Send(nil)
	join(t, p)
	over.Store(true)
	all.Wait()
	require.NoError(t, err, "Send")
	wantCode(t, 0, p, "a function that returned nil")
}

// TestStartedByOneOfMany calls Start from several goroutines.
func TestStartedByOneOfMany(t *testing.T) {
	gradetest.RealTime(t)
	p := multiprocessing.New(returns, struct{}{})
	var calls []*gradetest.Call[error]
	for range 3 {
		calls = append(calls, gradetest.Go(p.Start))
	}
	started := 0
	for _, c := range calls {
		if err := c.Wait(); err == nil {
			started++
		} else {
			require.ErrorIs(t, err, multiprocessing.ErrStarted, "Start by several at once")
		}
	}
	require.Equal(t, 1, started, "calls of Start that succeeded, of three at once")
	join(t, p)
}

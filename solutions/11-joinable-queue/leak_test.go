package joinablequeue_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

func TestGivingUpLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		put(t, q, "one")
		before := gradetest.Goroutines()
		for range 3 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			require.ErrorIs(t, q.Join(ctx), context.DeadlineExceeded, "error of a Join whose time is up")
			require.ErrorIs(t, q.Put(ctx, "two"), context.DeadlineExceeded, "error of Put with a context that has ended")
			cancel()
			ctx, cancel = context.WithTimeout(context.Background(), time.Millisecond)
			require.ErrorIs(t, q.Put(ctx, "two"), context.DeadlineExceeded, "error of a Put whose time is up")
			cancel()
		}
		gradetest.Settle()
		require.LessOrEqual(t, gradetest.Goroutines(), before, "goroutines after calls that gave up, and before")
	})
}

func TestServeLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		before := gradetest.Goroutines()
		w := connect(q)
		asking := w.asks()
		gradetest.Settle()
		w.hangUp()
		asking.Wait()
		put(t, q, "one")
		for range 2 {
			w := connect(q)
			w.gets(t, "one")
			w.hangUp()
		}
		w = connect(q)
		w.does(t, "one")
		w.hangUp()
		gradetest.Settle()
		require.LessOrEqual(t, gradetest.Goroutines(), before, "goroutines after Serve has returned, and before")
	})
}

// TestWaitLeavesNobody: no worker is there any more when Wait has returned.
func TestWaitLeavesNobody(t *testing.T) {
	gradetest.RealTime(t)
	q := joinablequeue.NewQueue[job](0)
	p := start(t, q, lingers, 1)[0]
	q.Close()
	require.NoError(t, q.Wait(context.Background()), "Wait")
	require.False(t, p.Alive(), "Alive, of a worker that did something after its end mark, when Wait has returned")
}

// TestProcessesLeaveNothing looks in a fresh process, without garbage
// collection, which would close what was forgotten.
func TestProcessesLeaveNothing(t *testing.T) {
	gradetest.RealTime(t)
	require.NoError(t, joinablequeue.NewQueue[job](0).Wait(context.Background()), "Wait of a queue without processes")
	p := joinablequeue.New(counts, struct{}{})
	require.NoError(t, p.Start(), "Start")
	left, err := p.Pipe().Recv()
	require.NoError(t, err, "Recv")
	require.Empty(t, string(left), "what is left of queues when Wait has returned")
	require.NoError(t, p.Join(context.Background()), "Join of a process")
}

// settles asks until the answer is yes, as long as it takes what is ending to end.
func settles(yes func() bool) bool {
	for start := time.Now(); time.Since(start) < patience; time.Sleep(time.Millisecond) {
		if yes() {
			return true
		}
	}
	return yes()
}

// countLeftovers uses queues up and says what is left of them.
func countLeftovers() string {
	debug.SetGCPercent(-1)
	if _, err := liveAndDie(); err != nil { // what the runtime opens once, it keeps
		return err.Error()
	}
	before, goroutines := openFDs(), runtime.NumGoroutine()
	started, err := liveAndDie()
	if err != nil {
		return err.Error()
	}
	for _, p := range started {
		if !settles(func() bool { return !exists(p.Pid()) }) {
			return "a process or a zombie"
		}
	}
	if !settles(func() bool { return openFDs() <= before }) {
		return fmt.Sprintf("%d open descriptors", openFDs()-before)
	}
	if !settles(func() bool { return runtime.NumGoroutine() <= goroutines }) {
		return fmt.Sprintf("%d goroutines", runtime.NumGoroutine()-goroutines)
	}
	runtime.KeepAlive(started)
	return ""
}

// liveAndDie has one worker die and the other one do the rest.
func liveAndDie() (started []*joinablequeue.Process, err error) {
	dir, err := os.MkdirTemp(".", "notes")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	q := joinablequeue.NewQueue[job](0)
	for range 2 {
		p, err := q.Start(works)
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, fmt.Errorf("Start started nothing")
		}
		started = append(started, p)
	}
	if err := q.Put(context.Background(), job{Dir: dir, Do: "exit", N: 1}); err != nil {
		return nil, err
	}
	if err := q.Join(context.Background()); err != nil {
		return nil, err
	}
	q.Close()
	q.Wait(context.Background())
	return started, nil
}

package processpool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/21-process-pool"
)

// settles asks until the answer is yes, as long as it takes what is ending to end.
func settles(yes func() bool) bool {
	for start := time.Now(); time.Since(start) < patience; time.Sleep(time.Millisecond) {
		if yes() {
			return true
		}
	}
	return yes()
}

// TestPoolsLeaveNothing looks in a fresh process, without garbage collection,
// which would close what was forgotten.
func TestPoolsLeaveNothing(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	require.Empty(t, result(t, submit(t, p, counts, none{}), "a call that has pools of its own"), "what is left of pools that have ended")
}

// countLeftovers has pools end in different ways and says what is left of them.
func countLeftovers() string {
	debug.SetGCPercent(-1)
	if _, err := liveAndDie(); err != nil { // what the runtime opens once, it keeps
		return err.Error()
	}
	before, goroutines := openFDs(), runtime.NumGoroutine()
	pids, err := liveAndDie()
	if err != nil {
		return err.Error()
	}
	for _, pid := range pids {
		if !settles(func() bool { return !exists(pid) }) {
			return "a process or a zombie"
		}
	}
	if !settles(func() bool { return openFDs() <= before }) {
		return fmt.Sprintf("%d open descriptors", openFDs()-before)
	}
	if !settles(func() bool { return runtime.NumGoroutine() <= goroutines }) {
		return fmt.Sprintf("%d goroutines", runtime.NumGoroutine()-goroutines)
	}
	return ""
}

// liveAndDie has a pool replace its worker and be shut down, another one be
// closed, and a third one break. It returns the numbers of their processes.
func liveAndDie() (pids []int, err error) {
	ctx := context.Background()
	worn, idle, hurt := processpool.NewPool(1, 1), processpool.NewPool(1, 0), processpool.NewPool(1, 0)
	for _, p := range []*processpool.Pool{worn, worn, idle, hurt} {
		f, err := processpool.Submit(ctx, p, whoami, none{})
		if err != nil {
			return nil, err
		}
		there, err := f.Result(ctx)
		if err != nil {
			return nil, err
		}
		pids = append(pids, there.Pid)
	}
	if _, err := processpool.Submit(ctx, hurt, crashes, ending{Code: 7}); err != nil {
		return nil, err
	}
	return pids, errors.Join(worn.Shutdown(ctx), idle.Close(), hurt.Shutdown(ctx))
}

// TestUnusedPoolLeavesNothing: nothing has been started, and nothing is left.
func TestUnusedPoolLeavesNothing(t *testing.T) {
	gradetest.RealTime(t)
	require.NoError(t, processpool.NewPool(2, 0).Shutdown(context.Background()), "error of Shutdown of a pool that had no calls")
	require.NoError(t, processpool.NewPool(2, 0).Close(), "error of Close of a pool that had no calls")
}

func TestShutdownThatGivesUpLeavesNothing(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	g := newGate(t)
	defer g.remove()
	held := submit(t, p, holds, string(g))
	g.await()
	before := runtime.NumGoroutine()
	for range 20 {
		require.ErrorIs(t, p.Shutdown(impatient()), context.Canceled, "error of Shutdown with a context that has ended, while a call runs")
	}
	few := func() bool { return runtime.NumGoroutine() <= before+5 } // the pool may have helpers that have just begun
	require.True(t, settles(few), "hardly more goroutines than before, after 20 calls of Shutdown that gave up")
	require.NoError(t, g.open(), "opening the gate")
	result(t, held, "a call that was run during Shutdown")
	require.NoError(t, p.Shutdown(context.Background()), "error of Shutdown")
}

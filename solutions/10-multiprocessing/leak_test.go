package multiprocessing_test

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
	"github.com/weft-course/weft/solutions/10-multiprocessing"
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

// TestProcessesLeaveNothing looks in a fresh process, without garbage
// collection, which would close what was forgotten.
func TestProcessesLeaveNothing(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, multiprocessing.New(counts, struct{}{}))
	require.Empty(t, hear[string](t, p), "what is left of processes that were joined")
	join(t, p)
}

// countLeftovers starts processes, joins them and says what is left of them.
func countLeftovers() string {
	debug.SetGCPercent(-1)
	if err := liveAndDie(nil); err != nil { // what the runtime opens once, it keeps
		return err.Error()
	}
	before, goroutines := openFDs(), runtime.NumGoroutine()
	var kept []*multiprocessing.Process
	if err := liveAndDie(&kept); err != nil {
		return err.Error()
	}
	for _, p := range kept {
		if !settles(func() bool { return !exists(p.Pid()) }) {
			return "a zombie"
		}
	}
	if !settles(func() bool { return openFDs() <= before }) {
		return fmt.Sprintf("%d open descriptors", openFDs()-before)
	}
	if !settles(func() bool { return runtime.NumGoroutine() <= goroutines }) {
		return fmt.Sprintf("%d goroutines", runtime.NumGoroutine()-goroutines)
	}
	runtime.KeepAlive(kept)
	return ""
}

// liveAndDie has one process end by itself, with messages that nobody receives
// on either side, and another one be killed.
func liveAndDie(kept *[]*multiprocessing.Process) error {
	ends, dies := multiprocessing.New(chatty, struct{}{}), multiprocessing.New(waits, struct{}{})
	for _, p := range []*multiprocessing.Process{ends, dies} {
		if err := p.Start(); err != nil {
			return err
		}
	}
	if err := errors.Join(dies.Terminate(), dies.Join(context.Background()), ends.Join(context.Background())); err != nil {
		return err
	}
	if kept != nil {
		*kept = append(*kept, ends, dies)
	}
	return nil
}

func TestJoinThatGivesUpLeavesNothing(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, multiprocessing.New(waits, struct{}{}))
	before := runtime.NumGoroutine()
	for range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		require.ErrorIs(t, p.Join(ctx), context.DeadlineExceeded, "Join with a time-out")
		cancel()
	}
	few := func() bool { return runtime.NumGoroutine() <= before+5 } // Start may have helpers that have just begun
	require.True(t, settles(few), "hardly more goroutines than before, after 20 calls of Join that gave up")
	require.NoError(t, p.Pipe().Send(nil), "Send")
	join(t, p)
}

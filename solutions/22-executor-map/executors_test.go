package executormap_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

// owned is what the executors of these tests have in common: they belong to the
// test, and Map must not end them.
type owned struct{ ended gradetest.InFlight }

func (o *owned) Shutdown(context.Context) error { o.ended.Enter(); return nil }
func (o *owned) Close() error                   { o.ended.Enter(); return nil }

// start runs c in this goroutine, as a worker of any executor does.
func start(c executormap.Call) bool {
	if !c.Start() {
		return false
	}
	c.Run(context.Background())
	return true
}

// spawner runs every call in a goroutine of its own. It always has room, and so
// never looks at a context.
type spawner struct {
	owned
	submitted gradetest.InFlight
}

func (e *spawner) Submit(_ context.Context, c executormap.Call) error {
	e.submitted.Enter()
	go start(c)
	return nil
}

// places runs calls in goroutines, as many at a time as it has room for; Submit
// waits while they are taken.
type places struct {
	owned
	taken chan struct{}
}

func newPlaces(n int) *places { return &places{taken: make(chan struct{}, n)} }

func (e *places) Submit(ctx context.Context, c executormap.Call) error {
	select {
	case e.taken <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	go func() {
		start(c)
		<-e.taken
	}()
	return nil
}

// byHand takes calls over and runs them when it is told to. It refuses all after
// the first few if it has a limit.
type byHand struct {
	owned
	limit int // 0 for none

	mu      sync.Mutex
	calls   []executormap.Call
	refused int
}

func (e *byHand) Submit(_ context.Context, c executormap.Call) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.limit > 0 && len(e.calls) == e.limit {
		e.refused++
		return executormap.ErrShutdown
	}
	e.calls = append(e.calls, c)
	return nil
}

func (e *byHand) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.calls)
}

// call returns call number i, which must have been submitted by now.
func (e *byHand) call(t *testing.T, i int) executormap.Call {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	require.Greater(t, len(e.calls), i, "calls submitted by now, so that number %d (from 0) can be run", i)
	return e.calls[i]
}

// run runs call number i and lets everybody take notice.
func (e *byHand) run(t *testing.T, i int) {
	t.Helper()
	require.True(t, start(e.call(t, i)), "call number %d (from 0) can be run, that is, has not been cancelled", i)
	gradetest.Settle()
}

// requireCancelled demands that nothing is left to be run from call number i on.
func (e *byHand) requireCancelled(t *testing.T, i int) {
	t.Helper()
	for ; i < e.count(); i++ {
		require.False(t, e.call(t, i).Start(), "call number %d (from 0) can still be run after the end of the loop", i)
	}
}

// elsewhere knows functions by their names only, and sees of arguments and
// results what gets through a pipe, like an executor over processes.
type elsewhere struct {
	owned
	known map[string]invoke
}

type invoke = func(ctx context.Context, decode func(arg any) error) (result any, err error)

func (e *elsewhere) Submit(_ context.Context, c executormap.Call) error {
	go e.run(c)
	return nil
}

func (e *elsewhere) run(c executormap.Call) {
	if !c.Start() {
		return
	}
	invoke, ok := e.known[c.Task()]
	if !ok {
		c.Fail(fmt.Errorf("no task is called %q", c.Task()))
		return
	}
	arg, err := json.Marshal(c.Arg())
	if err != nil {
		c.Fail(err)
		return
	}
	result, err := invoke(context.Background(), func(v any) error { return json.Unmarshal(arg, v) })
	if err != nil {
		c.Fail(err)
		return
	}
	answer, err := json.Marshal(result)
	if err != nil {
		c.Fail(err)
		return
	}
	c.Finish(func(v any) error { return json.Unmarshal(answer, v) })
}

// firstOnly runs the first call in a goroutine of its own and keeps the others.
type firstOnly struct {
	owned
	first sync.Once
	rest  byHand
}

func (e *firstOnly) Submit(ctx context.Context, c executormap.Call) error {
	first := false
	e.first.Do(func() { first = true })
	if !first {
		return e.rest.Submit(ctx, c)
	}
	go start(c)
	return nil
}

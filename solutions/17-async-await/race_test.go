package asyncawait_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/17-async-await"
)

// The tests of this file run in real time. Each calls one function only from
// several goroutines, so that nothing else puts the calls into an order.

// hammer runs f in a Run, with four goroutines that each call what f returns.
func hammer(t *testing.T, f func(ctx context.Context) func()) {
	_, err := asyncawait.Run(context.Background(), func(ctx context.Context) (string, error) {
		call := f(ctx)
		var all sync.WaitGroup
		for range 4 {
			all.Go(call)
		}
		all.Wait()
		return "", nil
	})
	require.NoError(t, err, "error of Run, with a main that returns none")
}

func TestHammerAwait(t *testing.T) {
	for range 20 {
		hammer(t, func(ctx context.Context) func() {
			seen := 0 // the task writes it, and those who await it read it
			task := asyncawait.CreateTask(ctx, func(context.Context) (string, error) {
				seen++
				return "weft", nil
			})
			return func() {
				if value, err := task.Await(ctx); seen != 1 || value != "weft" || err != nil {
					t.Errorf("Await of one task in four goroutines: got %q and error %v, with %d calls seen; want \"weft\", none and 1", value, err, seen)
				}
			}
		})
	}
}

// TestHammerDone looks at a task until it has ended.
func TestHammerDone(t *testing.T) {
	for range 20 {
		hammer(t, func(ctx context.Context) func() {
			seen := 0
			task := asyncawait.CreateTask(ctx, func(context.Context) (string, error) {
				seen++
				return "weft", nil
			})
			return func() {
				for !task.Done() {
					time.Sleep(50 * time.Microsecond)
				}
				if seen != 1 {
					t.Errorf("what a goroutine sees of a task for which Done is true: got %d, want 1", seen)
				}
			}
		})
	}
}

func TestHammerCancelled(t *testing.T) {
	for range 20 {
		hammer(t, func(ctx context.Context) func() {
			task := asyncawait.CreateTask(ctx, func(context.Context) (string, error) { return "", asyncawait.ErrCancelled })
			return func() {
				for !task.Cancelled() {
					time.Sleep(50 * time.Microsecond)
				}
			}
		})
	}
}

func TestHammerCancel(t *testing.T) {
	for range 20 {
		hammer(t, func(ctx context.Context) func() {
			task := asyncawait.CreateTask(ctx, after(0, ""))
			return func() { task.Cancel() }
		})
	}
}

func TestHammerGather(t *testing.T) {
	for range 20 {
		hammer(t, func(ctx context.Context) func() {
			a, b := asyncawait.CreateTask(ctx, after(0, "a")), asyncawait.CreateTask(ctx, after(0, "b"))
			return func() {
				if values, err := asyncawait.Gather(ctx, a, b); len(values) != 2 || err != nil {
					t.Errorf("Gather of two tasks in four goroutines: got %q and error %v, want two values and none", values, err)
				}
			}
		})
	}
}

func TestHammerWaitFirst(t *testing.T) {
	for range 20 {
		hammer(t, func(ctx context.Context) func() {
			a, b := asyncawait.CreateTask(ctx, after(0, "a")), asyncawait.CreateTask(ctx, after(time.Millisecond, "b"))
			return func() {
				if done, _, err := asyncawait.WaitFirst(ctx, a, b); len(done) == 0 || err != nil {
					t.Errorf("WaitFirst of two tasks in four goroutines: got %d done and error %v, want at least one and none", len(done), err)
				}
			}
		})
	}
}

func TestHammerCreateTask(t *testing.T) {
	for range 10 {
		hammer(t, func(ctx context.Context) func() {
			return func() {
				for range 5 {
					asyncawait.CreateTask(ctx, after(0, ""))
				}
			}
		})
	}
}

// TestHammerSpawn has tasks that all fail, and Spawn in them.
func TestHammerSpawn(t *testing.T) {
	for range 10 {
		asyncawait.Run(context.Background(), func(ctx context.Context) (string, error) {
			err := asyncawait.Group(ctx, func(_ context.Context, g *asyncawait.TaskGroup) error {
				for range 4 {
					asyncawait.Spawn(g, func(context.Context) (string, error) {
						asyncawait.Spawn(g, after(0, ""))
						return "", broken()
					})
				}
				return nil
			})
			if err == nil {
				t.Error("error of a Group whose tasks fail: got none")
			}
			return "", nil
		})
	}
}

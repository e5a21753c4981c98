package asyncawait_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weft-course/weft/exercises/17-async-await"
)

// The tests run in a bubble of virtual time: a second in it takes no time at
// all, and a wait that nobody will ever end is reported as a deadlock.

// taking returns a function that returns value when d has passed, unless it is
// cancelled.
func taking(d time.Duration, value string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		return value, asyncawait.Sleep(ctx, d)
	}
}

func TestTwoTasksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		got, err := asyncawait.Run(t.Context(), func(ctx context.Context) ([]string, error) {
			slow := asyncawait.CreateTask(ctx, taking(2*time.Second, "slow"))
			fast := asyncawait.CreateTask(ctx, taking(time.Second, "fast"))
			return asyncawait.Gather(ctx, slow, fast)
		})
		if want := []string{"slow", "fast"}; !slices.Equal(got, want) || err != nil {
			t.Errorf("Gather of two tasks: got %q and error %v, want %q and none", got, err, want)
		}
		if took := time.Since(start); took.Truncate(time.Second) != 2*time.Second {
			t.Errorf("tasks of one and of two seconds took %v together, want 2s", took)
		}
	})
}

func TestCancelGoesDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := make(chan string, 2)
		_, err := asyncawait.Run(t.Context(), func(ctx context.Context) (string, error) {
			inner := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
				err := asyncawait.Sleep(ctx, time.Hour)
				time.Sleep(time.Second) // clean-up
				names <- "inner"
				return "", err
			})
			outer := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
				_, err := inner.Await(ctx)
				names <- "outer"
				return "", err
			})
			asyncawait.Sleep(ctx, time.Second)
			outer.Cancel()
			return outer.Await(ctx)
		})
		close(names)
		if first, second := <-names, <-names; first != "inner" || second != "outer" {
			t.Errorf("tasks that have ended, in their order: got %q and %q, want \"inner\" and \"outer\"", first, second)
		}
		if !errors.Is(err, asyncawait.ErrCancelled) {
			t.Errorf("Await of a cancelled task: got error %v, want ErrCancelled", err)
		}
	})
}

func TestTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := asyncawait.Run(t.Context(), func(ctx context.Context) (string, error) {
			return asyncawait.Timeout(ctx, time.Second, taking(time.Hour, "late"))
		})
		if !errors.Is(err, asyncawait.ErrTimeout) {
			t.Errorf("Timeout of a second around a sleep of an hour: got error %v, want ErrTimeout", err)
		}
	})
}

func TestOneFailsAllGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, broken := time.Now(), errors.New("broken")
		_, err := asyncawait.Run(t.Context(), func(ctx context.Context) (string, error) {
			return "", asyncawait.Group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
				asyncawait.Spawn(g, taking(time.Hour, "long"))
				asyncawait.Spawn(g, func(ctx context.Context) (string, error) {
					asyncawait.Sleep(ctx, time.Second)
					return "", broken
				})
				return nil
			})
		})
		if !errors.Is(err, broken) {
			t.Errorf("Group with a task that fails: got error %v, want %v", err, broken)
		}
		if took := time.Since(start); took.Truncate(time.Second) != time.Second {
			t.Errorf("Group with a task that fails after a second took %v, want 1s", took)
		}
	})
}

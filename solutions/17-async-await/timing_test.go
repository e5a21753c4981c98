package asyncawait_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/17-async-await"
)

// odd is a time that no step of a loop that polls comes to.
const odd = 1234567 * time.Nanosecond

func TestAwaitOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		require.Equal(t, odd, gradetest.Took(func() { asyncawait.Sleep(ctx, odd) }), "time that Sleep took of 1.234567 ms")
		task := asyncawait.CreateTask(ctx, after(odd, ""))
		require.Equal(t, odd, gradetest.Took(func() { task.Await(ctx) }), "time that Await took of a task of 1.234567 ms")
		task = asyncawait.CreateTask(ctx, after(odd, ""))
		require.Equal(t, odd, gradetest.Took(func() { asyncawait.Shield(ctx, task) }), "time that Shield took of a task of 1.234567 ms")
		require.Zero(t, gradetest.Took(func() { task.Await(ctx) }), "time that Await took of a task that had ended")
		require.Equal(t, odd, gradetest.Took(func() { asyncawait.Run(context.Background(), after(odd, "")) }), "time that Run took with a main of 1.234567 ms")
	})
}

// TestCancelOnTheDot has a chain of three whose innermost cleans up for 3 ms.
func TestCancelOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		inner := asyncawait.CreateTask(ctx, tidy(3*time.Millisecond, &j, ""))
		middle := asyncawait.CreateTask(ctx, awaiting(inner, &j, ""))
		outer := asyncawait.CreateTask(ctx, awaiting(middle, &j, ""))
		time.Sleep(odd)
		require.Equal(t, 3*time.Millisecond, gradetest.Took(func() {
			require.Zero(t, gradetest.Took(func() { outer.Cancel() }), "time that Cancel took")
			outer.Await(ctx)
		}), "time from Cancel to the end of a chain of three tasks, whose innermost cleans up for 3 ms")
		long := asyncawait.CreateTask(ctx, after(time.Hour, ""))
		waiting := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) { return asyncawait.Shield(ctx, long) })
		time.Sleep(odd)
		require.Zero(t, gradetest.Took(func() {
			waiting.Cancel()
			waiting.Await(ctx)
		}), "time from Cancel to the end of a task that waits in Shield")
		waiting = asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
			_, _, err := asyncawait.WaitFirst(ctx, long)
			return "", err
		})
		time.Sleep(odd)
		require.Zero(t, gradetest.Took(func() {
			waiting.Cancel()
			waiting.Await(ctx)
		}), "time from Cancel to the end of a task that waits in WaitFirst")
	})
}

func TestTimeoutOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		require.Equal(t, odd, gradetest.Took(func() { asyncawait.Timeout(ctx, odd, after(time.Hour, "")) }), "time that a Timeout of 1.234567 ms took around an hour")
		require.Equal(t, odd, gradetest.Took(func() { asyncawait.Timeout(ctx, time.Hour, after(odd, "")) }), "time that a Timeout of an hour took around 1.234567 ms")
		var j journal
		require.Equal(t, odd+3*time.Millisecond, gradetest.Took(func() { asyncawait.Timeout(ctx, odd, tidy(3*time.Millisecond, &j, "")) }),
			"time that a Timeout of 1.234567 ms took around a function that cleans up for 3 ms")
	})
}

func TestGatherOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		create := func(f work) *task { return asyncawait.CreateTask(ctx, f) }
		a, b, c := create(after(2*odd, "")), create(after(3*odd, "")), create(after(odd, ""))
		require.Equal(t, 3*odd, gradetest.Took(func() { asyncawait.Gather(ctx, a, b, c) }), "time that Gather took of tasks of 1, 2 and 3 times 1.234567 ms")
		a, b = create(after(time.Hour, "")), create(failing(odd, broken()))
		require.Equal(t, odd, gradetest.Took(func() { asyncawait.Gather(ctx, a, b) }), "time that Gather took with a task that fails after 1.234567 ms")
		a, b, c = create(after(time.Hour, "")), create(after(odd, "")), create(after(2*odd, ""))
		require.Equal(t, odd, gradetest.Took(func() { asyncawait.WaitFirst(ctx, a, c, b) }), "time that WaitFirst took with a task of 1.234567 ms")
	})
}

func TestGroupOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		require.Equal(t, 2*odd, gradetest.Took(func() { asyncawait.Group(ctx, of(after(odd, ""), after(2*odd, ""))) }), "time that a Group took of tasks of 1 and 2 times 1.234567 ms")
		var j journal
		require.Equal(t, odd+3*time.Millisecond, gradetest.Took(func() {
			asyncawait.Group(ctx, of(failing(odd, broken()), after(time.Hour, ""), tidy(3*time.Millisecond, &j, "")))
		}), "time that a Group took in which one fails after 1.234567 ms and another one cleans up for 3 ms")
	})
}

// TestNextStepAtOnce passes the word along ten tasks.
func TestNextStepAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		task := asyncawait.CreateTask(ctx, after(odd, ""))
		for range 10 {
			task = asyncawait.CreateTask(ctx, awaiting(task, &j, ""))
		}
		synctest.Wait()
		require.Equal(t, odd, gradetest.Took(func() { task.Await(ctx) }), "time until the last one of a chain of ten tasks has ended, with a first one of 1.234567 ms")
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		ctx, cancel := context.WithCancel(context.Background())
		running := gradetest.Go(func() error {
			_, err := asyncawait.Run(ctx, func(ctx context.Context) (string, error) {
				a, b := asyncawait.CreateTask(ctx, after(time.Hour, "")), asyncawait.CreateTask(ctx, after(time.Hour, ""))
				return "", asyncawait.Group(ctx, of(
					func(ctx context.Context) (string, error) { return asyncawait.Shield(ctx, a) },
					func(ctx context.Context) (string, error) { return asyncawait.Timeout(ctx, time.Hour, b.Await) },
					func(ctx context.Context) (string, error) {
						_, _, err := asyncawait.WaitFirst(ctx, a, b)
						return "", err
					},
					func(ctx context.Context) (string, error) {
						_, err := asyncawait.Gather(ctx, a, b)
						return "", err
					},
				))
			})
			return err
		})
		return func() {
			cancel()
			running.Wait()
		}
	})
}

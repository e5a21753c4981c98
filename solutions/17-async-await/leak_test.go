package asyncawait_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/17-async-await"
)

// leavesNothing calls f once, and then three times more, and fails the test if
// that has added goroutines. The tasks go on meanwhile.
func leavesNothing(t *testing.T, what string, f func()) {
	f()
	gradetest.Settle()
	before := gradetest.Goroutines()
	for range 3 {
		f()
		gradetest.Settle()
	}
	require.LessOrEqual(t, gradetest.Goroutines(), before, "goroutines left by three more calls of %s, while the tasks go on", what)
}

// TestShieldLeavesNothing has a shielded task that goes on for an hour.
func TestShieldLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		long := asyncawait.CreateTask(ctx, after(time.Hour, ""))
		leavesNothing(t, "Shield, given up after a second", func() {
			_, err := asyncawait.Timeout(ctx, time.Second, func(ctx context.Context) (string, error) { return asyncawait.Shield(ctx, long) })
			require.Error(t, err, "Timeout of a Shield of a task that takes an hour")
		})
	})
}

func TestWaitFirstLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		long, longer := asyncawait.CreateTask(ctx, after(time.Hour, "")), asyncawait.CreateTask(ctx, after(time.Hour, ""))
		leavesNothing(t, "WaitFirst, with two tasks that have not ended", func() {
			asyncawait.WaitFirst(ctx, long, asyncawait.CreateTask(ctx, after(time.Second, "")), longer)
		})
		leavesNothing(t, "WaitFirst, given up after a second", func() {
			asyncawait.Timeout(ctx, time.Second, func(ctx context.Context) (string, error) {
				_, _, err := asyncawait.WaitFirst(ctx, long, longer)
				return "", err
			})
		})
	})
}

func TestGatherLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		long := asyncawait.CreateTask(ctx, after(time.Hour, ""))
		leavesNothing(t, "Gather, with a task that fails and one that has not ended", func() {
			_, err := asyncawait.Gather(ctx, long, asyncawait.CreateTask(ctx, failing(time.Second, broken())))
			require.Error(t, err, "Gather with a task that fails")
		})
	})
}

// TestTasksLeaveNothing has tasks and groups that have ended, while Run goes on.
func TestTasksLeaveNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		leavesNothing(t, "CreateTask, Cancel and Await", func() {
			task := asyncawait.CreateTask(ctx, after(time.Hour, ""))
			task.Cancel()
			task.Await(ctx)
		})
		leavesNothing(t, "Timeout of a function that returns in time", func() {
			asyncawait.Timeout(ctx, time.Hour, after(time.Second, ""))
		})
		leavesNothing(t, "Group, with a task that fails", func() {
			asyncawait.Group(ctx, of(after(time.Hour, ""), failing(time.Second, broken())))
		})
		leavesNothing(t, "Group, with tasks that return", func() {
			asyncawait.Group(ctx, of(after(time.Second, ""), after(0, "")))
		})
	})
}

// TestRunLeavesNothing is found out at the end of the bubble.
func TestRunLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		asyncawait.Run(ctx, func(ctx context.Context) (string, error) {
			asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
				asyncawait.CreateTask(ctx, after(time.Hour, ""))
				return "", nil
			})
			asyncawait.CreateTask(ctx, after(time.Hour, ""))
			return "", asyncawait.Sleep(ctx, time.Second)
		})
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Run has returned, with a context that has not ended")
	})
}

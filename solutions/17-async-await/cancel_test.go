package asyncawait_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/17-async-await"
)

// TestCancelReachesTheInnermost has a chain of tasks, made from the inside, each
// of which awaits the one before. Only the innermost sleeps.
func TestCancelReachesTheInnermost(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		inner := asyncawait.CreateTask(ctx, tidy(3*time.Second, &j, "inner"))
		middle := asyncawait.CreateTask(ctx, awaiting(inner, &j, "middle"))
		outer := asyncawait.CreateTask(ctx, awaiting(middle, &j, "outer"))
		gradetest.Settle()
		require.True(t, outer.Cancel(), "Cancel of a task that has not ended")
		time.Sleep(time.Second)
		for _, task := range []*task{inner, middle, outer} {
			mustGoOn(t, task, "a cancelled task while the innermost cleans up")
		}
		require.True(t, outer.Cancel(), "second Cancel of a task that has not ended")
		time.Sleep(3 * time.Second)
		require.Equal(t, []string{"inner", "middle", "outer"}, j.read(), "order in which a chain of awaits ends that is cancelled at its outer end")
		for _, task := range []*task{inner, middle, outer} {
			mustCancelled(t, task, "a task of a chain that was cancelled")
		}
	})
}

// TestCancelOfOneAwaiter has two who await one task: asyncio cancels it for both.
func TestCancelOfOneAwaiter(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		shared := asyncawait.CreateTask(ctx, after(time.Hour, "shared"))
		one := asyncawait.CreateTask(ctx, awaiting(shared, &j, "one"))
		two := asyncawait.CreateTask(ctx, awaiting(shared, &j, "two"))
		gradetest.Settle()
		one.Cancel()
		gradetest.Settle()
		mustCancelled(t, shared, "a task that was awaited by one that is cancelled")
		mustCancelled(t, one, "the task that was cancelled")
		mustCancelled(t, two, "another one that awaited the same task")
	})
}

// TestAwaitWithEndedContext has a context that has ended before Await begins.
func TestAwaitWithEndedContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		ended, cancel := context.WithCancel(ctx)
		cancel()
		quick, long := asyncawait.CreateTask(ctx, after(0, "quick")), asyncawait.CreateTask(ctx, after(time.Hour, "long"))
		gradetest.Settle()
		for range 20 { // a select that is ready twice chooses at random
			value, err := quick.Await(ended)
			require.NoError(t, err, "error of Await of a task that has ended, with a context that has ended")
			require.Equal(t, "quick", value, "value of Await of a task that has ended, with a context that has ended")
			value, err = asyncawait.Shield(ended, quick)
			require.NoError(t, err, "error of Shield of a task that has ended, with a context that has ended")
			require.Equal(t, "quick", value, "value of Shield of a task that has ended, with a context that has ended")
		}
		mustGoOn(t, long, "a task that nobody has awaited")
		_, err := long.Await(ended)
		isCancelled(t, err, "Await of a task that has not ended, with a context that has ended")
		mustCancelled(t, long, "a task awaited with a context that has ended")
	})
}

func TestResultInSpiteOfCancel(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		want := broken()
		inner := asyncawait.CreateTask(ctx, stubborn("in spite"))
		outer := asyncawait.CreateTask(ctx, awaiting(inner, &j, "outer"))
		failed := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", want
		})
		gradetest.Settle()
		outer.Cancel()
		failed.Cancel()
		gradetest.Settle()
		must(t, inner, "in spite", "a task that returns a value when it is cancelled")
		must(t, outer, "in spite", "the task that awaits it")
		require.False(t, inner.Cancel(), "Cancel of a task that has ended")
		must(t, inner, "in spite", "a task that was cancelled after its end")
		_, err := failed.Await(ctx)
		isFailure(t, want, err, "a task that fails when it is cancelled")
		require.False(t, failed.Cancelled(), "Cancelled of a task that fails when it is cancelled")
	})
}

// TestContextsError has tasks that wait by themselves and return ctx.Err(), as
// Go functions do.
func TestContextsError(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		plain := func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}
		task := asyncawait.CreateTask(ctx, plain)
		gradetest.Settle()
		require.True(t, task.Cancel(), "Cancel of a task that waits for the end of its context")
		gradetest.Settle()
		mustCancelled(t, task, "a task that returns the Err of its context")
		_, err := asyncawait.Timeout(ctx, time.Second, plain)
		isTimeout(t, err, "Timeout of a function that returns the Err of its context")
	})
}

// TestCleanUpMayWait has a clean-up that awaits and sleeps, with a context of
// its own.
func TestCleanUpMayWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		task := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
			err := asyncawait.Sleep(ctx, time.Hour)
			calm := context.WithoutCancel(ctx)
			if asyncawait.Sleep(ctx, time.Hour) != nil && asyncawait.Sleep(calm, time.Second) == nil {
				j.note("slept")
			}
			if value, err := asyncawait.CreateTask(ctx, after(time.Second, "helped")).Await(calm); err == nil {
				j.note(value)
			}
			return "", err
		})
		gradetest.Settle()
		task.Cancel()
		time.Sleep(3 * time.Second)
		require.Equal(t, []string{"slept", "helped"}, j.read(), "what a clean-up has done with context.WithoutCancel: a Sleep, and the Await of a new task")
		mustCancelled(t, task, "a task that was cancelled and has cleaned up")
	})
}

// TestCancelMeetsTheEnd asks a task to end at the moment in which it does.
func TestCancelMeetsTheEnd(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		task := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) { return "weft", asyncawait.Sleep(ctx, 0) })
		inTime := task.Cancel()
		gradetest.Settle()
		require.True(t, task.Done(), "Done of a task that was cancelled while it ended")
		if !inTime || !task.Cancelled() {
			must(t, task, "weft", "a task that was cancelled too late")
			return
		}
		mustCancelled(t, task, "a task that was cancelled in time")
	})
}

func TestTimeoutInTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		value, err := asyncawait.Timeout(ctx, 2*time.Second, after(time.Second, "in time"))
		require.NoError(t, err, "error of a Timeout of two seconds around one")
		require.Equal(t, "in time", value, "value of a Timeout of two seconds around one")
		want := broken()
		_, err = asyncawait.Timeout(ctx, 2*time.Second, failing(time.Second, want))
		isFailure(t, want, err, "Timeout of a function that fails in time")
		other := asyncawait.CreateTask(ctx, after(time.Hour, ""))
		gradetest.Settle()
		other.Cancel()
		_, err = asyncawait.Timeout(ctx, time.Second, other.Await)
		isCancelled(t, err, "Timeout, in time, of Await of a cancelled task")
		require.NoError(t, ctx.Err(), "Err of the context that Timeout was given, afterwards")
	})
}

// TestTimeIsUpForTheInnermost has a function that takes its time to clean up.
func TestTimeIsUpForTheInnermost(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		inner := asyncawait.CreateTask(ctx, tidy(3*time.Second, &j, "inner"))
		outer := asyncawait.CreateTask(ctx, awaiting(inner, &j, "outer"))
		limited := later(ctx, func(ctx context.Context) (string, error) { return asyncawait.Timeout(ctx, time.Second, outer.Await) })
		limited.MustWait(t, "Timeout of a second, at its beginning")
		time.Sleep(3 * time.Second)
		limited.MustWait(t, "Timeout of a second, after three, while the function cleans up")
		time.Sleep(2 * time.Second)
		isTimeout(t, limited.MustReturn(t, "Timeout of a function that has cleaned up").err, "Timeout of a second")
		require.Equal(t, []string{"inner", "outer"}, j.read(), "order in which what Timeout has called has ended")
		mustCancelled(t, inner, "what the function awaited when the time was up")
	})
}

func TestTimeIsUpButThereIsAResult(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		value, err := asyncawait.Timeout(ctx, time.Second, stubborn("in spite"))
		require.NoError(t, err, "error of a Timeout of a function that returns none when the time is up")
		require.Equal(t, "in spite", value, "value of that Timeout")
		want := broken()
		_, err = asyncawait.Timeout(ctx, time.Second, func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", want
		})
		isFailure(t, want, err, "Timeout of a function that fails when the time is up")
	})
}

// TestTimeoutOfNothing has no time at all.
func TestTimeoutOfNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		_, err := asyncawait.Timeout(ctx, 0, after(time.Second, ""))
		isTimeout(t, err, "Timeout of 0 around a Sleep")
		value, err := asyncawait.Timeout(ctx, -time.Second, func(context.Context) (string, error) { return "at once", nil })
		require.NoError(t, err, "error of a Timeout of less than 0 around a function that does not wait")
		require.Equal(t, "at once", value, "value of that Timeout")
	})
}

// TestCancelledIsNotTimedOut has the caller cancelled, before the time is up
// and, while the function cleans up, after it.
func TestCancelledIsNotTimedOut(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		limited := func(d time.Duration, f work) work {
			return func(ctx context.Context) (string, error) { return asyncawait.Timeout(ctx, d, f) }
		}
		before := asyncawait.CreateTask(ctx, limited(time.Hour, after(2*time.Hour, "")))
		between := asyncawait.CreateTask(ctx, limited(time.Second, tidy(5*time.Second, &j, "")))
		afterwards := asyncawait.CreateTask(ctx, limited(3*time.Second, tidy(5*time.Second, &j, "")))
		time.Sleep(2 * time.Second)
		for _, task := range []*task{before, between, afterwards} {
			task.Cancel()
		}
		gradetest.Settle()
		mustCancelled(t, before, "a Timeout whose caller is cancelled before the time is up")
		time.Sleep(10 * time.Second)
		mustCancelled(t, between, "a Timeout whose caller is cancelled when the time is up and the function cleans up")
		mustCancelled(t, afterwards, "a Timeout whose time is up when its caller is cancelled and the function cleans up")
	})
}

// TestTimeoutInTimeout has the outer one end first, and the inner one.
func TestTimeoutInTimeout(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var inner error
		nested := func(outer, limit time.Duration) error {
			_, err := asyncawait.Timeout(ctx, outer, func(ctx context.Context) (string, error) {
				_, inner = asyncawait.Timeout(ctx, limit, after(time.Hour, ""))
				return "", inner
			})
			return err
		}
		isTimeout(t, nested(time.Second, time.Minute), "the outer Timeout, whose time is up first")
		isCancelled(t, inner, "the inner Timeout, when the time of the outer one is up")
		isTimeout(t, nested(time.Minute, time.Second), "the outer Timeout, which passes on ErrTimeout")
		isTimeout(t, inner, "the inner Timeout, whose time is up first")
	})
}

func TestShieldProtects(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		inner := asyncawait.CreateTask(ctx, after(2*time.Second, "inner"))
		outer := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) { return asyncawait.Shield(ctx, inner) })
		other := later(ctx, func(ctx context.Context) (string, error) { return asyncawait.Shield(ctx, inner) })
		other.MustWait(t, "Shield of a task that has not ended")
		outer.Cancel()
		gradetest.Settle()
		mustCancelled(t, outer, "a task that is cancelled while it waits in Shield")
		mustGoOn(t, inner, "a shielded task")
		other.MustWait(t, "another Shield of the same task")
		_, err := asyncawait.Timeout(ctx, time.Second, func(ctx context.Context) (string, error) { return asyncawait.Shield(ctx, inner) })
		isTimeout(t, err, "Timeout of a Shield")
		mustGoOn(t, inner, "a shielded task")
		time.Sleep(2 * time.Second)
		must(t, inner, "inner", "a shielded task")
		require.Equal(t, outcome{"inner", nil}, other.MustReturn(t, "another Shield of the same task"), "value and error of another Shield")
	})
}

func TestShieldGivesTheResult(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		want := broken()
		_, err := asyncawait.Shield(ctx, asyncawait.CreateTask(ctx, failing(time.Second, want)))
		isFailure(t, want, err, "Shield of a task that fails")
		inner := asyncawait.CreateTask(ctx, after(time.Hour, ""))
		waiting := later(ctx, func(ctx context.Context) (string, error) { return asyncawait.Shield(ctx, inner) })
		inner.Cancel()
		gradetest.Settle()
		isCancelled(t, waiting.MustReturn(t, "Shield of a task that is cancelled itself").err, "Shield of a task that is cancelled itself")
	})
}

package asyncawait_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/17-async-await"
)

func TestRunReturnsTheResult(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		value, err := asyncawait.Run(context.Background(), after(time.Second, "weft"))
		require.NoError(t, err, "error of Run, with a main that returns none")
		require.Equal(t, "weft", value, "value of Run, with a main that returns \"weft\"")
		want := broken()
		_, err = asyncawait.Run(context.Background(), failing(time.Second, want))
		isFailure(t, want, err, "Run, with a main that fails")
	})
}

func TestRunIsCancelled(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var j journal
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		running := later(ctx, func(ctx context.Context) (string, error) {
			return asyncawait.Run(ctx, tidy(3*time.Second, &j, "main"))
		})
		running.MustWait(t, "Run, with a main that sleeps")
		cancel()
		time.Sleep(time.Second)
		running.MustWait(t, "Run, with a main that is cancelled and cleans up for three seconds")
		time.Sleep(3 * time.Second)
		isCancelled(t, running.MustReturn(t, "Run, with a main that has cleaned up").err, "Run whose context has ended")
		require.Equal(t, []string{"main"}, j.read(), "clean-ups that have come to their end")
	})
}

func TestRunEndsTheOthers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var j journal
		var tasks []*task
		value, err := asyncawait.Run(context.Background(), func(ctx context.Context) (string, error) {
			tasks = append(tasks, asyncawait.CreateTask(ctx, tidy(3*time.Second, &j, "slow")))
			tasks = append(tasks, asyncawait.CreateTask(ctx, tidy(time.Second, &j, "quick")))
			tasks = append(tasks, asyncawait.CreateTask(ctx, failing(time.Second, broken())))
			return "weft", asyncawait.Sleep(ctx, 2*time.Second)
		})
		require.NoError(t, err, "error of Run, with a main that returns none")
		require.Equal(t, "weft", value, "value of Run, with a main that returns \"weft\"")
		require.Equal(t, []string{"quick", "slow"}, j.read(), "clean-ups that had come to their end when Run returned")
		for _, task := range tasks {
			require.True(t, task.Done(), "Done of a task after Run")
		}
		mustCancelled(t, tasks[0], "a task that had not ended when main returned")
		require.False(t, tasks[2].Cancelled(), "Cancelled of a task that has failed before main returned")
	})
}

// TestRunTakesNoMore has a task that creates another while it cleans up, and
// main's context used after Run.
func TestRunTakesNoMore(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var j journal
		var lent context.Context
		called := func(context.Context) (string, error) {
			j.note("called")
			return "", nil
		}
		var late box
		_, err := asyncawait.Run(context.Background(), func(ctx context.Context) (string, error) {
			lent = ctx
			asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
				<-ctx.Done()
				time.Sleep(time.Second)
				late.put(asyncawait.CreateTask(ctx, called))
				return "", nil
			})
			return "", asyncawait.Sleep(ctx, time.Second)
		})
		require.NoError(t, err, "error of Run, with a main that returns none")
		mustCancelled(t, late.get(), "a task created in the clean-up after main")
		mustCancelled(t, asyncawait.CreateTask(lent, called), "a task created after Run")
		gradetest.Settle()
		require.Empty(t, j.read(), "functions called that were handed over after main had returned")
	})
}

func TestTaskGivesItsResult(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		want := broken()
		good, bad := asyncawait.CreateTask(ctx, after(time.Second, "weft")), asyncawait.CreateTask(ctx, failing(time.Second, want))
		first, second := later(ctx, good.Await), later(context.Background(), good.Await)
		mustGoOn(t, good, "a task of one second, at its beginning")
		first.MustWait(t, "Await of a task that has not ended")
		time.Sleep(2 * time.Second)
		require.Equal(t, outcome{"weft", nil}, first.MustReturn(t, "Await of a task that has ended"), "value and error of Await")
		require.Equal(t, outcome{"weft", nil}, second.MustReturn(t, "another Await of the same task"), "value and error of another Await")
		must(t, good, "weft", "a task that has ended")
		require.True(t, bad.Done(), "Done of a task that has failed")
		_, err := bad.Await(ctx)
		isFailure(t, want, err, "Await of a task that has failed")
		require.False(t, bad.Cancelled(), "Cancelled of a task that has failed")
	})
}

// TestTasksRunTogether has two tasks that need each other.
func TestTasksRunTogether(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		warp, weft := make(chan string), make(chan string)
		a := asyncawait.CreateTask(ctx, func(context.Context) (string, error) {
			warp <- "warp"
			return <-weft, nil
		})
		b := asyncawait.CreateTask(ctx, func(context.Context) (string, error) {
			got := <-warp
			weft <- "weft"
			return got, nil
		})
		gradetest.Settle()
		must(t, a, "weft", "a task that talks to another")
		must(t, b, "warp", "the other one")
	})
}

type key struct{}

func TestTaskOutlivesItsCreator(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var long, late *task
		creator := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
			long = asyncawait.CreateTask(ctx, after(2*time.Second, "long"))
			err := asyncawait.Sleep(ctx, time.Hour)
			late = asyncawait.CreateTask(context.WithValue(ctx, key{}, "dye"), func(ctx context.Context) (string, error) {
				err := asyncawait.Sleep(ctx, time.Second)
				dye, _ := ctx.Value(key{}).(string)
				return dye, err
			})
			return "", err
		})
		gradetest.Settle()
		creator.Cancel()
		gradetest.Settle()
		mustCancelled(t, creator, "a task that was cancelled")
		mustGoOn(t, long, "a task whose creator was cancelled")
		mustGoOn(t, late, "a task created by one that is cancelled")
		time.Sleep(3 * time.Second)
		must(t, long, "long", "a task whose creator was cancelled")
		must(t, late, "dye", "a task created by one that is cancelled, which returns a value of the context")
	})
}

func TestNotWithoutRun(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		require.Panics(t, func() { asyncawait.CreateTask(context.Background(), after(0, "")) }, "CreateTask with a context that does not come from Run")
		require.Panics(t, func() {
			asyncawait.Group(context.Background(), func(context.Context, *asyncawait.TaskGroup) error { return nil })
		}, "Group with a context that does not come from Run")
	})
}

func TestSelfAwait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		other := asyncawait.CreateTask(ctx, after(2*time.Second, "other"))
		known := make(chan *task, 1)
		self := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
			self := <-known
			_, err := self.Await(ctx)
			isSelf(t, err, "Await of the task that calls it")
			_, err = asyncawait.Shield(ctx, self)
			isSelf(t, err, "Shield of the task that calls it")
			_, err = asyncawait.Gather(ctx, other, self)
			isSelf(t, err, "Gather with the task that calls it")
			_, _, err = asyncawait.WaitFirst(ctx, other, self)
			isSelf(t, err, "WaitFirst with the task that calls it")
			assert.NoError(t, asyncawait.Sleep(ctx, time.Second), "error of a Sleep after ErrSelfAwait")
			return "self", ctx.Err()
		})
		known <- self
		time.Sleep(3 * time.Second)
		must(t, self, "self", "a task that has tried to await itself")
		must(t, other, "other", "a task gathered together with the one that calls Gather")
	})
}

// TestSelfAwaitFurtherIn uses contexts derived from that of the task.
func TestSelfAwaitFurtherIn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		known := make(chan *task, 1)
		self := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
			self := <-known
			_, err := self.Await(context.WithoutCancel(context.WithValue(ctx, key{}, "dye")))
			isSelf(t, err, "Await of the task itself, with a context derived from its own")
			_, err = asyncawait.Timeout(ctx, time.Hour, self.Await)
			isSelf(t, err, "Await, in a Timeout, of the task that calls Timeout")
			err = asyncawait.Group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
				_, err := self.Await(ctx)
				return err
			})
			isSelf(t, err, "Await, in the body of a Group, of the task that calls Group")
			return "self", nil
		})
		known <- self
		gradetest.Settle()
		must(t, self, "self", "a task that has tried to await itself")
	})
}

func TestSleep(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		short := later(ctx, after(time.Second, "slept"))
		long := later(ctx, after(time.Hour, ""))
		short.MustWait(t, "Sleep of a second, at its beginning")
		time.Sleep(2 * time.Second)
		require.NoError(t, short.MustReturn(t, "Sleep of a second, after two").err, "error of a Sleep that has come to its end")
		long.MustWait(t, "Sleep of an hour, after two seconds")
		cancel()
		gradetest.Settle()
		isCancelled(t, long.MustReturn(t, "Sleep whose context has ended").err, "Sleep whose context has ended")
		isCancelled(t, asyncawait.Sleep(ctx, 0), "Sleep of 0 with a context that has ended")
		isCancelled(t, asyncawait.Sleep(ctx, time.Hour), "Sleep of an hour with a context that has ended")
		require.NoError(t, asyncawait.Sleep(context.Background(), -1), "error of a Sleep of less than 0")
	})
}

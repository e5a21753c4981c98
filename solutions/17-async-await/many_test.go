package asyncawait_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/17-async-await"
)

// gathered is what Gather has returned.
type gathered struct {
	values []string
	err    error
}

func gather(ctx context.Context, tasks ...*task) *gradetest.Call[gathered] {
	c := gradetest.Go(func() gathered {
		values, err := asyncawait.Gather(ctx, tasks...)
		return gathered{values, err}
	})
	gradetest.Settle()
	return c
}

func TestGatherKeepsTheOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		a := asyncawait.CreateTask(ctx, after(3*time.Second, "a"))
		b := asyncawait.CreateTask(ctx, after(time.Second, "b"))
		c := asyncawait.CreateTask(ctx, after(2*time.Second, "c"))
		d := asyncawait.CreateTask(ctx, after(0, "d"))
		gathering := gather(ctx, a, b, c, d, b)
		time.Sleep(2500 * time.Millisecond)
		gathering.MustWait(t, "Gather, when three tasks of four have ended")
		time.Sleep(time.Second)
		got := gathering.MustReturn(t, "Gather, when all tasks have ended")
		require.NoError(t, got.err, "error of Gather of tasks without an error")
		require.Equal(t, []string{"a", "b", "c", "d", "b"}, got.values, "values of Gather, with one task twice")
		values, err := asyncawait.Gather(ctx, c, a)
		require.NoError(t, err, "error of Gather of tasks that have ended")
		require.Equal(t, []string{"c", "a"}, values, "values of Gather of tasks that have ended")
		values, err = asyncawait.Gather[string](ctx)
		require.NoError(t, err, "error of Gather without tasks")
		require.Empty(t, values, "values of Gather without tasks")
	})
}

// TestGatherHearsTheFirstError has the error come from the last task, while the
// first takes ten seconds.
func TestGatherHearsTheFirstError(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		first, second := broken(), broken()
		long := asyncawait.CreateTask(ctx, after(10*time.Second, "long"))
		later := asyncawait.CreateTask(ctx, failing(2*time.Second, second))
		sooner := asyncawait.CreateTask(ctx, failing(time.Second, first))
		gathering := gather(ctx, long, later, sooner)
		gathering.MustWait(t, "Gather, at the beginning")
		time.Sleep(1500 * time.Millisecond)
		got := gathering.MustReturn(t, "Gather, when one task has failed")
		isFailure(t, first, got.err, "Gather, when one task has failed")
		require.NotSame(t, second, got.err, "error of Gather: of the task that fails first")
		mustGoOn(t, long, "a task that was gathered with one that fails")
		mustGoOn(t, later, "another one, which will fail later")
		time.Sleep(10 * time.Second)
		must(t, long, "long", "a task that was gathered with one that fails")
		_, err := asyncawait.Gather(ctx, long, later)
		isFailure(t, second, err, "Gather of tasks that have ended, one with an error")
	})
}

func TestGatherOfACancelledTask(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		one := asyncawait.CreateTask(ctx, after(time.Hour, "one"))
		two := asyncawait.CreateTask(ctx, after(time.Second, "two"))
		gathering := gather(ctx, one, two)
		one.Cancel()
		gradetest.Settle()
		isCancelled(t, gathering.MustReturn(t, "Gather, when one task was cancelled").err, "Gather, when one task was cancelled")
		mustGoOn(t, two, "a task that was gathered with one that was cancelled")
		time.Sleep(2 * time.Second)
		must(t, two, "two", "a task that was gathered with one that was cancelled")
	})
}

// TestGatherIsCancelled has one task of its own way to end.
func TestGatherIsCancelled(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		var tasks []*task
		for _, f := range []work{after(0, "over"), tidy(3*time.Second, &j, "slow"), stubborn("in spite"), tidy(time.Second, &j, "quick")} {
			tasks = append(tasks, asyncawait.CreateTask(ctx, f))
		}
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		gathering := gather(inner, tasks...)
		gathering.MustWait(t, "Gather, at the beginning")
		cancel()
		time.Sleep(2 * time.Second)
		gathering.MustWait(t, "a Gather that was cancelled while one task cleans up")
		time.Sleep(2 * time.Second)
		got := gathering.MustReturn(t, "a Gather that was cancelled when all tasks have cleaned up")
		isCancelled(t, got.err, "a Gather that was cancelled")
		require.Empty(t, got.values, "values of a Gather that was cancelled")
		require.Equal(t, []string{"quick", "slow"}, j.read(), "clean-ups that had come to their end by then")
		must(t, tasks[0], "over", "a task that had ended before its Gather was cancelled")
		mustCancelled(t, tasks[1], "a task whose Gather was cancelled")
		must(t, tasks[2], "in spite", "a task that returns a value when its Gather is cancelled")
		mustCancelled(t, tasks[3], "a task whose Gather was cancelled")
	})
}

// split is what WaitFirst has returned.
type split struct {
	done, pending []*task
	err           error
}

func waitFirst(ctx context.Context, tasks ...*task) *gradetest.Call[split] {
	c := gradetest.Go(func() split {
		done, pending, err := asyncawait.WaitFirst(ctx, tasks...)
		return split{done, pending, err}
	})
	gradetest.Settle()
	return c
}

// is fails the test unless the lists are those tasks, in that order.
func (s split) is(t *testing.T, done, pending []*task) {
	t.Helper()
	for i, list := range [][]*task{s.done, s.pending} {
		want, name := [][]*task{done, pending}[i], []string{"done", "pending"}[i]
		require.Len(t, list, len(want), "the list %q of WaitFirst", name)
		for k := range want {
			require.True(t, want[k] == list[k], "place %d of the list %q of WaitFirst: got another task, or another order", k, name)
		}
	}
}

func TestFirstEnds(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		a := asyncawait.CreateTask(ctx, after(3*time.Second, "a"))
		b := asyncawait.CreateTask(ctx, failing(time.Second, broken()))
		c := asyncawait.CreateTask(ctx, after(time.Hour, "c"))
		waiting := waitFirst(ctx, a, b, c)
		waiting.MustWait(t, "WaitFirst, at the beginning")
		time.Sleep(2 * time.Second)
		got := waiting.MustReturn(t, "WaitFirst, when one task has failed")
		require.NoError(t, got.err, "error of WaitFirst when one task has failed")
		got.is(t, []*task{b}, []*task{a, c})
		waiting = waitFirst(ctx, c, a)
		waiting.MustWait(t, "WaitFirst of those that go on")
		time.Sleep(2 * time.Second)
		got = waiting.MustReturn(t, "WaitFirst, when the second task has ended")
		require.NoError(t, got.err, "error of WaitFirst when the second task has ended")
		got.is(t, []*task{a}, []*task{c})
		waiting = waitFirst(ctx, c)
		c.Cancel()
		gradetest.Settle()
		got = waiting.MustReturn(t, "WaitFirst, when the only task was cancelled")
		require.NoError(t, got.err, "error of WaitFirst when the only task was cancelled")
		got.is(t, []*task{c}, nil)
	})
}

func TestFirstHasEndedAlready(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		a := asyncawait.CreateTask(ctx, after(time.Second, "a"))
		b := asyncawait.CreateTask(ctx, after(time.Hour, "b"))
		c := asyncawait.CreateTask(ctx, after(0, "c"))
		time.Sleep(2 * time.Second)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		for range 20 { // a select that is ready twice chooses at random
			got := waitFirst(ended, a, b, c).MustReturn(t, "WaitFirst of tasks that have ended, with a context that has ended")
			require.NoError(t, got.err, "error of WaitFirst of tasks that have ended, with a context that has ended")
			got.is(t, []*task{a, c}, []*task{b})
		}
		got := waitFirst(ctx).MustReturn(t, "WaitFirst without tasks")
		require.NoError(t, got.err, "error of WaitFirst without tasks")
		got.is(t, nil, nil)
	})
}

func TestFirstIsCancelled(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		a := asyncawait.CreateTask(ctx, after(2*time.Second, "a"))
		b := asyncawait.CreateTask(ctx, after(time.Second, "b"))
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		waiting := waitFirst(inner, a, b)
		waiting.MustWait(t, "WaitFirst, at the beginning")
		cancel()
		gradetest.Settle()
		got := waiting.MustReturn(t, "WaitFirst whose context has ended")
		isCancelled(t, got.err, "WaitFirst whose context has ended")
		got.is(t, nil, []*task{a, b})
		time.Sleep(3 * time.Second)
		must(t, a, "a", "a task whose WaitFirst was cancelled")
		must(t, b, "b", "another task whose WaitFirst was cancelled")
	})
}

// TestFirstMeetsTheEnd begins to wait while both tasks end.
func TestFirstMeetsTheEnd(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		a := asyncawait.CreateTask(ctx, after(0, "a"))
		b := asyncawait.CreateTask(ctx, after(0, "b"))
		waiting := gradetest.Go(func() split {
			done, pending, err := asyncawait.WaitFirst(ctx, a, b)
			return split{done, pending, err}
		})
		gathering := gradetest.Go(func() gathered {
			values, err := asyncawait.Gather(ctx, a, b)
			return gathered{values, err}
		})
		gradetest.Settle()
		got := waiting.MustReturn(t, "a WaitFirst that begins while the tasks end")
		require.NoError(t, got.err, "error of a WaitFirst that begins while the tasks end")
		require.NotEmpty(t, got.done, "the list \"done\" of a WaitFirst that begins while the tasks end")
		require.Len(t, append(got.done, got.pending...), 2, "both lists of WaitFirst together")
		all := gathering.MustReturn(t, "a Gather that begins while the tasks end")
		require.NoError(t, all.err, "error of a Gather that begins while the tasks end")
		require.Equal(t, []string{"a", "b"}, all.values, "values of a Gather that begins while the tasks end")
	})
}

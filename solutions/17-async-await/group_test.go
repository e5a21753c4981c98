package asyncawait_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/17-async-await"
)

type body = func(context.Context, *asyncawait.TaskGroup) error

// group calls Group in the background, and lets it get as far as it can.
func group(ctx context.Context, b body) *gradetest.Call[error] {
	c := gradetest.Go(func() error { return asyncawait.Group(ctx, b) })
	gradetest.Settle()
	return c
}

// of is a body that puts work into its group, and does nothing else.
func of(works ...work) body {
	return func(_ context.Context, g *asyncawait.TaskGroup) error {
		for _, f := range works {
			asyncawait.Spawn(g, f)
		}
		return nil
	}
}

func TestGroupWaits(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var a, b box
		grouped := group(context.WithValue(ctx, key{}, "dye"), func(ctx context.Context, g *asyncawait.TaskGroup) error {
			a.put(asyncawait.Spawn(g, after(3*time.Second, "a")))
			b.put(asyncawait.Spawn(g, func(ctx context.Context) (string, error) {
				dye, _ := ctx.Value(key{}).(string)
				return dye, asyncawait.Sleep(ctx, time.Second)
			}))
			return nil
		})
		time.Sleep(2 * time.Second)
		grouped.MustWait(t, "Group, when one task of two has ended")
		must(t, b.get(), "dye", "a task of a group, which returns a value of the context")
		time.Sleep(2 * time.Second)
		require.NoError(t, grouped.MustReturn(t, "Group, when all tasks have ended"), "error of a Group without an error")
		must(t, a.get(), "a", "a task of a group")
		require.NoError(t, asyncawait.Group(ctx, of()), "error of a Group without tasks")
		waiting := group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
			asyncawait.Spawn(g, after(0, ""))
			return asyncawait.Sleep(ctx, time.Second)
		})
		waiting.MustWait(t, "Group, when all tasks have ended and the body has not")
		time.Sleep(2 * time.Second)
		require.NoError(t, waiting.MustReturn(t, "Group, when the body has returned"), "error of a Group without an error")
	})
}

// TestFirstErrorCancelsTheSiblings has a body that waits, and a sibling that
// takes its time to clean up.
func TestFirstErrorCancelsTheSiblings(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		var sibling, other box
		want := broken()
		grouped := group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
			sibling.put(asyncawait.Spawn(g, tidy(3*time.Second, &j, "sibling")))
			other.put(asyncawait.CreateTask(ctx, after(time.Hour, "other")))
			asyncawait.Spawn(g, failing(time.Second, want))
			err := asyncawait.Sleep(ctx, time.Hour)
			j.note("body")
			return err
		})
		grouped.MustWait(t, "Group, at the beginning")
		mustGoOn(t, sibling.get(), "a task of a group before another one fails")
		time.Sleep(2 * time.Second)
		require.Equal(t, []string{"body"}, j.read(), "who has ended when a task has failed: the body, which sleeps, and not yet a sibling that cleans up")
		grouped.MustWait(t, "Group, when one task has failed and another one cleans up")
		time.Sleep(3 * time.Second)
		isFailure(t, want, grouped.MustReturn(t, "Group, when all tasks have ended"), "Group with a task that fails")
		require.Equal(t, []string{"body", "sibling"}, j.read(), "who had ended when Group returned")
		mustCancelled(t, sibling.get(), "a task of a group in which another one fails")
		mustGoOn(t, other.get(), "a task of CreateTask, which does not belong to the group")
		require.NoError(t, ctx.Err(), "Err of the context that Group was given, afterwards")
	})
}

func TestGroupTellsAllErrors(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		first, second, third := broken(), broken(), broken()
		err := asyncawait.Group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
			asyncawait.Spawn(g, failing(time.Second, first))
			asyncawait.Spawn(g, func(ctx context.Context) (string, error) {
				<-ctx.Done()
				return "", second
			})
			asyncawait.Spawn(g, stubborn("in spite"))
			asyncawait.Sleep(ctx, time.Hour)
			return third
		})
		isFailure(t, first, err, "Group: that of the first task that fails")
		isFailure(t, second, err, "Group: that of a task that fails when it is cancelled")
		isFailure(t, third, err, "Group: that of the body")
	})
}

func TestBodyFails(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		want := broken()
		grouped := group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
			asyncawait.Spawn(g, tidy(time.Second, &j, "task"))
			asyncawait.Sleep(ctx, time.Second)
			return want
		})
		time.Sleep(1500 * time.Millisecond)
		grouped.MustWait(t, "Group, when the body has failed and a task cleans up")
		time.Sleep(time.Second)
		isFailure(t, want, grouped.MustReturn(t, "Group, when all have ended"), "Group with a body that fails")
		require.Equal(t, []string{"task"}, j.read(), "clean-ups that have come to their end")
	})
}

// TestGroupIsCancelled has bodies that wait, that have returned, and that take
// no notice, and a task that returns a value nevertheless.
func TestGroupIsCancelled(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		for _, wait := range []func(context.Context) error{
			func(context.Context) error { return nil },
			func(ctx context.Context) error { return asyncawait.Sleep(ctx, time.Hour) },
			func(ctx context.Context) error { <-ctx.Done(); return nil },
			func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		} {
			var j journal
			var spite, late box
			caller := asyncawait.CreateTask(ctx, func(ctx context.Context) (string, error) {
				return "", asyncawait.Group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
					spite.put(asyncawait.Spawn(g, stubborn("in spite")))
					asyncawait.Spawn(g, func(ctx context.Context) (string, error) {
						<-ctx.Done()
						time.Sleep(time.Second)
						late.put(asyncawait.Spawn(g, after(0, "late")))
						return "", ctx.Err()
					})
					asyncawait.Spawn(g, tidy(3*time.Second, &j, "task"))
					return wait(ctx)
				})
			})
			time.Sleep(time.Second)
			mustGoOn(t, caller, "a task that calls Group")
			caller.Cancel()
			time.Sleep(2 * time.Second)
			mustGoOn(t, caller, "a task whose Group was cancelled and cleans up")
			mustCancelled(t, late.get(), "a task spawned after the group was cancelled")
			time.Sleep(2 * time.Second)
			mustCancelled(t, caller, "a task whose Group was cancelled")
			must(t, spite.get(), "in spite", "a task of the group that returns a value when it is cancelled")
			require.Equal(t, []string{"task"}, j.read(), "clean-ups that have come to their end")
		}
	})
}

func TestGroupInTimeout(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		for _, wait := range []func(context.Context) error{
			func(context.Context) error { return nil },
			func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		} {
			var member box
			_, err := asyncawait.Timeout(ctx, time.Second, func(ctx context.Context) (string, error) {
				return "", asyncawait.Group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
					member.put(asyncawait.Spawn(g, func(ctx context.Context) (string, error) {
						<-ctx.Done()
						return "", ctx.Err()
					}))
					return wait(ctx)
				})
			})
			isTimeout(t, err, "Timeout around a Group")
			mustCancelled(t, member.get(), "a task of a group in a Timeout")
		}
	})
}

func TestOneIsCancelledAndTheOthersGoOn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var a, b box
		grouped := group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
			a.put(asyncawait.Spawn(g, after(time.Hour, "a")))
			b.put(asyncawait.Spawn(g, after(2*time.Second, "b")))
			return asyncawait.Sleep(ctx, time.Second)
		})
		a.get().Cancel()
		gradetest.Settle()
		mustCancelled(t, a.get(), "a task of a group that was cancelled by itself")
		mustGoOn(t, b.get(), "another task of the group")
		time.Sleep(3 * time.Second)
		require.NoError(t, grouped.MustReturn(t, "Group, when all have ended"), "error of a Group of which one task was cancelled by itself")
		must(t, b.get(), "b", "another task of the group")
	})
}

// TestBodyIsCancelled has a body that awaits a task of somebody else, which is
// cancelled: the error means cancellation, but nobody has cancelled the group.
func TestBodyIsCancelled(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		stranger := asyncawait.CreateTask(ctx, after(time.Hour, ""))
		var member box
		grouped := group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
			member.put(asyncawait.Spawn(g, after(time.Hour, "")))
			_, err := stranger.Await(ctx)
			return err
		})
		stranger.Cancel()
		gradetest.Settle()
		isCancelled(t, grouped.MustReturn(t, "Group whose body returns ErrCancelled"), "Group whose body returns ErrCancelled")
		mustCancelled(t, member.get(), "a task of a group whose body returns ErrCancelled")
	})
}

// TestGroupGrows has tasks that put in others when the body has returned.
func TestGroupGrows(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		grouped := group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
			asyncawait.Spawn(g, func(ctx context.Context) (string, error) {
				if err := asyncawait.Sleep(ctx, time.Second); err != nil {
					return "", err
				}
				asyncawait.Spawn(g, func(ctx context.Context) (string, error) {
					err := asyncawait.Sleep(ctx, time.Second)
					j.note("grandchild")
					return "", err
				})
				return "", nil
			})
			return nil
		})
		time.Sleep(1500 * time.Millisecond)
		grouped.MustWait(t, "Group, when a task has ended and one that it has spawned has not")
		time.Sleep(time.Second)
		require.NoError(t, grouped.MustReturn(t, "Group, when all have ended"), "error of a Group without an error")
		require.Equal(t, []string{"grandchild"}, j.read(), "what a task spawned by a task has done")
	})
}

func TestGroupTakesNoMore(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		var j journal
		called := func(context.Context) (string, error) {
			j.note("called")
			return "", nil
		}
		var kept *asyncawait.TaskGroup
		require.NoError(t, asyncawait.Group(ctx, func(_ context.Context, g *asyncawait.TaskGroup) error {
			kept = g
			return nil
		}), "error of a Group without tasks")
		mustCancelled(t, asyncawait.Spawn(kept, called), "a task spawned after the end of the group")
		var late *task
		want := broken()
		err := asyncawait.Group(ctx, func(ctx context.Context, g *asyncawait.TaskGroup) error {
			asyncawait.Spawn(g, failing(0, want))
			<-ctx.Done()
			late = asyncawait.Spawn(g, called)
			return nil
		})
		isFailure(t, want, err, "Group with a task that fails")
		mustCancelled(t, late, "a task spawned after another one has failed")
		gradetest.Settle()
		require.Empty(t, j.read(), "functions called that were spawned too late")
	})
}

// TestSpawnMeetsTheEnd spawns from outside while the body returns: the group
// takes the task and waits for it, or does not take it.
func TestSpawnMeetsTheEnd(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		groups := make(chan *asyncawait.TaskGroup, 1)
		var j journal
		spawning := gradetest.Go(func() *task {
			return asyncawait.Spawn(<-groups, func(ctx context.Context) (string, error) {
				time.Sleep(time.Second)
				j.note("task")
				return "", nil
			})
		})
		grouping := gradetest.Go(func() []string {
			asyncawait.Group(ctx, func(_ context.Context, g *asyncawait.TaskGroup) error {
				groups <- g
				return nil
			})
			return j.read()
		})
		time.Sleep(3 * time.Second)
		spawned := spawning.MustReturn(t, "a Spawn that meets the end of the group")
		names := grouping.MustReturn(t, "a Group whose end meets a Spawn")
		require.True(t, spawned.Done(), "Done of a task spawned at the end of the group, long after")
		if spawned.Cancelled() {
			require.Empty(t, j.read(), "what a task has done that was not taken")
			return
		}
		require.Equal(t, []string{"task"}, names, "what a task that was taken had done when Group returned")
	})
}

func TestTwoFailTogether(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		ctx, shut := open(t)
		defer shut()
		one, two := broken(), broken()
		err := asyncawait.Group(ctx, of(
			func(context.Context) (string, error) { return "", one },
			func(context.Context) (string, error) { return "", nil },
		))
		isFailure(t, one, err, "Group with a task that fails at once")
		start := make(chan struct{})
		fail := func(err error) work {
			return func(context.Context) (string, error) {
				<-start
				return "", err
			}
		}
		grouped := group(ctx, of(fail(one), fail(two)))
		close(start)
		gradetest.Settle()
		err = grouped.MustReturn(t, "Group, when two tasks have failed together")
		isFailure(t, one, err, "Group with two tasks that fail together: that of the first")
		isFailure(t, two, err, "Group with two tasks that fail together: that of the second")
	})
}

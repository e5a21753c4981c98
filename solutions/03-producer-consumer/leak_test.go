package producerconsumer_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/03-producer-consumer"
)

// TestWaitsKeepNoGoroutine looks while the context of the calls lives on.
func TestWaitsKeepNoGoroutine(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		before := gradetest.Goroutines()
		q := producerconsumer.New[int](1)
		g := getting(ctx, q)
		require.NoError(t, q.Put(ctx, 1), "Put into an empty queue")
		gradetest.Settle()
		require.NoError(t, g.MustReturn(t, "the waiting Get, after a Put").err, "the waiting Get")

		require.NoError(t, q.Put(ctx, 2), "Put into an empty queue")
		p := putting(ctx, q, 3)
		first(t, q, 2)
		gradetest.Settle()
		require.NoError(t, p.MustReturn(t, "the waiting Put, after a Get"), "the waiting Put")

		j := joining(ctx, q)
		for range 3 {
			require.NoError(t, q.TaskDone(), "TaskDone for an item that is unfinished")
		}
		gradetest.Settle()
		require.NoError(t, j.MustReturn(t, "Join, after the last TaskDone"), "Join")
		require.Equal(t, before, gradetest.Goroutines(), "goroutines that live, all calls having returned and their context going on")
	})
}

// TestDroppedQueueKeepsNoGoroutine forgets a queue without closing it.
func TestDroppedQueueKeepsNoGoroutine(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		before := gradetest.Goroutines()
		ctx, cancel := context.WithCancel(context.Background())
		q := holding(t, 1, 1)
		p := putting(ctx, q, 2)
		j := joining(ctx, q)
		cancel()
		gradetest.Settle()
		require.Error(t, p.MustReturn(t, "a waiting Put whose context was cancelled"), "the cancelled Put")
		require.Error(t, j.MustReturn(t, "a Join whose context was cancelled"), "the cancelled Join")
		require.Equal(t, before, gradetest.Goroutines(), "goroutines that live, with a queue that nobody uses any more")
	})
}

// TestPipelineKeepsNoGoroutine looks after a pipeline that ended well and one that broke.
func TestPipelineKeepsNoGoroutine(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		before := gradetest.Goroutines()
		err := producerconsumer.Pipeline(ctx, 1, 2, nothing, sending(1, 2, 3), sending(4))
		require.NoError(t, err, "Pipeline")
		gradetest.Settle()
		require.Equal(t, before, gradetest.Goroutines(), "goroutines that live after a pipeline that ended well")

		breaks := func(context.Context, int) error { return errBroken }
		err = producerconsumer.Pipeline(ctx, 1, 2, breaks, endless, endless)
		require.True(t, errors.Is(err, errBroken), "Pipeline returned the error of consume")
		gradetest.Settle()
		require.Equal(t, before, gradetest.Goroutines(), "goroutines that live after a pipeline that broke")
	})
}

package joinablequeue_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

func TestJoinWaitsForDone(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		joined(t, q, "of a queue that never had an item")
		put(t, q, "one", "two")
		calls := []*gradetest.Call[error]{joining(q), joining(q), joining(q)}
		w := connect(q)
		w.does(t, "one")
		w.gets(t, "two")
		gradetest.Settle()
		for _, join := range calls {
			join.MustWait(t, "Join while the queue is empty, but an item in hand")
		}
		require.NoError(t, w.TaskDone(), "TaskDone")
		gradetest.Settle()
		for _, join := range calls {
			require.NoError(t, join.MustReturn(t, "one of three calls of Join, when all is done"), "Join")
		}
		put(t, q, "three")
		again := joining(q)
		gradetest.Settle()
		again.MustWait(t, "Join after another Put")
		w.does(t, "three")
		gradetest.Settle()
		require.NoError(t, again.MustReturn(t, "Join when all is done again"), "Join")
		w.hangUp()
	})
}

// TestJoinWaitsForChildren has a worker put what its item leads to.
func TestJoinWaitsForChildren(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		put(t, q, "parent")
		join := joining(q)
		w := connect(q)
		w.gets(t, "parent")
		require.NoError(t, w.Put("child"), "Put by a worker with an item in hand")
		require.NoError(t, w.TaskDone(), "TaskDone")
		gradetest.Settle()
		join.MustWait(t, "Join while an item waits that a worker has put")
		w.does(t, "child")
		gradetest.Settle()
		require.NoError(t, join.MustReturn(t, "Join when all is done"), "Join")
		w.hangUp()
	})
}

func TestJoinThatGivesUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		put(t, q, "one")
		err := q.Join(ended())
		require.ErrorIs(t, err, context.Canceled, "error of Join with a context that has ended")
		require.NotErrorIs(t, err, joinablequeue.ErrNoWorkers, "error of Join with a context that has ended")
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, q.Join(ctx), context.DeadlineExceeded, "error of a Join whose time is up")
		w := connect(q)
		w.does(t, "one")
		joined(t, q, "after others have given up")
		for range 20 { // if both are ready, a plain select takes either
			require.NoError(t, q.Join(ended()), "Join when all is done, with a context that has ended")
		}
		w.hangUp()
	})
}

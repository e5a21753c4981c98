package joinablequeue_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

// endMark is a Get that should give the end mark.
func (w *worker) endMark(t *testing.T, what string) {
	t.Helper()
	asking := w.asks()
	gradetest.Settle()
	require.Equal(t, io.EOF, asking.MustReturn(t, "Get "+what).err, "error of Get "+what)
}

func TestEndMarkForEach(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		a, b, c := connect(q), connect(q), connect(q)
		put(t, q, "one")
		a.gets(t, "one")
		one, two := b.asks(), c.asks()
		gradetest.Settle()
		require.NoError(t, a.TaskDone(), "TaskDone")
		gradetest.Settle()
		one.MustWait(t, "Get while the queue is empty and not closed")
		two.MustWait(t, "Get while the queue is empty and not closed")
		q.Close()
		gradetest.Settle()
		require.Equal(t, io.EOF, one.MustReturn(t, "a Get that waited when the queue was closed").err, "error of a Get that waited when the queue was closed")
		require.Equal(t, io.EOF, two.MustReturn(t, "another Get that waited when the queue was closed").err, "error of another Get that waited when the queue was closed")
		a.endMark(t, "by a worker that asks after Close")
		a.endMark(t, "by a worker that has had its end mark")
		late := connect(q)
		late.endMark(t, "by a worker that comes after Close")
		q.Close()
		joined(t, q, "after Close")
		for _, w := range []*worker{a, b, c, late} {
			require.NoError(t, w.hangUp(), "Serve of a worker that had its end mark")
		}
	})
}

func TestCloseLosesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		put(t, q, "one", "two")
		q.Close()
		join := joining(q)
		w := connect(q)
		w.does(t, "one")
		gradetest.Settle()
		join.MustWait(t, "Join after Close, while an item waits")
		w.does(t, "two")
		w.endMark(t, "when all that was put before Close is done")
		require.NoError(t, join.MustReturn(t, "Join after Close, when all is done"), "Join")
		w.hangUp()
	})
}

// TestLastItemMayComeBack: a worker that went home too early could not do it.
func TestLastItemMayComeBack(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		put(t, q, "one")
		a, b := connect(q), connect(q)
		a.gets(t, "one")
		asking := b.asks()
		q.Close()
		gradetest.Settle()
		asking.MustWait(t, "Get from a closed and empty queue, while another worker has the last item in hand")
		require.ErrorIs(t, a.hangUp(), joinablequeue.ErrNotDone, "Serve of a worker that had an item in hand")
		gradetest.Settle()
		require.Equal(t, answer{"one", nil}, asking.MustReturn(t, "Get when the last item has come back"), "answer of Get when the last item has come back")
		require.NoError(t, b.TaskDone(), "TaskDone")
		b.endMark(t, "when the last item is done")
		b.hangUp()
	})
}

func TestNothingAfterClose(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		put(t, q, "one")
		full := putting(q, "never")
		w := connect(q)
		w.gets(t, "one")
		gradetest.Settle()
		require.NoError(t, full.MustReturn(t, "a Put for which there is room"), "Put")
		waits, remote := putting(q, "never"), gradetest.Go(func() error { return w.Put("never") })
		gradetest.Settle()
		waits.MustWait(t, "Put into a full queue")
		remote.MustWait(t, "a worker's Put into a full queue")
		q.Close()
		gradetest.Settle()
		err := waits.MustReturn(t, "a Put that waited when the queue was closed")
		require.ErrorIs(t, err, joinablequeue.ErrClosed, "error of a Put that waited when the queue was closed")
		require.NotErrorIs(t, err, joinablequeue.ErrNoWorkers, "error of a Put that waited when the queue was closed")
		err = remote.MustReturn(t, "a worker's Put that waited when the queue was closed")
		require.ErrorIs(t, err, joinablequeue.ErrClosed, "error of a worker's Put that waited when the queue was closed")
		require.NotErrorIs(t, err, joinablequeue.ErrDisconnected, "error of a worker's Put that waited when the queue was closed")
		require.NoError(t, w.TaskDone(), "TaskDone")
		w.does(t, "never")
		require.ErrorIs(t, q.Put(context.Background(), "never"), joinablequeue.ErrClosed, "error of Put after Close")
		require.ErrorIs(t, w.Put("never"), joinablequeue.ErrClosed, "error of a worker's Put after Close")
		w.endMark(t, "when all that was put before Close is done")
		joined(t, q, "after Close")
		w.hangUp()
	})
}

package joinablequeue_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

// TestLostItemComesFirst has a worker hang up with an item in hand, into a full queue.
func TestLostItemComesFirst(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](2)
		put(t, q, "one", "two")
		a, b := connect(q), connect(q)
		a.gets(t, "one")
		put(t, q, "three")
		waits := putting(q, "four")
		join := joining(q)
		gradetest.Settle()
		err := a.hangUp()
		require.ErrorIs(t, err, joinablequeue.ErrNotDone, "Serve of a worker that had an item in hand")
		gradetest.Settle()
		waits.MustWait(t, "Put into a queue that is full, and fuller since an item came back")
		join.MustWait(t, "Join when an item has come back")
		b.does(t, "one")
		gradetest.Settle()
		waits.MustWait(t, "Put into a queue that is full again, when the item that came back has left")
		b.does(t, "two")
		require.NoError(t, waits.MustReturn(t, "a Put for which there is room"), "Put")
		b.does(t, "three")
		join.MustWait(t, "Join while an item waits")
		b.does(t, "four")
		gradetest.Settle()
		require.NoError(t, join.MustReturn(t, "Join when all is done, at the second attempt"), "Join")
		require.Empty(t, q.GivenUp(), "items that were given up")
		require.NoError(t, b.hangUp(), "Serve of a worker that had nothing in hand")
	})
}

// TestDoneStaysDone has a worker hang up right after TaskDone.
func TestDoneStaysDone(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		put(t, q, "one", "two")
		a, b := connect(q), connect(q)
		a.gets(t, "one")
		require.NoError(t, a.TaskDone(), "TaskDone")
		require.NoError(t, a.hangUp(), "Serve of a worker that has said TaskDone and gone")
		b.does(t, "two")
		joined(t, q, "of a queue in which all is done")
		b.hangUp()
	})
}

// TestWaitingWorkerGoes has a worker hang up while it waits: nothing may be given to it any more.
func TestWaitingWorkerGoes(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		a, b, c := connect(q), connect(q), connect(q)
		asking := a.asks()
		gradetest.Settle()
		a.cut()
		gradetest.Settle()
		require.NoError(t, a.serving.MustReturn(t, "Serve of a worker that has gone while it waited in Get"), "Serve of a worker that had nothing in hand")
		require.ErrorIs(t, asking.Wait().err, joinablequeue.ErrDisconnected, "error of a Get that waited when the connection ended")
		put(t, q, "one")
		puts := gradetest.Go(func() error { return c.Put("never") })
		gradetest.Settle()
		puts.MustWait(t, "a worker's Put into a full queue")
		c.cut()
		gradetest.Settle()
		require.NoError(t, c.serving.MustReturn(t, "Serve of a worker that has gone while it waited in Put"), "Serve of a worker that had nothing in hand")
		require.ErrorIs(t, puts.Wait(), joinablequeue.ErrDisconnected, "error of a Put that waited when the connection ended")
		b.does(t, "one")
		joined(t, q, "of a queue in which all is done")
		b.hangUp()
	})
}

// TestMeetsTheEnd: an item comes while the connection of who waits for it ends.
func TestMeetsTheEnd(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		a, b := connect(q), connect(q)
		asking := a.asks()
		gradetest.Settle()
		puts, cuts := putting(q, "one"), gradetest.GoDo(a.cut)
		require.NoError(t, puts.Wait(), "Put")
		cuts.Wait()
		asking.Wait()
		gradetest.Settle()
		a.serving.MustReturn(t, "Serve when the connection has ended")
		b.does(t, "one")
		joined(t, q, "of a queue in which all is done")
		b.hangUp()
	})
}

// TestGivenUp loses workers over one item as long as it is handed out.
func TestGivenUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		put(t, q, "poison", "good")
		join := joining(q)
		last := connect(q)
		for range joinablequeue.MaxAttempts {
			require.Empty(t, q.GivenUp(), "items that were given up, too early")
			w := connect(q)
			w.gets(t, "poison")
			require.ErrorIs(t, w.hangUp(), joinablequeue.ErrNotDone, "Serve of a worker that had an item in hand")
		}
		require.Equal(t, []string{"poison"}, q.GivenUp(), "items that were given up")
		gradetest.Settle()
		join.MustWait(t, "Join while another item waits")
		last.does(t, "good")
		gradetest.Settle()
		err := join.MustReturn(t, "Join when one item is given up and the other is done")
		require.ErrorIs(t, err, joinablequeue.ErrGivenUp, "error of Join when an item was given up")
		require.NotErrorIs(t, err, joinablequeue.ErrNoWorkers, "error of Join when an item was given up")
		put(t, q, "better")
		last.does(t, "better")
		require.ErrorIs(t, q.Join(context.Background()), joinablequeue.ErrGivenUp, "error of a later Join")
		q.Close()
		last.endMark(t, "when no item is unfinished")
		require.NoError(t, last.hangUp(), "Serve of a worker that had nothing in hand")
		require.Equal(t, []string{"poison"}, q.GivenUp(), "items that were given up")
	})
}

// TestDeserted has the only worker go. Before the first one comes, everybody waits.
func TestDeserted(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		put(t, q, "one")
		join, full := joining(q), putting(q, "never")
		gradetest.Settle()
		join.MustWait(t, "Join before there is a worker")
		full.MustWait(t, "Put into a full queue before there is a worker")
		w := connect(q)
		gradetest.Settle()
		require.NoError(t, w.hangUp(), "Serve of a worker that had nothing in hand")
		gradetest.Settle()
		err := join.MustReturn(t, "Join when all workers have gone")
		require.ErrorIs(t, err, joinablequeue.ErrNoWorkers, "error of Join when all workers have gone and an item is unfinished")
		require.NotErrorIs(t, err, joinablequeue.ErrGivenUp, "error of Join when all workers have gone")
		require.ErrorIs(t, full.MustReturn(t, "Put into a full queue when all workers have gone"), joinablequeue.ErrNoWorkers, "error of Put into a full queue when all workers have gone")

		next := connect(q)
		gradetest.Settle()
		join = joining(q)
		gradetest.Settle()
		join.MustWait(t, "Join when another worker has come")
		next.does(t, "one")
		gradetest.Settle()
		require.NoError(t, join.MustReturn(t, "Join when all is done"), "Join")
		require.NoError(t, next.hangUp(), "Serve of a worker that had nothing in hand")
		put(t, q, "two") // there is room
		require.ErrorIs(t, q.Join(context.Background()), joinablequeue.ErrNoWorkers, "error of Join without workers")
	})
}

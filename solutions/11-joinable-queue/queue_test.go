package joinablequeue_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

func TestFirstComeFirstServed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		put(t, q, "one", "two", "three")
		a, b := connect(q), connect(q)
		a.does(t, "one")
		b.does(t, "two")
		put(t, q, "four")
		a.does(t, "three")
		a.does(t, "four")
		asking := b.asks()
		gradetest.Settle()
		asking.MustWait(t, "Get from an empty queue")
		put(t, q, "five")
		gradetest.Settle()
		require.Equal(t, answer{"five", nil}, asking.MustReturn(t, "a Get that waited for an item"), "answer of a Get that waited")
		require.NoError(t, b.TaskDone(), "TaskDone")
		joined(t, q, "of a queue in which all is done")
		require.NoError(t, a.hangUp(), "Serve of a worker that had nothing in hand")
		require.NoError(t, b.hangUp(), "Serve of a worker that had nothing in hand")
	})
}

func TestFullQueueMakesWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](2)
		put(t, q, "one", "two")
		third := putting(q, "three")
		gradetest.Settle()
		third.MustWait(t, "Put into a full queue without workers")
		w := connect(q)
		gradetest.Settle()
		third.MustWait(t, "Put into a full queue, with a worker that asks for nothing")
		w.gets(t, "one")
		require.NoError(t, third.MustReturn(t, "a Put that waited for room, when a worker has got an item"), "error of a Put that waited for room")
		fourth := gradetest.Go(func() error { return w.Put("four") })
		gradetest.Settle()
		fourth.MustWait(t, "Put by a worker into a full queue, with an item in hand")
		other := connect(q)
		other.does(t, "two")
		require.NoError(t, fourth.MustReturn(t, "a worker's Put that waited for room, when another has got an item"), "error of a worker's Put that waited for room")
		require.NoError(t, w.TaskDone(), "TaskDone after a Put")
		w.does(t, "three")
		other.does(t, "four")
		joined(t, q, "of a queue in which all is done")
		w.hangUp()
		other.hangUp()
	})
}

// TestTwoWaitForRoomForOne: two begin together.
func TestTwoWaitForRoomForOne(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		a, b := putting(q, "a"), putting(q, "b")
		gradetest.Settle()
		require.True(t, a.Done() != b.Done(), "exactly one of two calls of Put has returned, with room for one item")
		w := connect(q)
		for range 2 {
			asking := w.asks()
			gradetest.Settle()
			require.NoError(t, asking.MustReturn(t, "Get").err, "error of Get")
			require.NoError(t, w.TaskDone(), "TaskDone")
		}
		require.NoError(t, a.MustReturn(t, "a Put for which there was room at last"), "Put")
		require.NoError(t, b.MustReturn(t, "a Put for which there was room at last"), "Put")
		w.hangUp()
	})
}

func TestPutThatGivesUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		err := q.Put(ended(), "never")
		require.ErrorIs(t, err, context.Canceled, "error of Put with a context that has ended, and room")
		require.NotErrorIs(t, err, joinablequeue.ErrClosed, "error of Put with a context that has ended")
		put(t, q, "one")
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, q.Put(ctx, "never"), context.DeadlineExceeded, "error of a Put whose time is up")
		w := connect(q)
		w.does(t, "one")
		asking := w.asks()
		gradetest.Settle()
		asking.MustWait(t, "Get from a queue to which nothing was added")
		joined(t, q, "of a queue in which all that was added is done")
		w.hangUp()
		asking.Wait()
	})
}

func TestOneItemInHand(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		put(t, q, "one", "two")
		a, b := connect(q), connect(q)
		a.gets(t, "one")
		asking := a.asks()
		gradetest.Settle()
		err := asking.MustReturn(t, "Get with an item in hand").err
		require.ErrorIs(t, err, joinablequeue.ErrNotDone, "error of Get with an item in hand")
		require.NotErrorIs(t, err, io.EOF, "error of Get with an item in hand")
		b.does(t, "two")
		require.NoError(t, a.TaskDone(), "TaskDone")
		joined(t, q, "of a queue in which all is done")
		a.hangUp()
		b.hangUp()
	})
}

// TestTaskDoneNeedsAnItem: what others have in hand does not count.
func TestTaskDoneNeedsAnItem(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		put(t, q, "one", "two")
		a, b := connect(q), connect(q)
		err := b.TaskDone()
		require.ErrorIs(t, err, joinablequeue.ErrNoItem, "error of TaskDone before Get")
		require.NotErrorIs(t, err, joinablequeue.ErrDisconnected, "error of TaskDone before Get")
		a.gets(t, "one")
		require.ErrorIs(t, b.TaskDone(), joinablequeue.ErrNoItem, "error of TaskDone by a worker with empty hands, while another has an item")
		join := joining(q)
		gradetest.Settle()
		join.MustWait(t, "Join while a worker has an item in hand")
		require.NoError(t, a.TaskDone(), "TaskDone")
		require.ErrorIs(t, a.TaskDone(), joinablequeue.ErrNoItem, "error of the second TaskDone for one item")
		gradetest.Settle()
		join.MustWait(t, "Join while an item waits in the queue")
		b.does(t, "two")
		gradetest.Settle()
		require.NoError(t, join.MustReturn(t, "Join when all is done"), "Join")
		a.hangUp()
		b.hangUp()
	})
}

// TestNothingIsFetchedAhead has one worker stop asking.
func TestNothingIsFetchedAhead(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		idle, busy := connect(q), connect(q)
		gradetest.Settle()
		put(t, q, "one", "two", "three")
		gradetest.Settle()
		busy.does(t, "one")
		idle.does(t, "two")
		gradetest.Settle()
		busy.does(t, "three")
		idle.hangUp()
		busy.hangUp()
	})
}

func TestDisconnectedIsNoEnd(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		w := connect(q)
		asking := w.asks()
		gradetest.Settle()
		w.hangUp()
		err := asking.Wait().err
		require.ErrorIs(t, err, joinablequeue.ErrDisconnected, "error of a Get that waited when the connection ended")
		require.NotErrorIs(t, err, io.EOF, "error of a Get that waited when the connection ended")
		_, err = w.Get()
		require.ErrorIs(t, err, joinablequeue.ErrDisconnected, "error of Get after the end of the connection")
		require.NotErrorIs(t, err, io.EOF, "error of Get after the end of the connection")
		require.ErrorIs(t, w.Put("one"), joinablequeue.ErrDisconnected, "error of a worker's Put after the end of the connection")
	})
}

func TestNonsenseIsRefused(t *testing.T) {
	require.Panics(t, func() { joinablequeue.NewQueue[string](-1) }, "NewQueue with a negative capacity")
	require.Panics(t, func() { joinablequeue.RegisterWorker[string]("hidden: nil", nil) }, "RegisterWorker without a function")
	require.Panics(t, func() { joinablequeue.RegisterWorker("", func(*joinablequeue.Remote[string]) error { return nil }) }, "RegisterWorker without a name")
	channels := joinablequeue.NewQueue[chan int](0)
	require.Error(t, channels.Put(context.Background(), make(chan int)), "Put of what JSON cannot carry")
	require.NoError(t, channels.Join(context.Background()), "Join of a queue to which nothing was added")
	var none joinablequeue.Worker[string]
	p, err := joinablequeue.NewQueue[string](0).Start(none)
	require.ErrorIs(t, err, joinablequeue.ErrNotRegistered, "error of Start with a Worker that RegisterWorker has not made")
	require.Nil(t, p, "process, beside an error of Start")
}

package producerconsumer_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/03-producer-consumer"
)

func TestJoinWaitsForTheWork(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 2, 1, 1)
		j := joining(t.Context(), q)
		j.MustWait(t, "Join with two items in the queue")
		takes(t, q, 1, 1)
		gradetest.Settle()
		j.MustWait(t, "Join with an empty queue and two items unfinished")
		done(t, q)
		j.MustWait(t, "Join with one item unfinished")
		done(t, q)
		require.NoError(t, j.MustReturn(t, "Join, after the last TaskDone"), "Join")
	})
}

func TestJoinWithNothingToDo(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		for round := range 3 {
			idle := joining(t.Context(), q)
			require.NoError(t, idle.MustReturn(t, "Join with nothing unfinished"), "Join with nothing unfinished")
			require.NoError(t, q.TryPut(round), "TryPut into an empty queue")
			busy := joining(t.Context(), q)
			takes(t, q, round)
			gradetest.Settle()
			busy.MustWait(t, "Join with an item unfinished")
			done(t, q)
			require.NoError(t, busy.MustReturn(t, "Join, after TaskDone"), "Join")
		}
	})
}

func TestEveryJoinerReturns(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 1, 1)
		var joiners []*gradetest.Call[error]
		for range 3 {
			joiners = append(joiners, joining(t.Context(), q))
		}
		takes(t, q, 1)
		done(t, q)
		for _, j := range joiners {
			require.NoError(t, j.MustReturn(t, "one of three Joins, after the last TaskDone"), "Join")
		}
	})
}

// TestItemForAWaitingGetCounts has an item go straight to a Get that waits for it.
func TestItemForAWaitingGetCounts(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		g := getting(t.Context(), q)
		require.NoError(t, q.TryPut(1), "TryPut into an empty queue")
		gradetest.Settle()
		require.NoError(t, g.MustReturn(t, "the waiting Get, after a Put").err, "the waiting Get")
		j := joining(t.Context(), q)
		j.MustWait(t, "Join while the item that a waiting Get received is unfinished")
		done(t, q)
		require.NoError(t, j.MustReturn(t, "Join, after TaskDone"), "Join")
	})
}

func TestTaskDoneTooOften(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		require.ErrorIs(t, q.TaskDone(), producerconsumer.ErrTooManyDone, "TaskDone on a fresh queue")
		require.NoError(t, q.TryPut(1), "TryPut into an empty queue")
		takes(t, q, 1)
		j := joining(t.Context(), q)
		j.MustWait(t, "Join with an item unfinished, after a TaskDone that was refused")
		done(t, q)
		j.MustReturn(t, "Join, after TaskDone")
		err := q.TaskDone()
		require.ErrorIs(t, err, producerconsumer.ErrTooManyDone, "second TaskDone after one Put")
		require.NotErrorIs(t, err, producerconsumer.ErrEmpty, "second TaskDone after one Put")
	})
}

func TestRefusedPutIsNoTask(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 1, 1)
		ended, cancel := context.WithCancel(t.Context())
		waiting := putting(ended, q, 2)
		cancel()
		gradetest.Settle()
		require.Error(t, waiting.MustReturn(t, "a waiting Put whose context was cancelled"), "the cancelled Put")
		require.Error(t, q.Put(ended, 2), "Put with a context that has ended")
		require.ErrorIs(t, q.TryPut(2), producerconsumer.ErrFull, "TryPut into a full queue")
		q.Close()
		require.ErrorIs(t, q.Put(t.Context(), 2), producerconsumer.ErrClosed, "Put into a closed queue")
		takes(t, q, 1)
		done(t, q)
		j := joining(t.Context(), q)
		require.NoError(t, j.MustReturn(t, "Join, with the only item that was put finished"), "Join")
		require.ErrorIs(t, q.TaskDone(), producerconsumer.ErrTooManyDone, "TaskDone, with the only item that was put finished")
	})
}

func TestJoinGivesUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 1, 1)
		ctx, cancel := context.WithCancel(t.Context())
		leaves, stays := joining(ctx, q), joining(t.Context(), q)
		cancel()
		gradetest.Settle()
		err := leaves.MustReturn(t, "a Join whose context was cancelled")
		require.ErrorIs(t, err, context.Canceled, "error of the cancelled Join")
		require.NotErrorIs(t, err, context.DeadlineExceeded, "error of the cancelled Join")
		stays.MustWait(t, "another Join, with an item unfinished")
		takes(t, q, 1)
		done(t, q)
		require.NoError(t, stays.MustReturn(t, "the other Join, after TaskDone"), "the other Join")
	})
}

func TestCloseEndsNoJoin(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 1, 1)
		j := joining(t.Context(), q)
		q.Close()
		gradetest.Settle()
		j.MustWait(t, "Join on a closed queue with an item unfinished")
		takes(t, q, 1)
		done(t, q)
		require.NoError(t, j.MustReturn(t, "Join on a closed queue, after TaskDone"), "Join")
	})
}

// TestOneSentinelEndsOneConsumer uses -1 as the sentinel.
func TestOneSentinelEndsOneConsumer(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := producerconsumer.New[int](4)
		worked := make(chan int, 10)
		consume := func() error {
			return producerconsumer.Consume(t.Context(), q, -1, func(item int) { worked <- item })
		}
		a, b := gradetest.Go(consume), gradetest.Go(consume)
		for _, item := range []int{1, 2, -1} {
			require.NoError(t, q.Put(t.Context(), item), "Put with consumers waiting")
			gradetest.Settle()
		}
		ended := 0
		for _, c := range []*gradetest.Call[error]{a, b} {
			if c.Done() {
				ended++
			}
		}
		require.Equal(t, 1, ended, "consumers that have ended, of two, after one sentinel")
		require.Zero(t, q.Len(), "items left in the queue after one sentinel")
		j := joining(t.Context(), q)
		require.NoError(t, j.MustReturn(t, "Join, with two items and a sentinel consumed"), "Join")

		require.NoError(t, q.Put(t.Context(), 0), "Put with a consumer waiting")
		gradetest.Settle()
		require.NoError(t, q.Put(t.Context(), -1), "Put of the second sentinel")
		gradetest.Settle()
		require.NoError(t, a.MustReturn(t, "a consumer, after two sentinels for two"), "Consume ended by a sentinel")
		require.NoError(t, b.MustReturn(t, "a consumer, after two sentinels for two"), "Consume ended by a sentinel")
		require.ElementsMatch(t, []int{1, 2, 0}, contents(worked), "items that the function was called for")
		require.ErrorIs(t, q.TaskDone(), producerconsumer.ErrTooManyDone, "TaskDone with everything finished")
	})
}

// TestDoneComesAfterTheWork looks at Join while the function still works.
func TestDoneComesAfterTheWork(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 1, 1)
		finish := make(chan struct{})
		c := gradetest.Go(func() error {
			return producerconsumer.Consume(t.Context(), q, -1, func(int) { <-finish })
		})
		gradetest.Settle()
		require.Zero(t, q.Len(), "Len while the only item is worked on")
		j := joining(t.Context(), q)
		j.MustWait(t, "Join while the function works on an item")
		close(finish)
		gradetest.Settle()
		require.NoError(t, j.MustReturn(t, "Join, after the work"), "Join")
		require.NoError(t, q.TryPut(-1), "TryPut of the sentinel")
		gradetest.Settle()
		require.NoError(t, c.MustReturn(t, "the consumer, after the sentinel"), "Consume ended by a sentinel")
	})
}

func TestPanicStillMarksTheItem(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 2, 1, 1)
		require.PanicsWithValue(t, "broken item", func() {
			_ = producerconsumer.Consume(t.Context(), q, -1, func(int) { panic("broken item") })
		}, "Consume with a function that panics")
		takes(t, q, 1)
		j := joining(t.Context(), q)
		j.MustWait(t, "Join with one of two items unfinished")
		done(t, q)
		require.NoError(t, j.MustReturn(t, "Join, with one item worked on and one on which the function panicked"), "Join")
	})
}

func TestConsumeReturnsTheErrorOfGet(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 2, 1, 2)
		q.Close()
		worked := 0
		err := producerconsumer.Consume(t.Context(), q, -1, func(int) { worked++ })
		require.ErrorIs(t, err, producerconsumer.ErrClosed, "Consume of a queue closed without a sentinel")
		require.Equal(t, 2, worked, "items consumed from the closed queue")

		q = producerconsumer.New[int](1)
		ctx, cancel := context.WithCancel(t.Context())
		c := gradetest.Go(func() error { return producerconsumer.Consume(ctx, q, -1, func(int) {}) })
		gradetest.Settle()
		c.MustWait(t, "Consume of an empty queue")
		cancel()
		gradetest.Settle()
		err = c.MustReturn(t, "Consume whose context was cancelled")
		require.ErrorIs(t, err, context.Canceled, "error of a Consume whose context was cancelled")
		require.NotErrorIs(t, err, producerconsumer.ErrClosed, "error of a Consume whose context was cancelled")
	})
}

// TestTaskDoneMeetsPut has a consumer finish an item while its Put or TryPut may
// still be on the way out.
func TestTaskDoneMeetsPut(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		for _, put := range []func(int) error{q.TryPut, func(item int) error { return q.Put(context.Background(), item) }} {
			done := gradetest.Go(func() error {
				if _, err := q.Get(context.Background()); err != nil {
					return err
				}
				return q.TaskDone()
			})
			require.NoError(t, put(1), "putting an item into an empty queue")
			gradetest.Settle()
			require.NoError(t, done.MustReturn(t, "TaskDone right after Get"), "TaskDone for an item that was just taken")
			j := joining(t.Context(), q)
			require.NoError(t, j.MustReturn(t, "Join, after TaskDone for the only item"), "Join")
		}
	})
}

// TestTaskDoneMeetsJoin has both begin together.
func TestTaskDoneMeetsJoin(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		q := holding(t, 1, 1)
		takes(t, q, 1)
		a := gradetest.Go(func() error { return q.Join(context.Background()) })
		b := gradetest.Go(func() error { return q.Join(context.Background()) })
		require.NoError(t, q.TaskDone(), "TaskDone for an item that is unfinished")
		gradetest.Settle()
		require.NoError(t, a.MustReturn(t, "a Join that meets the last TaskDone"), "Join")
		require.NoError(t, b.MustReturn(t, "another Join that meets the last TaskDone"), "Join")
	})
}

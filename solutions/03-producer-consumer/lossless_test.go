package producerconsumer_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/03-producer-consumer"
)

func TestEndedContextTouchesNothing(t *testing.T) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		q := holding(t, 2, 1)
		item, err := q.Get(ctx)
		require.ErrorIs(t, err, context.Canceled, "Get with a context that has ended")
		require.NotErrorIs(t, err, producerconsumer.ErrClosed, "Get with a context that has ended")
		require.Zero(t, item, "item that comes with an error")
		err = q.Put(ctx, 2)
		require.ErrorIs(t, err, context.Canceled, "Put with a context that has ended")
		require.NotErrorIs(t, err, producerconsumer.ErrClosed, "Put with a context that has ended")
		takes(t, q, 1)
	})
}

func TestCancelEndsTheWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		empty, full := producerconsumer.New[int](1), holding(t, 1, 1)
		g, p := getting(ctx, empty), putting(ctx, full, 2)
		g.MustWait(t, "Get from an empty queue")
		p.MustWait(t, "Put into a full queue")
		cancel()
		gradetest.Settle()
		gave := g.MustReturn(t, "a waiting Get whose context was cancelled")
		require.ErrorIs(t, gave.err, context.Canceled, "error of the cancelled Get")
		require.NotErrorIs(t, gave.err, context.DeadlineExceeded, "error of the cancelled Get")
		err := p.MustReturn(t, "a waiting Put whose context was cancelled")
		require.ErrorIs(t, err, context.Canceled, "error of the cancelled Put")
		require.NotErrorIs(t, err, producerconsumer.ErrClosed, "error of the cancelled Put")

		require.NoError(t, empty.Put(t.Context(), 3), "Put after a Get was cancelled")
		gradetest.Settle()
		takes(t, empty, 3)
		takes(t, full, 1)
		gradetest.Settle()
		takes(t, full)
	})
}

// TestCancelMeetsPut lets an item come and the context end at the same
// moment, in both orders: what Get answers must be true.
func TestCancelMeetsPut(t *testing.T) {
	cancelFirst := false
	gradetest.Stress(t, 200, func(t *testing.T) {
		cancelFirst = !cancelFirst
		q := producerconsumer.New[int](2)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		g := getting(ctx, q)
		if cancelFirst {
			cancel()
		}
		require.NoError(t, q.TryPut(1), "TryPut into a queue with room")
		require.NoError(t, q.TryPut(2), "TryPut into a queue of 2 with one item put before")
		cancel()
		gradetest.Settle()
		gave := g.MustReturn(t, "Get, with its context cancelled and an item put")
		if gave.err == nil {
			require.Equal(t, 1, gave.item, "item that the Get returned, 1 and 2 having been put")
			takes(t, q, 2)
			return
		}
		require.ErrorIs(t, gave.err, context.Canceled, "error of the Get whose context was cancelled")
		require.Zero(t, gave.item, "item that comes with an error")
		takes(t, q, 1, 2)
	})
}

// TestCancelMeetsGet does the same to a waiting Put.
func TestCancelMeetsGet(t *testing.T) {
	cancelFirst := false
	gradetest.Stress(t, 200, func(t *testing.T) {
		cancelFirst = !cancelFirst
		q := holding(t, 1, 1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p := putting(ctx, q, 2)
		if cancelFirst {
			cancel()
		}
		first(t, q, 1)
		cancel()
		gradetest.Settle()
		if p.MustReturn(t, "Put, with its context cancelled and an item taken") == nil {
			takes(t, q, 2)
			return
		}
		require.ErrorIs(t, p.Wait(), context.Canceled, "error of the Put whose context was cancelled")
		takes(t, q)
	})
}

// TestCancelledGetPassesOn has a second Get wait for the item that reaches the
// one that gives up.
func TestCancelledGetPassesOn(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		leaves, stays := getting(ctx, q), getting(t.Context(), q)
		cancel()
		require.NoError(t, q.TryPut(1), "TryPut into an empty queue")
		gradetest.Settle()
		if leaves.MustReturn(t, "Get, with its context cancelled and an item put").err == nil {
			stays.MustWait(t, "the other Get, while the first has the only item")
			require.NoError(t, q.TryPut(1), "TryPut into an empty queue")
			gradetest.Settle()
		}
		require.Equal(t, got{1, nil}, stays.MustReturn(t, "the Get beside one that was cancelled when the item came"), "what the other Get returned")
	})
}

// TestCancelledPutPassesOn does the same with room.
func TestCancelledPutPassesOn(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		q := holding(t, 1, 1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		leaves, stays := putting(ctx, q, 2), putting(t.Context(), q, 3)
		cancel()
		first(t, q, 1)
		gradetest.Settle()
		if leaves.MustReturn(t, "Put, with its context cancelled and an item taken") == nil {
			stays.MustWait(t, "the other Put, while the first has the only room")
			first(t, q, 2)
			gradetest.Settle()
		}
		require.NoError(t, stays.MustReturn(t, "the Put beside one that was cancelled when there was room"), "the other Put")
		takes(t, q, 3)
	})
}

func TestCloseKeepsWhatIsInside(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 3, 1, 2)
		q.Close()
		q.Close()
		item, err := q.Get(t.Context())
		require.NoError(t, err, "Get from a closed queue that holds items")
		require.Equal(t, 1, item, "item that comes out of the closed queue first")
		takes(t, q, 2)
		for range 2 {
			item, err = q.Get(t.Context())
			require.ErrorIs(t, err, producerconsumer.ErrClosed, "Get from a closed and empty queue")
			require.Zero(t, item, "item that comes with an error")
			_, err = q.TryGet()
			require.ErrorIs(t, err, producerconsumer.ErrClosed, "TryGet from a closed and empty queue")
			require.NotErrorIs(t, err, producerconsumer.ErrEmpty, "TryGet from a closed and empty queue")
		}
	})
}

func TestClosedQueueTakesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 50, 1)
		q.Close()
		for range 40 {
			err := q.Put(t.Context(), 2)
			require.ErrorIs(t, err, producerconsumer.ErrClosed, "Put into a closed queue with room")
			require.NotErrorIs(t, err, producerconsumer.ErrFull, "Put into a closed queue with room")
			require.ErrorIs(t, q.TryPut(2), producerconsumer.ErrClosed, "TryPut into a closed queue with room")
		}
		takes(t, q, 1)

		full := holding(t, 1, 1)
		full.Close()
		err := full.TryPut(2)
		require.ErrorIs(t, err, producerconsumer.ErrClosed, "TryPut into a closed and full queue")
		require.NotErrorIs(t, err, producerconsumer.ErrFull, "TryPut into a closed and full queue")
		p := putting(t.Context(), full, 2)
		require.ErrorIs(t, p.MustReturn(t, "Put into a closed and full queue"), producerconsumer.ErrClosed, "Put into a closed and full queue")
	})
}

func TestCloseWakesEverybody(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		empty, full := producerconsumer.New[int](1), holding(t, 1, 1)
		var gets []*gradetest.Call[got]
		var puts []*gradetest.Call[error]
		for range 3 {
			gets = append(gets, getting(t.Context(), empty))
			puts = append(puts, putting(t.Context(), full, 2))
		}
		empty.Close()
		full.Close()
		gradetest.Settle()
		for i := range gets {
			gave := gets[i].MustReturn(t, "one of three waiting Gets, after Close")
			require.ErrorIs(t, gave.err, producerconsumer.ErrClosed, "error of a Get that waited when the queue was closed")
			err := puts[i].MustReturn(t, "one of three waiting Puts, after Close")
			require.ErrorIs(t, err, producerconsumer.ErrClosed, "error of a Put that waited when the queue was closed")
		}
		takes(t, full, 1)
	})
}

// TestCloseMeetsPut closes the queue while items come: those whose Put
// returned nil come out, the others do not.
func TestCloseMeetsPut(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		a, b := getting(t.Context(), q), getting(t.Context(), q)
		put := gradetest.Go(func() error { return q.Put(t.Context(), 1) })
		closed := gradetest.GoDo(q.Close)
		gradetest.Settle()
		closed.MustReturn(t, "Close")
		accepted := put.MustReturn(t, "Put, with the queue being closed") == nil
		received := 0
		for _, g := range []*gradetest.Call[got]{a, b} {
			if g.MustReturn(t, "a waiting Get, after Close").err == nil {
				received++
			}
		}
		if accepted {
			require.Equal(t, 1, received, "Gets that received the item, its Put having returned nil")
		} else {
			require.Zero(t, received, "Gets that received the item, its Put having failed")
		}
	})
}

// TestTwoClosesMeet has two close at once, with a Get that waits or begins to.
func TestTwoClosesMeet(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		get := gradetest.Go(func() error { _, err := q.Get(context.Background()); return err })
		a, b := gradetest.GoDo(q.Close), gradetest.GoDo(q.Close)
		gradetest.Settle()
		a.MustReturn(t, "one of two Closes at once")
		b.MustReturn(t, "the other of two Closes at once")
		require.ErrorIs(t, get.MustReturn(t, "a Get that meets Close"), producerconsumer.ErrClosed, "error of a Get that meets Close")
		require.ErrorIs(t, q.TryPut(1), producerconsumer.ErrClosed, "TryPut into a closed queue")
	})
}

// TestLastItemMeetsGet has a producer put its last item and close at once: the
// item came first, so a Get takes it, whenever it looks.
func TestLastItemMeetsGet(t *testing.T) {
	gradetest.Stress(t, 10, func(t *testing.T) {
		for range 40 {
			q := producerconsumer.New[int](1)
			get := gradetest.Go(func() got { item, err := q.Get(context.Background()); return got{item, err} })
			require.NoError(t, q.TryPut(1), "TryPut into an empty queue")
			q.Close()
			gradetest.Settle()
			require.Equal(t, got{1, nil}, get.MustReturn(t, "a Get that meets TryPut and then Close"), "what the only Get returned, with an item put before Close")
		}
	})
}

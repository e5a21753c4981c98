package producerconsumer_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/03-producer-consumer"
)

type producer = producerconsumer.Producer[int]

var errBroken = errors.New("broken")

// sending returns a producer that puts these items.
func sending(items ...int) producer {
	return func(_ context.Context, put func(int) error) error {
		for _, item := range items {
			if err := put(item); err != nil {
				return err
			}
		}
		return nil
	}
}

// endless puts items until put fails; only if it never does, it ends some day.
func endless(_ context.Context, put func(int) error) error {
	for i := range 10_000 {
		if err := put(i); err != nil {
			return err
		}
	}
	return nil
}

// nothing consumes an item and makes nothing of it.
func nothing(context.Context, int) error { return nil }

// untilStopped waits, as a producer or for an item, until the pipeline stops.
func untilStopped[T any](ctx context.Context, _ T) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestPipelineConsumesEachItemOnce(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		base := rand.IntN(1000)
		consumed := make(chan int, 20)
		consume := func(_ context.Context, item int) error { consumed <- item; return nil }
		err := producerconsumer.Pipeline(t.Context(), 1, 2, consume,
			sending(base, base+1, base+2, base+3), sending(), sending(base+4, base+5))
		require.NoError(t, err, "Pipeline")
		var items []int
		for _, item := range contents(consumed) {
			items = append(items, item-base)
		}
		require.ElementsMatch(t, []int{0, 1, 2, 3, 4, 5}, items, "items consumed, less the first")
	})
}

func TestPipelineKeepsEachProducersOrder(t *testing.T) {
	gradetest.Stress(t, 10, func(t *testing.T) {
		var consumed []int
		consume := func(_ context.Context, item int) error { consumed = append(consumed, item); return nil }
		err := producerconsumer.Pipeline(t.Context(), 3, 1, consume, sending(0, 2, 4, 6), sending(1, 3, 5, 7))
		require.NoError(t, err, "Pipeline")
		var odd, even []int
		for _, item := range consumed {
			if item%2 == 0 {
				even = append(even, item)
			} else {
				odd = append(odd, item)
			}
		}
		require.Equal(t, []int{0, 2, 4, 6}, even, "items of the first producer, as one consumer got them")
		require.Equal(t, []int{1, 3, 5, 7}, odd, "items of the second producer, as one consumer got them")
	})
}

// TestAllWorkAtOnce counts how many producers and consumers are inside at once.
func TestAllWorkAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var producing, consuming gradetest.InFlight
		produce := func(_ context.Context, put func(int) error) error {
			producing.Enter()
			time.Sleep(time.Second)
			producing.Leave()
			return errors.Join(put(1), put(2))
		}
		consume := func(context.Context, int) error {
			consuming.Enter()
			time.Sleep(time.Second)
			consuming.Leave()
			return nil
		}
		err := producerconsumer.Pipeline(t.Context(), 1, 2, consume, produce, produce, produce)
		require.NoError(t, err, "Pipeline")
		require.Equal(t, 3, producing.Max(), "producers at work at once, of 3")
		require.Equal(t, 2, consuming.Max(), "calls of consume at once, with 2 consumers")
		require.Equal(t, 6, consuming.Total(), "calls of consume that have returned, of 6 items")
	})
}

// TestFastProducerIsHeldBack has two consumers that are stuck and room for three items.
func TestFastProducerIsHeldBack(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var put gradetest.InFlight
		produce := func(_ context.Context, send func(int) error) error {
			for i := range 10 {
				if err := send(i); err != nil {
					return err
				}
				put.Enter()
			}
			return nil
		}
		finish := make(chan struct{})
		consume := func(context.Context, int) error { <-finish; return nil }
		p := gradetest.Go(func() error { return producerconsumer.Pipeline(t.Context(), 3, 2, consume, produce) })
		gradetest.Settle()
		require.Equal(t, 5, put.Total(), "items put while 2 consumers are busy and there is room for 3")
		p.MustWait(t, "Pipeline with items left")
		close(finish)
		gradetest.Settle()
		require.NoError(t, p.MustReturn(t, "Pipeline, after its consumers went on"), "Pipeline")
		require.Equal(t, 10, put.Total(), "items put in the end")
	})
}

// TestPipelineReturnsLast has producers and consumers that are slow to end.
func TestPipelineReturnsLast(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var inside gradetest.InFlight
		produce := func(_ context.Context, put func(int) error) error {
			inside.Enter()
			defer inside.Leave()
			err := put(1)
			time.Sleep(time.Second)
			return err
		}
		consume := func(context.Context, int) error {
			inside.Enter()
			defer inside.Leave()
			time.Sleep(3 * time.Second)
			return nil
		}
		err := producerconsumer.Pipeline(t.Context(), 2, 2, consume, produce, produce, produce)
		require.NoError(t, err, "Pipeline")
		require.Equal(t, 6, inside.Total(), "calls of 3 producers and of consume for their 3 items")
		require.Zero(t, inside.Now(), "calls of producers and consume still under way when Pipeline returned")
	})
}

func TestConsumerErrorStopsAll(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		calls := 0
		consume := func(context.Context, int) error {
			if calls++; calls == 3 {
				return errBroken
			}
			return nil
		}
		var putFailed error
		watching := func(ctx context.Context, put func(int) error) error {
			putFailed = endless(ctx, put)
			return putFailed
		}
		p := gradetest.Go(func() error {
			return producerconsumer.Pipeline(t.Context(), 2, 1, consume, watching, untilStopped[func(int) error], endless)
		})
		gradetest.Settle()
		err := p.MustReturn(t, "Pipeline, after consume returned an error")
		require.ErrorIs(t, err, errBroken, "what Pipeline returned, after consume returned an error")
		require.NotErrorIs(t, err, context.Canceled, "what Pipeline returned, after consume returned an error")
		require.Error(t, putFailed, "put, once the pipeline has stopped")
		require.Equal(t, 3, calls, "calls of consume by the only consumer, the third having failed")
	})
}

func TestProducerErrorStopsAll(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		breaks := func(context.Context, func(int) error) error {
			time.Sleep(time.Second)
			return errBroken
		}
		p := gradetest.Go(func() error {
			return producerconsumer.Pipeline(t.Context(), 1, 2, untilStopped[int], breaks, untilStopped[func(int) error], endless)
		})
		time.Sleep(time.Second / 2)
		p.MustWait(t, "Pipeline, before one of its producers returned an error")
		time.Sleep(time.Second)
		err := p.MustReturn(t, "Pipeline, after one of its producers returned an error")
		require.ErrorIs(t, err, errBroken, "what Pipeline returned, after a producer returned an error")
		require.NotErrorIs(t, err, context.Canceled, "what Pipeline returned, after a producer returned an error")
	})
}

func TestPipelineEndsWithItsContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := gradetest.Go(func() error {
			return producerconsumer.Pipeline(ctx, 1, 2, untilStopped[int], endless, untilStopped[func(int) error])
		})
		gradetest.Settle()
		p.MustWait(t, "Pipeline with producers and consumers at work")
		cancel()
		gradetest.Settle()
		err := p.MustReturn(t, "Pipeline whose context was cancelled")
		require.ErrorIs(t, err, context.Canceled, "error of a Pipeline whose context was cancelled")
		require.NotErrorIs(t, err, producerconsumer.ErrClosed, "error of a Pipeline whose context was cancelled")
	})
}

// TestDroppedItemIsAnError has a producer that makes nothing of put's error.
func TestDroppedItemIsAnError(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		produce := func(_ context.Context, put func(int) error) error {
			for i := range 5 {
				_ = put(i)
			}
			return nil
		}
		consume := func(context.Context, int) error { time.Sleep(2 * time.Second); return nil }
		err := producerconsumer.Pipeline(ctx, 1, 1, consume, produce)
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of a Pipeline whose time was up with items left")
		require.NotErrorIs(t, err, producerconsumer.ErrClosed, "error of a Pipeline whose time was up with items left")
	})
}

func TestPipelineOfNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := gradetest.Go(func() error { return producerconsumer.Pipeline(t.Context(), 1, 2, nothing) })
		gradetest.Settle()
		require.NoError(t, p.MustReturn(t, "Pipeline without producers"), "Pipeline without producers")
		require.Panics(t, func() { _ = producerconsumer.Pipeline(t.Context(), 0, 1, nothing) }, "Pipeline with capacity 0")
		require.Panics(t, func() { _ = producerconsumer.Pipeline(t.Context(), 1, 0, nothing) }, "Pipeline without consumers")
	})
}

package producerconsumer_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-course/weft/exercises/03-producer-consumer"
)

// soon is a context that ends before you lose patience.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestFirstInFirstOut(t *testing.T) {
	ctx := soon(t)
	q := producerconsumer.New[string](3)
	for _, item := range []string{"a", "b", "c"} {
		if err := q.Put(ctx, item); err != nil {
			t.Fatalf("Put(%q) into a queue with room: got error %v, want none", item, err)
		}
	}
	for _, want := range []string{"a", "b", "c"} {
		if got, err := q.Get(ctx); got != want || err != nil {
			t.Fatalf("Get: got %q and error %v, want %q and no error", got, err, want)
		}
	}
}

func TestTryOnFullAndEmpty(t *testing.T) {
	q := producerconsumer.New[int](1)
	if _, err := q.TryGet(); !errors.Is(err, producerconsumer.ErrEmpty) {
		t.Errorf("TryGet from an empty queue: got error %v, want ErrEmpty", err)
	}
	if err := q.TryPut(1); err != nil {
		t.Errorf("TryPut into an empty queue: got error %v, want none", err)
	}
	if err := q.TryPut(2); !errors.Is(err, producerconsumer.ErrFull) {
		t.Errorf("TryPut into a full queue: got error %v, want ErrFull", err)
	}
	q.Close()
	if got, err := q.TryGet(); got != 1 || err != nil {
		t.Errorf("TryGet from a closed queue that holds 1: got %d and error %v, want 1 and no error", got, err)
	}
	if _, err := q.TryGet(); !errors.Is(err, producerconsumer.ErrClosed) {
		t.Errorf("TryGet from a closed and empty queue: got error %v, want ErrClosed", err)
	}
}

func TestWorkersAndSentinels(t *testing.T) {
	ctx := soon(t)
	q := producerconsumer.New[int](2)
	var sum atomic.Int64
	ended := make(chan error, 2)
	for range 2 {
		go func() {
			ended <- producerconsumer.Consume(ctx, q, -1, func(item int) { sum.Add(int64(item)) })
		}()
	}
	for _, item := range []int{1, 2, 3, 4, 5} {
		if err := q.Put(ctx, item); err != nil {
			t.Fatalf("Put(%d) with two consumers at work: got error %v, want none", item, err)
		}
	}
	if err := q.Join(ctx); err != nil {
		t.Fatalf("Join with two consumers at work: got error %v, want none", err)
	}
	if got := sum.Load(); got != 15 {
		t.Errorf("sum of what was consumed when Join returned: got %d, want 15", got)
	}
	for range 2 {
		if err := q.Put(ctx, -1); err != nil {
			t.Fatalf("Put of a sentinel: got error %v, want none", err)
		}
	}
	for range 2 {
		if err := <-ended; err != nil {
			t.Errorf("Consume, ended by a sentinel: got error %v, want none", err)
		}
	}
}

func TestPipelineConsumesEverything(t *testing.T) {
	numbers := func(from, to int) producerconsumer.Producer[int] {
		return func(_ context.Context, put func(int) error) error {
			for n := from; n <= to; n++ {
				if err := put(n); err != nil {
					return err
				}
			}
			return nil
		}
	}
	var sum atomic.Int64
	add := func(_ context.Context, n int) error { sum.Add(int64(n)); return nil }
	err := producerconsumer.Pipeline(soon(t), 4, 3, add, numbers(1, 50), numbers(51, 100))
	if err != nil {
		t.Errorf("Pipeline: got error %v, want none", err)
	}
	if got := sum.Load(); got != 5050 {
		t.Errorf("sum of what was consumed when Pipeline returned: got %d, want 5050", got)
	}
}

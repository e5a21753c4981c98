package producerconsumer

import (
	"context"
	"sync"
)

func Consume[T comparable](ctx context.Context, q *Queue[T], sentinel T, f func(T)) error {
	for stop := false; !stop; {
		item, err := q.Get(ctx)
		if err != nil {
			return err
		}
		func() {
			defer q.TaskDone()
			if stop = item == sentinel; !stop {
				f(item)
			}
		}()
	}
	return nil
}

type Producer[T any] func(ctx context.Context, put func(T) error) error

// Pipeline uses a plain channel: with all producers under one WaitGroup nobody
// sends after the close.
func Pipeline[T any](ctx context.Context, capacity, consumers int,
	consume func(ctx context.Context, item T) error, producers ...Producer[T]) error {
	if capacity < 1 || consumers < 1 {
		panic("capacity or number of consumers less than one")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	failed := make(chan struct{})
	var once sync.Once
	fail := func(err error) {
		cancel(err)
		once.Do(func() { close(failed) })
	}

	items := make(chan T, capacity)
	put := func(item T) error {
		if ctx.Err() == nil {
			select {
			case items <- item:
				return nil
			case <-ctx.Done():
			}
		}
		fail(ctx.Err())
		return ctx.Err()
	}
	var producing, consuming sync.WaitGroup
	for _, produce := range producers {
		producing.Add(1)
		go func() {
			defer producing.Done()
			if err := produce(ctx, put); err != nil {
				fail(err)
			}
		}()
	}
	for range consumers {
		consuming.Add(1)
		go func() {
			defer consuming.Done()
			for item := range items {
				err := ctx.Err()
				if err == nil {
					err = consume(ctx, item)
				}
				if err != nil {
					fail(err)
				}
			}
		}()
	}
	producing.Wait()
	close(items)
	consuming.Wait()
	select {
	case <-failed:
		return context.Cause(ctx)
	default:
		return nil
	}
}

package producerconsumer

import (
	"context"
	"errors"
	"sync"
)

func Consume[T comparable](ctx context.Context, q *Queue[T], sentinel T, f func(T)) error {
	for {
		item, err := q.Get(ctx)
		if err != nil {
			return err
		}
		done := func() bool {
			defer func() { _ = q.TaskDone() }()
			if item == sentinel {
				return true
			}
			f(item)
			return false
		}()
		if done {
			return nil
		}
	}
}

type Producer[T any] func(ctx context.Context, put func(T) error) error

// Pipeline collects the ends of all its goroutines in one channel and decides
// alone what they mean.
func Pipeline[T any](ctx context.Context, capacity, consumers int,
	consume func(ctx context.Context, item T) error, producers ...Producer[T]) error {
	if consumers < 1 {
		panic("at least one consumer is needed")
	}
	q := New[T](capacity)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	var mu sync.Mutex
	var first error
	failed := func(err error) {
		mu.Lock()
		if first == nil {
			first = err
		}
		mu.Unlock()
		cancel()
		q.Close() // nobody needs to wait for room any more
	}
	put := func(item T) error {
		err := q.Put(ctx, item)
		if err != nil && ctx.Err() != nil {
			err = ctx.Err()
			failed(err)
		}
		return err
	}
	made := make(chan struct{}, len(producers))
	used := make(chan struct{}, consumers)
	for _, p := range producers {
		go func() {
			if err := p(ctx, put); err != nil {
				failed(err)
			}
			made <- struct{}{}
		}()
	}
	for range consumers {
		go func() {
			defer func() { used <- struct{}{} }()
			for {
				item, err := q.Get(ctx)
				if errors.Is(err, ErrClosed) {
					return
				}
				if err == nil {
					err = consume(ctx, item)
				}
				if err != nil {
					failed(err)
					return
				}
			}
		}()
	}
	for range producers {
		<-made
	}
	q.Close()
	for range consumers {
		<-used
	}
	mu.Lock()
	defer mu.Unlock()
	return first
}

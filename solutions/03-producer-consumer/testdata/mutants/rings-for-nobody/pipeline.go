package producerconsumer

import (
	"context"
	"sync"
)

func Consume[T comparable](ctx context.Context, q *Queue[T], sentinel T, f func(T)) error {
	item, err := q.Get(ctx)
	for ; err == nil && item != sentinel; item, err = q.Get(ctx) {
		do(q, item, f)
	}
	if err == nil {
		q.TaskDone()
	}
	return err
}

func do[T any](q *Queue[T], item T, f func(T)) {
	defer q.TaskDone()
	f(item)
}

type Producer[T any] func(ctx context.Context, put func(T) error) error

// letter is an item, or the sentinel that ends one consumer.
type letter[T any] struct {
	item T
	last bool
}

// Pipeline ends its consumers with one sentinel each.
func Pipeline[T any](ctx context.Context, capacity, consumers int,
	consume func(ctx context.Context, item T) error, producers ...Producer[T]) error {
	if consumers < 1 {
		panic("consumers < 1")
	}
	q := New[letter[T]](capacity)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var first error
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil && first == nil {
			first = err
			cancel()
		}
	}
	put := func(item T) error {
		err := q.Put(ctx, letter[T]{item: item})
		fail(err)
		return err
	}
	var producing, consuming sync.WaitGroup
	for range consumers {
		consuming.Go(func() {
			for {
				l, err := q.Get(ctx)
				if err == nil && l.last {
					return
				}
				if err == nil {
					err = consume(ctx, l.item)
				}
				if err != nil {
					fail(err)
					return
				}
			}
		})
	}
	for _, p := range producers {
		producing.Go(func() { fail(p(ctx, put)) })
	}
	producing.Wait()
	for range consumers {
		if q.Put(ctx, letter[T]{last: true}) != nil {
			break // stopped: the consumers see that too
		}
	}
	consuming.Wait()
	mu.Lock()
	defer mu.Unlock()
	return first
}

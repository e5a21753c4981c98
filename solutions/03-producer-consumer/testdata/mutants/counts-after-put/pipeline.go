package producerconsumer

import (
	"context"
	"errors"
	"sync"
)

// Consume gets items from q and calls f for one after another, until it gets
// one that equals sentinel: for that one f is not called, and Consume returns
// nil. Every item it gets is marked with TaskDone: the sentinel at once, the
// others when f has returned or panicked. One sentinel ends one Consume, so as
// many are needed as there are consumers.
//
// When Get fails, because the queue is closed and empty or because ctx has
// ended, Consume returns the error of Get.
func Consume[T comparable](ctx context.Context, q *Queue[T], sentinel T, f func(T)) error {
	for {
		item, err := q.Get(ctx)
		if err != nil {
			return err
		}
		if item == sentinel {
			q.TaskDone()
			return nil
		}
		work(q, item, f)
	}
}

// work calls f for the item, and marks it as done even if f panics.
func work[T any](q *Queue[T], item T, f func(T)) {
	defer q.TaskDone()
	f(item)
}

// Producer makes items and hands each to put, which waits while the queue is
// full. An error of put means that the pipeline has stopped; the producer
// should then return. ctx ends when the pipeline stops.
type Producer[T any] func(ctx context.Context, put func(T) error) error

// Pipeline runs all producers at once, each in a goroutine of its own, and
// consumers goroutines that call consume for their items. An item that no
// consumer is free for waits in a queue, where there is room for capacity
// items. The items of one producer are taken out in the order in which it put
// them.
//
// Pipeline returns when every producer and every call of consume has returned,
// and leaves no goroutine behind. It returns nil if every producer returned nil
// and every item was consumed without error, all before ctx ended.
//
// Otherwise it returns the first error: of a producer, of consume, or ctx.Err()
// when ctx ended before all was done. The first error stops the pipeline: the
// ctx of producers and consumers ends, put fails, and items still in the queue
// are dropped.
//
// It panics if capacity or consumers is less than one.
func Pipeline[T any](ctx context.Context, capacity, consumers int,
	consume func(ctx context.Context, item T) error, producers ...Producer[T]) error {
	if consumers < 1 {
		panic("producerconsumer: less than one consumer")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &pipeline[T]{queue: New[T](capacity), ctx: ctx, cancel: cancel}

	var producing, consuming sync.WaitGroup
	for _, produce := range producers {
		producing.Go(func() { p.note(produce(ctx, p.put)) })
	}
	for range consumers {
		consuming.Go(func() { p.note(p.consume(consume)) })
	}
	producing.Wait()
	p.queue.Close()
	consuming.Wait()
	return p.first
}

// pipeline is one run of Pipeline.
type pipeline[T any] struct {
	queue  *Queue[T]
	ctx    context.Context
	cancel context.CancelFunc
	once   sync.Once
	first  error
}

// note keeps the first error, and stops everybody with it.
func (p *pipeline[T]) note(err error) {
	if err != nil {
		p.once.Do(func() {
			p.first = err
			p.cancel()
		})
	}
}

// put is what producers call. An item that could not be put is an error of the
// pipeline, even if the producer makes nothing of it.
func (p *pipeline[T]) put(item T) error {
	err := p.queue.Put(p.ctx, item)
	p.note(err)
	return err
}

// consume works until the queue is closed and empty, or something fails.
func (p *pipeline[T]) consume(f func(context.Context, T) error) error {
	for {
		item, err := p.queue.Get(p.ctx)
		if errors.Is(err, ErrClosed) {
			return nil
		}
		if err == nil {
			err = f(p.ctx, item)
		}
		if err != nil {
			return err
		}
	}
}

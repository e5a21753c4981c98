// Package semaphore keeps its state in a channel of capacity one: whoever has
// received it may change it, and sends it back. No lock is needed.
package semaphore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type state struct {
	cap, held int
	queue     []chan struct{} // each has room for one permit
}

type Semaphore struct{ state chan state }

func New(n int) *Semaphore {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s := &Semaphore{state: make(chan state, 1)}
	s.state <- state{cap: n}
	return s
}

// change applies f and then serves the queue.
func (s *Semaphore) change(f func(*state)) {
	st := <-s.state
	f(&st)
	for st.held < st.cap && len(st.queue) > 0 {
		st.held++
		st.queue[0] <- struct{}{}
		st.queue = st.queue[1:]
	}
	s.state <- st
}

func (s *Semaphore) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	mine := make(chan struct{}, 1)
	s.change(func(st *state) { st.queue = append(st.queue, mine) })
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	late := false
	s.change(func(st *state) {
		i := slices.Index(st.queue, mine)
		if late = i < 0; !late {
			st.queue = slices.Delete(st.queue, i, i+1)
		}
	})
	if late { // the permit had come already: keep it
		return nil
	}
	return ctx.Err()
}

func (s *Semaphore) TryAcquire() (ok bool) {
	s.change(func(st *state) {
		if ok = st.held < st.cap && len(st.queue) == 0; ok {
			st.held++
		}
	})
	return ok
}

func (s *Semaphore) Release() (err error) {
	s.change(func(st *state) {
		if st.held == 0 {
			err = ErrOverRelease
			return
		}
		st.held--
	})
	return err
}

func (s *Semaphore) Resize(n int) {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s.change(func(st *state) { st.cap = n })
}

func (s *Semaphore) Cap() (n int) {
	s.change(func(st *state) { n = st.cap })
	return n
}

func (s *Semaphore) InUse() (n int) {
	s.change(func(st *state) { n = st.held })
	return n
}

func Limit(n int, tasks ...func()) {
	if n < 1 {
		panic("semaphore: limit below one")
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(tasks)); i = next.Add(1) - 1 {
				tasks[i]()
			}
		})
	}
	workers.Wait()
}

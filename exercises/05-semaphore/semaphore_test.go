package semaphore_test

import (
	"sync/atomic"
	"testing"

	"github.com/weft-course/weft/exercises/05-semaphore"
)

func TestOnePermit(t *testing.T) {
	s := semaphore.New(1)
	if !s.TryAcquire() {
		t.Fatal("TryAcquire on a fresh semaphore of one permit: got false, want true")
	}
	if s.TryAcquire() {
		t.Error("TryAcquire with the only permit taken: got true, want false")
	}
	if err := s.Release(); err != nil {
		t.Errorf("Release of a permit that is held: got error %v, want none", err)
	}
	if !s.TryAcquire() {
		t.Error("TryAcquire after Release: got false, want true")
	}
}

func TestLimitRunsEverything(t *testing.T) {
	var ran atomic.Int32
	task := func() { ran.Add(1) }
	semaphore.Limit(2, task, task, task, task, task)
	if got := ran.Load(); got != 5 {
		t.Errorf("tasks run by Limit(2, five tasks): got %d, want 5", got)
	}
}

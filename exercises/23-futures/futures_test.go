package futures_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/weft-course/weft/exercises/23-futures"
)

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestCompleteGivesTheResult(t *testing.T) {
	f := futures.New[int]()
	if !f.Complete(42) {
		t.Fatal("Complete of a pending future: got false, want true")
	}
	if f.Complete(43) {
		t.Error("second Complete: got true, want false")
	}
	if v, err := f.Result(soon(t)); v != 42 || err != nil {
		t.Errorf("Result after Complete(42): got %v and error %v, want 42 and none", v, err)
	}
}

func TestCancelInTime(t *testing.T) {
	early, late := futures.New[int](), futures.New[int]()
	if !early.Cancel() || early.Start() {
		t.Error("Cancel, then Start: want true, then false")
	}
	if _, err := early.Result(soon(t)); !errors.Is(err, futures.ErrCancelled) {
		t.Errorf("Result of a cancelled future: got error %v, want ErrCancelled", err)
	}
	if !late.Start() || late.Cancel() {
		t.Error("Start, then Cancel: want true, then false")
	}
}

func TestCallbackAfterTheFact(t *testing.T) {
	f := futures.New[int]()
	calls := 0
	f.OnDone(func(*futures.Future[int]) { calls++ })
	if calls != 0 {
		t.Fatalf("calls of a callback before the end: got %d, want 0", calls)
	}
	f.Complete(1)
	if calls != 1 {
		t.Errorf("calls of a callback after Complete: got %d, want 1", calls)
	}
	f.OnDone(func(*futures.Future[int]) { calls += 10 })
	if calls != 11 {
		t.Errorf("calls after a second callback, added late, with each of its calls counted as 10: got %d, want 11", calls)
	}
}

func TestFirstComesFirst(t *testing.T) {
	a, b := futures.New[string](), futures.New[string]()
	b.Complete("weft")
	done, rest, err := futures.Wait(soon(t), futures.FirstDone, a, b)
	if len(done) != 1 || len(rest) != 1 || err != nil {
		t.Fatalf("Wait for the first of two, one of them done: got %d done, %d not done, error %v; want 1, 1 and none", len(done), len(rest), err)
	}
	var order []int
	for i := range futures.AsCompleted(soon(t), a, b) {
		order = append(order, i)
		a.Complete("warp")
	}
	if len(order) != 2 || order[0] != 1 || order[1] != 0 {
		t.Errorf("places in the order of their ends: got %v, want [1 0]", order)
	}
}

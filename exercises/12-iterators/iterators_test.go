package iterators_test

import (
	"slices"
	"testing"

	"github.com/weft-course/weft/exercises/12-iterators"
)

// TestListIsNoIterator: a list gives iterators, and is none.
func TestListIsNoIterator(t *testing.T) {
	list := iterators.FromSlice([]string{"warp", "weft"})
	if list == nil {
		t.Fatal("FromSlice returned nil")
	}
	if !iterators.IsIterable[string](list) {
		t.Error("IsIterable of what FromSlice returned: got false, want true")
	}
	if iterators.IsIterator[string](list) {
		t.Error("IsIterator of what FromSlice returned: got true, want false")
	}
	a, b := list.Iter(), list.Iter()
	for _, want := range []string{"warp", "weft"} {
		if got, ok := a.Next(); got != want || !ok {
			t.Errorf("Next of one iterator: got %q and %t, want %q and true", got, ok, want)
		}
		if got, ok := b.Next(); got != want || !ok {
			t.Errorf("Next of another iterator of the same list: got %q and %t, want %q and true", got, ok, want)
		}
	}
	if got, ok := a.Next(); ok {
		t.Errorf("Next at the end: got %q and true, want false", got)
	}
	b.Stop()
	if got, ok := b.Next(); ok {
		t.Errorf("Next after Stop: got %q and true, want false", got)
	}
}

// TestTakeOfEndless takes three of a sequence that has no end.
func TestTakeOfEndless(t *testing.T) {
	asked := 0
	squares := iterators.FromFunc(func() (int, bool) {
		asked++
		return asked * asked, true
	})
	if squares == nil {
		t.Fatal("FromFunc returned nil")
	}
	three := iterators.Take(squares, 3)
	if three == nil {
		t.Fatal("Take returned nil")
	}
	if asked != 0 {
		t.Errorf("calls of the function before the first Next: got %d, want 0", asked)
	}
	seq := iterators.ToSeq(three)
	if seq == nil {
		t.Fatal("ToSeq returned nil")
	}
	if got, want := slices.Collect(seq), []int{1, 4, 9}; !slices.Equal(got, want) {
		t.Errorf("elements from Take of 3: got %v, want %v", got, want)
	}
	if asked != 3 {
		t.Errorf("calls of the function for three elements: got %d, want 3", asked)
	}
}

// TestStopRunsCleanUp stops a sequence in the middle.
func TestStopRunsCleanUp(t *testing.T) {
	cleaned := false
	x := iterators.FromSeq(func(yield func(int) bool) {
		defer func() { cleaned = true }()
		for i := 0; yield(i); i++ {
		}
	})
	if x == nil {
		t.Fatal("FromSeq returned nil")
	}
	it := x.Iter()
	if got, ok := it.Next(); got != 0 || !ok {
		t.Errorf("first Next: got %d and %t, want 0 and true", got, ok)
	}
	it.Stop()
	if !cleaned {
		t.Error("the sequence's deferred call has not run when Stop has returned")
	}
	if got, ok := it.Next(); ok {
		t.Errorf("Next after Stop: got %d and true, want false", got)
	}
}

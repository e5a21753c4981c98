package yieldfrom_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/weft-course/weft/exercises/15-yield-from"
)

func TestSubAnswersAndReturns(t *testing.T) {
	sub := yieldfrom.New(func(yield yieldfrom.Yield[int, string]) (int, error) {
		in, err := yield("how many?")
		return 2 * in, err
	})
	outer := yieldfrom.New(func(yield yieldfrom.Yield[int, string]) (int, error) {
		value, err := yieldfrom.YieldFrom(yield, sub)
		return value + 1, err
	})
	out, err := outer.Next()
	if out != "how many?" || err != nil {
		t.Fatalf("Next: got %q and error %v, want what the sub-coroutine yields, \"how many?\", and none", out, err)
	}
	_, err = outer.Send(20)
	var done *yieldfrom.Done[int]
	if !errors.As(err, &done) {
		t.Fatalf("Send of 20: got error %v, want a *Done[int]", err)
	}
	if done.Value != 41 {
		t.Errorf("value of the outer coroutine: got %d, want 41, one more than that of the sub-coroutine", done.Value)
	}
}

func TestCloseCleansUpBelow(t *testing.T) {
	cleaned := false
	sub := yieldfrom.New(func(yield yieldfrom.Yield[int, int]) (int, error) {
		defer func() { cleaned = true }()
		return yield(1)
	})
	outer := yieldfrom.New(func(yield yieldfrom.Yield[int, int]) (int, error) {
		return yieldfrom.YieldFrom(yield, sub)
	})
	if out, err := outer.Next(); out != 1 || err != nil {
		t.Fatalf("Next: got %d and error %v, want 1 and none", out, err)
	}
	if err := outer.Close(); err != nil {
		t.Errorf("Close: got error %v, want none", err)
	}
	if !cleaned {
		t.Error("deferred function of the sub-coroutine: not called when Close of the outer one returns")
	}
}

func TestTwoGroups(t *testing.T) {
	g := yieldfrom.Grouper()
	defer g.Close()
	if _, err := g.Next(); err != nil {
		t.Fatalf("Next of a new Grouper: got error %v, want none", err)
	}
	one, two, nine := 1.0, 2.0, 9.0
	for _, x := range []*float64{&one, &two, nil, &nine, nil} {
		if _, err := g.Send(x); err != nil {
			t.Fatalf("Send to a Grouper: got error %v, want none", err)
		}
	}
	_, err := g.Send(nil)
	var done *yieldfrom.Done[[]yieldfrom.Average]
	if !errors.As(err, &done) {
		t.Fatalf("end of an empty group: got error %v, want a *Done[[]Average]", err)
	}
	if want := []yieldfrom.Average{{Count: 2, Mean: 1.5}, {Count: 1, Mean: 9}}; !slices.Equal(done.Value, want) {
		t.Errorf("averages of two groups: got %v, want %v", done.Value, want)
	}
}

func TestWalkSmallTree(t *testing.T) {
	type tree = yieldfrom.Tree[string]
	w := yieldfrom.Walk(&tree{Value: "a", Children: []*tree{
		{Value: "b", Children: []*tree{{Value: "c"}}},
		{Value: "d"},
	}})
	defer w.Close()
	for _, want := range []string{"a", "b", "c", "d"} {
		if got, err := w.Next(); got != want || err != nil {
			t.Fatalf("Next: got %q and error %v, want %q and none", got, err, want)
		}
	}
	_, err := w.Next()
	var done *yieldfrom.Done[int]
	if !errors.As(err, &done) {
		t.Fatalf("Next after the last node: got error %v, want a *Done[int]", err)
	}
	if done.Value != 4 {
		t.Errorf("value of the walk: got %d, want 4, the number of nodes", done.Value)
	}
}

package generators_test

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/weft-course/weft/exercises/13-generators"
)

type maker struct {
	name string
	of   func(iter.Seq[int]) generators.Generator[int]
}

func pulledAndSpawned() []maker {
	return []maker{{"Pulled", generators.Pulled[int]}, {"Spawned", generators.Spawned[int]}}
}

func TestThreeAndStop(t *testing.T) {
	for _, kind := range pulledAndSpawned() {
		g := kind.of(slices.Values([]int{10, 20, 30}))
		for _, want := range []int{10, 20, 30} {
			if v, err := g.Next(); v != want || err != nil {
				t.Fatalf("Next of a %s generator: got %d, %v, want %d, <nil>", kind.name, v, err, want)
			}
		}
		for range 2 {
			if v, err := g.Next(); v != 0 || !errors.Is(err, generators.ErrStop) {
				t.Fatalf("Next of a %s generator after its end: got %d, %v, want 0, ErrStop", kind.name, v, err)
			}
		}
	}
}

func TestNothingBeforeItIsAsked(t *testing.T) {
	for _, kind := range pulledAndSpawned() {
		begun := false
		g := kind.of(func(yield func(int) bool) {
			begun = true
			yield(1)
		})
		if begun {
			t.Fatalf("%s has run the body before the first Next", kind.name)
		}
		g.Next()
		if !begun {
			t.Fatalf("Next of a %s generator has not run the body", kind.name)
		}
		g.Close()
	}
}

func TestCloseCleansUp(t *testing.T) {
	for _, kind := range pulledAndSpawned() {
		cleaned := false
		g := kind.of(func(yield func(int) bool) {
			defer func() { cleaned = true }()
			for i := 0; yield(i); i++ {
			}
		})
		g.Next()
		g.Close()
		if !cleaned {
			t.Errorf("after Close of a %s generator, the deferred function of its body has not run", kind.name)
		}
		if _, err := g.Next(); !errors.Is(err, generators.ErrStop) {
			t.Errorf("Next of a %s generator after Close: got error %v, want ErrStop", kind.name, err)
		}
	}
}

func TestSquares(t *testing.T) {
	calls := 0
	square := func(n uint64) uint64 { calls++; return n * n }
	squares := generators.Map(generators.Take(generators.Pulled(generators.Fibonacci), 7), square)
	if calls != 0 {
		t.Errorf("calls of the function before Map's generator is asked: got %d, want 0", calls)
	}
	if got, want := generators.Collect(squares), []uint64{0, 1, 1, 4, 9, 25, 64}; !slices.Equal(got, want) {
		t.Errorf("squares of the first seven Fibonacci numbers: got %v, want %v", got, want)
	}
}

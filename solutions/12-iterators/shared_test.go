package iterators_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/12-iterators"
)

// later calls Next in a goroutine of its own; 0 stands for the end.
func later(it iterators.Iterator[int]) *gradetest.Call[int] {
	return gradetest.Go(func() int {
		v, ok := it.Next()
		if !ok {
			return 0
		}
		return v
	})
}

func TestSharedGivesEachOnce(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		s := begin[int](t, iterators.Shared[int](upTo(2)), "Shared")
		a, b := later(s), later(s)
		gradetest.Settle()
		got := []int{a.MustReturn(t, "Next of one goroutine"), b.MustReturn(t, "Next of another goroutine")}
		slices.Sort(got)
		require.Equal(t, []int{1, 2}, got, "what two goroutines got from a shared iterator over 1 and 2")
		mustEnd(t, s, "Shared, when both elements have been given")
	})
}

func TestSharedLastElement(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		s := begin[int](t, iterators.Shared(iterators.FromSlice([]int{7})), "Shared")
		a, b := later(s), later(s.Iter())
		gradetest.Settle()
		got := []int{a.MustReturn(t, "Next of one goroutine"), b.MustReturn(t, "Next of another goroutine")}
		slices.Sort(got)
		require.Equal(t, []int{0, 7}, got, "what two goroutines got from a shared iterator with one element, 0 for the end")
	})
}

// visited is a source that notes how many goroutines are in it.
type visited struct {
	*meter
	inside gradetest.InFlight
}

func (v *visited) Iter() iterators.Iterator[int] { return v }

func (v *visited) Next() (int, bool) {
	v.inside.Enter()
	defer v.inside.Leave()
	runtime.Gosched()
	return v.meter.Next()
}

func (v *visited) Stop() {
	v.inside.Enter()
	defer v.inside.Leave()
	runtime.Gosched()
	v.meter.Stop()
}

func TestSharedUsesSourceAlone(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		source := &visited{meter: upTo(9)}
		s := begin[int](t, iterators.Shared[int](source), "Shared")
		a, b := later(s), later(s)
		gradetest.Settle()
		a.MustReturn(t, "Next of one goroutine")
		b.MustReturn(t, "Next of another goroutine")
		require.Equal(t, 2, source.inside.Total(), "calls of the source's Next for two calls of Next")
		require.Equal(t, 1, source.inside.Max(), "goroutines in the source's Next at once")
		s.Stop()
	})
}

func TestSharedStopMeetsNext(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		source := &visited{meter: upTo(9)}
		s := begin[int](t, iterators.Shared[int](source), "Shared")
		a, stop := later(s), gradetest.GoDo(s.Stop)
		gradetest.Settle()
		stop.MustReturn(t, "Stop, while another goroutine calls Next")
		assert.Contains(t, []int{0, 1}, a.MustReturn(t, "Next, while another goroutine calls Stop"), "what Next gives beside Stop: the first element, or 0 for the end")
		require.Equal(t, 1, source.inside.Max(), "goroutines in the source's Next and Stop at once")
		mustEnd(t, s, "Shared, after Stop")
	})
}

// shaky is a source whose first Next panics.
type shaky struct{ *meter }

func (s *shaky) Iter() iterators.Iterator[int] { return s }

func (s *shaky) Next() (int, bool) {
	v, ok := s.meter.Next()
	if v == 1 {
		panic("the source broke down")
	}
	return v, ok
}

func TestSharedSurvivesPanic(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := begin[int](t, iterators.Shared[int](&shaky{upTo(2)}), "Shared")
		require.PanicsWithValue(t, "the source broke down", func() { s.Next() }, "Next, when the source panics")
		mustGive(t, s, 2, "Shared, after a Next in which the source panicked")
		s.Stop()
	})
}

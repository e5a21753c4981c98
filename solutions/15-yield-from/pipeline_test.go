package yieldfrom_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/15-yield-from"
)

type (
	grouper = yieldfrom.Coroutine[*float64, float64, []yieldfrom.Average]
	tree    = yieldfrom.Tree[string]
	walk    = yieldfrom.Coroutine[struct{}, string, int]
)

// newGrouper makes a Grouper and primes it.
func newGrouper(t *testing.T) *grouper {
	t.Helper()
	g := yieldfrom.Grouper()
	require.Equal(t, yieldfrom.Created, g.State(), "state of a new Grouper")
	mean, err := g.Next()
	require.NoError(t, err, "Next of a new Grouper")
	require.Zero(t, mean, "what a Grouper yields first")
	return g
}

// tell sends numbers to g, where NaN stands for the sentinel, and demands the
// means that come back.
func tell(t *testing.T, g *grouper, numbers, means []float64) {
	t.Helper()
	for i, x := range numbers {
		in := &x
		if math.IsNaN(x) {
			in = nil
		}
		mean, err := g.Send(in)
		require.NoError(t, err, "Send to a Grouper")
		require.InDelta(t, means[i], mean, 1e-9, "mean that comes back from a Grouper, in answer %d to %v", i+1, numbers)
	}
}

func TestGrouperMakesGroups(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		end := math.NaN()
		g := newGrouper(t)
		tell(t, g, []float64{10, 30, end, -4, end, 1, 2, 6}, []float64{10, 20, 0, -4, 0, 1, 1.5, 3})
		mean, err := g.Next()
		require.NoError(t, err, "Next of a Grouper, which ends the group")
		require.Zero(t, mean, "what a Grouper yields for a new group")
		_, err = g.Next()
		requireDone(t, err, []yieldfrom.Average{{Count: 2, Mean: 20}, {Count: 1, Mean: -4}, {Count: 3, Mean: 3}}, "the end of an empty group")
		require.Equal(t, yieldfrom.Closed, g.State(), "state of a Grouper after an empty group")
	})
}

func TestGrouperWithoutGroups(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		_, err := newGrouper(t).Send(nil)
		require.ErrorIs(t, err, yieldfrom.ErrDone, "error of the end of an empty group")
		var done *yieldfrom.Done[[]yieldfrom.Average]
		require.ErrorAs(t, err, &done, "error of the end of an empty group")
		require.Empty(t, done.Value, "averages of a Grouper without a group")
	})
}

// TestResetReachesTheGroup throws what only the averager can catch.
func TestResetReachesTheGroup(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		end := math.NaN()
		g := newGrouper(t)
		tell(t, g, []float64{5, end, 100, 200}, []float64{5, 0, 100, 150})
		mean, err := g.Throw(yieldfrom.ErrReset)
		require.NoError(t, err, "Throw of ErrReset to a Grouper")
		require.Zero(t, mean, "what a Grouper yields upon ErrReset")
		tell(t, g, []float64{7, 9, end}, []float64{7, 8, 0})
		_, err = g.Send(nil)
		requireDone(t, err, []yieldfrom.Average{{Count: 1, Mean: 5}, {Count: 2, Mean: 8}}, "the end of an empty group, with a group that was begun again")
	})
}

func TestGrouperEndsUponAnError(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := newGrouper(t)
		tell(t, g, []float64{5, math.NaN(), 3}, []float64{5, 0, 3})
		nan := math.NaN()
		_, err := g.Send(&nan)
		require.ErrorIs(t, err, yieldfrom.ErrNaN, "error of a Send of a NaN to a Grouper")
		require.Equal(t, yieldfrom.Closed, g.State(), "state of a Grouper after a NaN")

		g = newGrouper(t)
		tell(t, g, []float64{5}, []float64{5})
		_, err = g.Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error of a Throw to a Grouper")
		require.Equal(t, yieldfrom.Closed, g.State(), "state of a Grouper after an error")

		g = newGrouper(t)
		tell(t, g, []float64{5}, []float64{5})
		require.NoError(t, g.Close(), "Close of a Grouper")
		require.Equal(t, yieldfrom.Closed, g.State(), "state of a Grouper after Close")
	})
}

func TestGroupersAreSeparate(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		end := math.NaN()
		a, b := newGrouper(t), newGrouper(t)
		tell(t, a, []float64{1}, []float64{1})
		tell(t, b, []float64{100, 300}, []float64{100, 200})
		tell(t, a, []float64{3, end}, []float64{2, 0})
		tell(t, b, []float64{end}, []float64{0})
		_, err := a.Send(nil)
		requireDone(t, err, []yieldfrom.Average{{Count: 2, Mean: 2}}, "the end of one of two Groupers")
		_, err = b.Send(nil)
		requireDone(t, err, []yieldfrom.Average{{Count: 2, Mean: 200}}, "the end of the other Grouper")
	})
}

// garden is a tree of nine nodes:
//
//	a ── b ── c
//	   │    └ d ── e
//	   ├ f
//	   └ g ── h ── i
func garden() *tree {
	return &tree{Value: "a", Children: []*tree{
		{Value: "b", Children: []*tree{{Value: "c"}, {Value: "d", Children: []*tree{{Value: "e"}}}}},
		{Value: "f"},
		{Value: "g", Children: []*tree{{Value: "h", Children: []*tree{{Value: "i"}}}}},
	}}
}

// walkOn takes the values that w still yields, and what it returns. It throws
// ErrSkip upon those in skip.
func walkOn(t *testing.T, w *walk, skip string) (values string, nodes int) {
	t.Helper()
	value, err := w.Next()
	for err == nil {
		values += value
		require.LessOrEqual(t, len(values), 100, "values of a small tree")
		switch {
		case len(skip) > 0 && value == skip[:1]:
			skip = skip[1:]
			value, err = w.Throw(yieldfrom.ErrSkip)
		default:
			value, err = w.Next()
		}
	}
	var done *yieldfrom.Done[int]
	require.ErrorAs(t, err, &done, "error of a walk at its end")
	return values, done.Value
}

func TestWalkInOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		values, nodes := walkOn(t, yieldfrom.Walk(garden()), "")
		require.Equal(t, "abcdefghi", values, "values of a tree, in order")
		require.Equal(t, 9, nodes, "value of a walk: nodes")
		values, nodes = walkOn(t, yieldfrom.Walk(&tree{Value: "x"}), "")
		require.Equal(t, "x", values, "values of a tree of one node")
		require.Equal(t, 1, nodes, "value of a walk over one node")
	})
}

func TestWalkNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		values, nodes := walkOn(t, yieldfrom.Walk[string](nil), "")
		require.Empty(t, values, "values of an empty tree")
		require.Zero(t, nodes, "value of a walk over an empty tree")
		values, nodes = walkOn(t, yieldfrom.Walk(&tree{Value: "x", Children: []*tree{nil, {Value: "y"}, nil}}), "")
		require.Equal(t, "xy", values, "values of a tree with empty trees among the children")
		require.Equal(t, 2, nodes, "value of a walk with empty trees among the children")
	})
}

func TestWalkSkips(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for skip, want := range map[string]string{
			"a": "a", "b": "abfghi", "c": "abcdefghi", "d": "abcdfghi", "g": "abcdefg", "bh": "abfgh", "i": "abcdefghi", "dfg": "abcdfg",
		} {
			values, nodes := walkOn(t, yieldfrom.Walk(garden()), skip)
			require.Equal(t, want, values, "values of a walk that skips what is below each of %q", skip)
			require.Equal(t, len(want), nodes, "value of a walk that skips what is below each of %q", skip)
		}
		w := yieldfrom.Walk(garden())
		_, err := w.Next()
		require.NoError(t, err, "Next of a walk")
		_, err = w.Throw(fmt.Errorf("too deep: %w", yieldfrom.ErrSkip))
		requireDone(t, err, 1, "a Throw of an error that is ErrSkip, at the root")
	})
}

func TestWalkEndsUponAnError(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for steps := 1; steps <= 9; steps++ {
			thrown, closed := yieldfrom.Walk(garden()), yieldfrom.Walk(garden())
			for range steps {
				_, err := thrown.Next()
				require.NoError(t, err, "Next of a walk")
				_, err = closed.Next()
				require.NoError(t, err, "Next of a walk")
			}
			_, err := thrown.Throw(errSpam)
			require.ErrorIs(t, err, errSpam, "error of a Throw to a walk, at node %d of 9", steps)
			require.Equal(t, yieldfrom.Closed, thrown.State(), "state of a walk after an error")
			require.NoError(t, closed.Close(), "Close of a walk, at node %d of 9", steps)
			require.Equal(t, yieldfrom.Closed, closed.State(), "state of a walk after Close")
		}
	})
}

// TestWalkIsLazy lets the tree grow while somebody walks over it.
func TestWalkIsLazy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		root := &tree{Value: "a"}
		w := yieldfrom.Walk(root)
		node := root
		for _, want := range []string{"a", "b", "c", "d"} {
			value, err := w.Next()
			require.NoError(t, err, "Next of a walk over a tree that grows")
			require.Equal(t, want, value, "value of a walk over a tree that grows below the node yielded last")
			gradetest.Settle()
			if want < "d" {
				child := &tree{Value: string(want[0] + 1)}
				node.Children = append(node.Children, child)
				node = child
			}
		}
		_, err := w.Next()
		requireDone(t, err, 4, "the end of a walk over a tree that has grown")
	})
}

// TestWalkOfNumbers: a Tree may hold values of any type.
func TestWalkOfNumbers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := yieldfrom.Walk(&yieldfrom.Tree[int]{Value: 3, Children: []*yieldfrom.Tree[int]{{Value: 0}, {Value: -7}}})
		var got []int
		value, err := w.Next()
		for ; err == nil; value, err = w.Next() {
			got = append(got, value)
			if len(got) > 3 {
				err = errors.New("more values than nodes")
				break
			}
		}
		requireDone(t, err, 3, "the end of a walk over numbers")
		require.Equal(t, []int{3, 0, -7}, got, "values of a tree of numbers")
	})
}

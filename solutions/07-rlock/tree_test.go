package rlock_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/07-rlock"
)

// plant returns the tree 1(2(3 4) 5(6)), its lock, and an owner.
func plant() (*rlock.Node, *rlock.RLock, *rlock.Owner) {
	l, gardener := rlock.New(), rlock.NewOwner("gardener")
	root := rlock.NewTree(l, 1)
	two := root.Add(gardener, 2)
	two.Add(gardener, 3)
	two.Add(gardener, 4)
	root.Add(gardener, 5).Add(gardener, 6)
	return root, l, gardener
}

func TestWalkInOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		root, l, ann := plant()
		var seen []int
		err := root.Walk(ann, func(n *rlock.Node) error {
			seen = append(seen, n.Value(ann))
			return nil
		})
		require.NoError(t, err, "Walk whose visit never fails")
		require.Equal(t, []int{1, 2, 3, 4, 5, 6}, seen, "values in the order of the visits to the tree 1(2(3 4) 5(6))")
		require.Equal(t, 21, root.Sum(ann), "Sum of the tree 1(2(3 4) 5(6))")
		mustBeFree(t, l, "after Walk and Sum")
	})
}

// TestVisitUsesTheTree calls every method from inside Walk, and Walk too.
func TestVisitUsesTheTree(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		root, l, ann := plant()
		values, sums, nested := 0, 0, 0
		err := root.Walk(ann, func(n *rlock.Node) error {
			values += n.Value(ann)
			sums += n.Sum(ann)
			return n.Walk(ann, func(below *rlock.Node) error {
				nested += below.Value(ann)
				return nil
			})
		})
		require.NoError(t, err, "Walk whose visit never fails")
		require.Equal(t, 21, values, "sum of the values that visit saw")
		require.Equal(t, 21+9+3+4+11+6, sums, "sum of the sums that visit took")
		require.Equal(t, sums, nested, "the same by walks inside the walk")
		err = root.Walk(ann, func(n *rlock.Node) error {
			if n.Value(ann) == 6 {
				root.Add(ann, 100)
				return errors.ErrUnsupported
			}
			return nil
		})
		require.ErrorIs(t, err, errors.ErrUnsupported, "error of a Walk whose visit failed")
		require.Equal(t, 121, root.Sum(ann), "Sum after visit added a node of 100")
		mustBeFree(t, l, "after walks that used the tree")
	})
}

// TestVisitIsUndisturbed tries to take the lock from inside every visit.
func TestVisitIsUndisturbed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		root, l, ann := plant()
		intruder := rlock.NewOwner("intruder")
		visits, foreign, got := 0, 0, 0
		root.Walk(ann, func(n *rlock.Node) error {
			visits++
			if l.Holder() != ann || l.Depth(ann) < 1 {
				foreign++
			}
			if l.TryLock(intruder) {
				got++
				l.Unlock(intruder)
			}
			return nil
		})
		require.Equal(t, 6, visits, "visits to the tree 1(2(3 4) 5(6))")
		require.Zero(t, got, "visits in which somebody else could take the lock")
		require.Zero(t, foreign, "visits in which the walker did not hold the lock")
		mustBeFree(t, l, "after Walk")
	})
}

func TestErrorEndsTheWalk(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		root, l, ann := plant()
		enough := errors.New("enough")
		for stop := 1; stop <= 6; stop++ {
			visits := 0
			err := root.Walk(ann, func(n *rlock.Node) error {
				if visits++; visits == stop {
					return enough
				}
				return nil
			})
			require.ErrorIs(t, err, enough, "error of a Walk whose visit number %d failed", stop)
			require.NotErrorIs(t, err, errors.ErrUnsupported, "error of a Walk whose visit number %d failed", stop)
			require.Equal(t, stop, visits, "visits of a Walk that visit number %d ended", stop)
			mustBeFree(t, l, "after a Walk that an error ended")
		}
	})
}

func TestPanicLeavesTheLockAsItWas(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		root, l, ann := plant()
		fall := func() {
			root.Walk(ann, func(n *rlock.Node) error {
				if n.Value(ann) == 4 {
					panic("the branch breaks")
				}
				return nil
			})
		}
		require.PanicsWithValue(t, "the branch breaks", fall, "Walk with a visit that panics")
		require.Zero(t, l.Depth(ann), "Depth after a panic in visit")
		mustBeFree(t, l, "after a panic in visit")
		l.Lock(ann)
		require.PanicsWithValue(t, "the branch breaks", fall, "Walk with a visit that panics, by an owner that held the lock")
		require.Equal(t, 1, l.Depth(ann), "Depth after a panic in visit, by an owner that held the lock once")
		unlock(t, l, ann)
		mustBeFree(t, l, "after a panic in visit and the caller's own Unlock")
	})
}

// TestSeveralCallsAreOneStep holds the lock around calls that take it too.
func TestSeveralCallsAreOneStep(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		root, l, ann := plant()
		l.Lock(ann)
		kid := root.Add(ann, -root.Sum(ann))
		mustBeTaken(t, l, "between two calls of an owner that holds the lock")
		require.Equal(t, -21, kid.Value(ann), "value of the node that Add returned")
		require.Zero(t, root.Sum(ann), "Sum after adding its opposite")
		require.NoError(t, root.Walk(ann, func(*rlock.Node) error { return nil }), "Walk by the holder")
		require.Equal(t, 1, l.Depth(ann), "Depth after calls that took the lock and gave it back")
		mustBeTaken(t, l, "before the owner's own Unlock")
		unlock(t, l, ann)
		mustBeFree(t, l, "after the owner's own Unlock")
	})
}

// TestSumMeetsTwoAdds has somebody move 100 from one branch to another, in one
// step: a Sum sees both changes or none.
func TestSumMeetsTwoAdds(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		root := rlock.NewTree(l, 0)
		left := root.Add(ann, 1)
		for range 6 { // a long way from the one branch to the other
			root.Add(ann, 0)
		}
		right := root.Add(ann, 2)
		summing := gradetest.Go(func() int { return root.Sum(ben) })
		l.Lock(ann)
		left.Add(ann, 100)
		right.Add(ann, -100)
		unlock(t, l, ann)
		require.Equal(t, 3, summing.Wait(), "Sum of 1 and 2, while 100 and -100 are added in one step")
	})
}

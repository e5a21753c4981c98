// Package iter stands in for package iter while schedules are explored: a
// coroutine that Pull makes is a goroutine of the schedule, known by who pulls.
package iter

import (
	"iter"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// Seq is iter.Seq.
type Seq[V any] = iter.Seq[V]

// Seq2 is iter.Seq2.
type Seq2[K, V any] = iter.Seq2[K, V]

// Pull is iter.Pull.
func Pull[V any](seq Seq[V]) (next func() (V, bool), stop func()) {
	return iter.Pull(sched.Bind(sched.Go(), seq))
}

// Pull2 is iter.Pull2.
func Pull2[K, V any](seq Seq2[K, V]) (next func() (K, V, bool), stop func()) {
	return iter.Pull2(sched.Bind(sched.Go(), seq))
}

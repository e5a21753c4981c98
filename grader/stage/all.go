// Package stage holds the steps of a grading, a file for each. All is the one
// list: the command's help, `grade explain` and the docs are printed from it.
//
// Stages know the submission, the exercise and a bench that builds and runs;
// what confines the processes, and how a result is printed, is not their business.
package stage

import "github.com/weft-course/weft/grader"

// All returns the stages in the order in which they run.
func All() []grader.Stage {
	return []grader.Stage{policy(), vet(), race(), exploration(), timing(), speedup()}
}

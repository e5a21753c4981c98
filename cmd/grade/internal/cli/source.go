package cli

import (
	"github.com/weft-course/weft/exercises"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/solutions"
)

// openCourse loads the course that --course names, or the built-in one.
func openCourse(name string) (*course.Course, error) {
	src, err := courseSource(name)
	if err != nil {
		return nil, err
	}
	c, err := course.Load(src)
	if err != nil {
		return nil, &hintError{code: ExitUsage, err: err, hint: authorHint}
	}
	return c, nil
}

const authorHint = "docs/authoring.md describes what an exercise consists of"

func courseSource(name string) (course.Source, error) {
	if name == "" {
		return course.Source{Exercises: exercises.FS, Solutions: solutions.FS}, nil
	}
	src, err := course.Open(name)
	if err != nil {
		return src, usagef("--course wants a folder or zip file that holds exercises and solutions", "%w", err)
	}
	return src, nil
}

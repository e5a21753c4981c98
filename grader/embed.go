package grader

import "embed"

// TestSupport holds the sources of what hidden tests import. A scratch module
// gets a copy, so that `grade` needs nothing but itself to build a submission.
//
//go:embed cpus/*.go gradetest/*.go gradetest/sched/*.go gradetest/sched/*.s gradetest/vatomic/*.go gradetest/viter/*.go gradetest/vsync/*.go gradetest/wire/*.go
var TestSupport embed.FS

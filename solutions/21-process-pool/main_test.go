package processpool_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/21-process-pool"
)

// envInside is set while tests run, and so in every process they start: there,
// Worker must not return, or each process would start all of them again.
const envInside = "WEFT_TWENTYONE_INSIDE"

func TestMain(m *testing.M) {
	processpool.Worker(functions()...)
	if os.Getenv(envInside) != "" {
		fmt.Fprintln(os.Stderr, "Worker has returned in a process that a pool has started")
		os.Exit(97)
	}
	os.Setenv(envInside, "1")
	gradetest.Main(m)
}

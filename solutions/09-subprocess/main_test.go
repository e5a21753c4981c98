package subprocess_test

import (
	"os"
	"testing"

	"github.com/weft-course/weft/grader/gradetest"
)

// TestMain lets this test binary play the programs that the tests start: it is
// the only one that a submission can start everywhere.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "as" {
		perform(os.Args[2], os.Args[3:])
	}
	gradetest.Main(m)
}

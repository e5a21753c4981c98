package streams_test

import (
	"testing"

	"github.com/weft-course/weft/grader/gradetest"
)

func TestMain(m *testing.M) { gradetest.Main(m) }

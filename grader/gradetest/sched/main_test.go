package sched_test

import (
	"os"
	"os/exec"
	"testing"
	"testing/synctest"

	"github.com/weft-course/weft/grader/gradetest/sched"
	vsync "github.com/weft-course/weft/grader/gradetest/vsync"
)

// TestMain starts the tests again with locks that wait durably, which package
// vsync decides when the process begins.
func TestMain(m *testing.M) {
	if os.Getenv(vsync.Env) != "" {
		os.Exit(m.Run())
	}
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Env = append(os.Environ(), vsync.Env+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		os.Exit(1)
	}
}

// run makes one schedule of a program and returns how it went.
func run(t *testing.T, seed uint64, program func()) (steps, hash uint64) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		sched.Begin(sched.Plan{Seed: seed})
		program()
		steps, hash = sched.Count()
		sched.End()
	})
	return steps, hash
}

package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/weft-course/weft/grader"
)

// TestOnOneProcessor: a speed-up that only a clock could show cannot be measured
// there, and costs nothing; everything else is judged as ever, also that work
// which claims to be parallel is not.
func TestOnOneProcessor(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two submissions")
	}
	root, c := wholeCourse(t)
	const exercise = "05-semaphore"
	ex, _ := c.Exercise(exercise)
	solution := filepath.Join(root, "solutions", exercise)
	for dir, want := range map[string]grader.Verdict{
		solution: grader.Unmeasurable,
		filepath.Join(solution, "testdata", "mutants", "serial-limit"): grader.Failed, // never two tasks at once
	} {
		self, err := os.Executable()
		require.NoError(t, err)
		var stdout, stderr bytes.Buffer
		cmd := exec.Command(self, "--json", "--exercise", exercise, dir)
		cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), envMain+"=1"), &stdout, &stderr
		require.NoError(t, onFirstProcessor(cmd.Start))
		cmd.Wait()
		var r grader.Report
		require.NoError(t, json.Unmarshal(stdout.Bytes(), &r), stderr.String())
		require.Len(t, r.Checks, len(ex.Criteria))
		for i, check := range r.Checks {
			if ex.Criteria[i].Stage == grader.StageSpeedup {
				assert.Equal(t, want, check.Verdict, "%s: %s", dir, check.ID)
			} else {
				assert.Equal(t, grader.Passed, check.Verdict, "%s: %s", dir, check.ID)
			}
		}
	}
}

// onFirstProcessor calls start in a thread that may use one processor only, as
// may all that it starts.
func onFirstProcessor(start func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err
	}
	for i := 0; one.Count() == 0; i++ {
		if all.IsSet(i) {
			one.Set(i)
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	defer unix.SchedSetaffinity(0, &all)
	return start()
}

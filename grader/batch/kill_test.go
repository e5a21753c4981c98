package batch

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// The environment of a process that a test starts to be killed.
const (
	envFrom = "WEFT_BATCH_FROM" // the submissions
	envOut  = "WEFT_BATCH_OUT"
	envDie  = "WEFT_BATCH_DIE" // at which step, counted from 1; 0 is never
	envLog  = "WEFT_BATCH_LOG" // gets a line for every grading that begins and for every result that is stored
)

func TestMain(m *testing.M) {
	if os.Getenv(envFrom) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// child is a run that kills itself, with no chance to clean up, at the step
// that the environment says.
func child() int {
	die, err := strconv.Atoi(os.Getenv(envDie))
	if err != nil {
		panic(err)
	}
	log, err := os.OpenFile(os.Getenv(envLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	steps := 0
	o := Options{From: os.Getenv(envFrom), Out: os.Getenv(envOut), Course: small(), Jobs: 1, Grader: machine()}
	o.Grade = func(ctx context.Context, dir string, ex *grader.Exercise) (*grader.Report, error) {
		text, err := os.ReadFile(filepath.Join(dir, ex.Files[0]))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(log, "begin %s\n", digest(text))
		return judge(ctx, dir, ex)
	}
	o.hook = func(step string) {
		if step == "cached" {
			fmt.Fprintln(log, "stored")
		}
		if steps++; steps == die {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				panic(err)
			}
			self.Kill()
			select {}
		}
	}
	if _, err := Run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// start runs a child to its end, whichever that is.
func start(t *testing.T, c class, log string, die int) (killed bool) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), envFrom+"="+c.from, envOut+"="+c.out, envLog+"="+log, envDie+"="+strconv.Itoa(die))
	text, err := cmd.CombinedOutput()
	if err != nil && die == 0 {
		t.Fatalf("%v: %s", err, text)
	}
	return err != nil
}

// TestKilledAndStartedAgain kills a run at 20 moments, one after the other in
// one folder and each in a folder of its own: nothing is lost, nothing that was
// stored is graded again, and the results are those of a run that nobody killed.
func TestKilledAndStartedAgain(t *testing.T) {
	c := newClass(t)
	for i := range 8 {
		c.put(fmt.Sprintf("s%d/24-latch/latch.go", i), fmt.Sprintf("package latch // %d no leak", i/2))
		c.put(fmt.Sprintf("z%d.zip", i), string(zipOf(t, packed{name: good, text: fmt.Sprint("package latch // zip ", i)})))
	}
	const distinct = 4 + 8
	c.run()
	want := results(t, c.out)
	require.Len(t, want, 16)

	one := class{t, c.from, filepath.Join(t.TempDir(), "out")}
	log := filepath.Join(t.TempDir(), "log")
	kills := 0
	for i := range 20 {
		if start(t, one, log, 1+i%5) {
			kills++
		}
	}
	assert.GreaterOrEqual(t, kills, 15, "killed in one folder")
	start(t, one, log, 0)
	assert.Equal(t, want, results(t, one.out))
	counts(t, log, distinct, kills)

	for i := range 20 {
		apart := class{t, c.from, filepath.Join(t.TempDir(), "out")}
		log := filepath.Join(t.TempDir(), "log")
		require.True(t, start(t, apart, log, 1+4*i), "not killed at step %d", 1+4*i)
		begun := results(t, apart.out)
		for key, text := range begun {
			assert.Equal(t, want[key], text, "half a result after step %d", 1+4*i)
		}
		start(t, apart, log, 0)
		assert.Equal(t, want, results(t, apart.out), "killed at step %d", 1+4*i)
		counts(t, log, distinct, 1)
	}
}

// counts checks that each content was stored once, and that only what a kill
// cut off was begun again.
func counts(t *testing.T, log string, distinct, kills int) {
	t.Helper()
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, distinct, strings.Count(string(text), "stored\n"), "gradings that were stored")
	assert.LessOrEqual(t, strings.Count(string(text), "begin "), distinct+kills, "gradings that began")
}

package subprocess_test

import (
	"context"
	"os"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/09-subprocess"
)

func TestRunLeavesNoDescriptor(t *testing.T) {
	requireNoDescriptorLeft(t, "Run", func() {
		_, err := subprocess.Run(context.Background(), as("first"), make([]byte, large))
		require.NoError(t, err, "error of Run")
	})
	requireNoDescriptorLeft(t, "a Run that was ended by its context", func() {
		l := newLine(t)
		ctx, cancel := context.WithCancel(context.Background())
		running := l.run(ctx, l.on(as("hold")), nil)
		l.ready(t)
		cancel()
		require.ErrorIs(t, running.Wait().err, context.Canceled, "error of Run")
		l.close()
	})
	requireNoDescriptorLeft(t, "Start of a program that does not exist", func() {
		_, err := subprocess.Start(subprocess.Command{Path: t.TempDir() + "/none"})
		require.Error(t, err, "error of Start")
	})
}

func TestWaitLeavesNoDescriptor(t *testing.T) {
	requireNoDescriptorLeft(t, "Start, Kill and Wait", func() {
		p := start(t, as("cat"))
		require.NoError(t, p.Kill(), "error of Kill")
		wait(t, p)
	})
}

func TestPipelineLeavesNoDescriptor(t *testing.T) {
	requireNoDescriptorLeft(t, "Pipeline", func() {
		_, err := subprocess.Pipeline(context.Background(), nil, as("cat"), as("cat"))
		require.NoError(t, err, "error of Pipeline")
	})
	requireNoDescriptorLeft(t, "a Pipeline that could not be started", func() {
		none := subprocess.Command{Path: t.TempDir() + "/none"}
		_, err := subprocess.Pipeline(context.Background(), nil, as("cat"), none, as("cat"))
		require.Error(t, err, "error of Pipeline")
	})
}

// TestNoZombie: a program that was said to have ended has been waited for.
func TestNoZombie(t *testing.T) {
	gradetest.RealTime(t)
	r, err := subprocess.Run(context.Background(), as("pid"), nil)
	require.NoError(t, err, "error of Run")
	requireGone(t, pidIn(t, r.Stdout), "a program that was run")

	p := start(t, as("cat"))
	require.NoError(t, p.Kill(), "error of Kill")
	wait(t, p)
	requireGone(t, p.Pid(), "a program that was killed and waited for")
}

// TestNoZombieOfAPipeline: those that were started before the one that could
// not be have been killed, and have been waited for too.
func TestNoZombieOfAPipeline(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	before := children(t)
	none := subprocess.Command{Path: t.TempDir() + "/none"}
	_, err := subprocess.Pipeline(context.Background(), nil, l.on(as("hold")), as("cat"), none)
	require.Error(t, err, "error of Pipeline with a program that does not exist")
	require.Equal(t, before, children(t), "child processes, zombies too, when Pipeline has returned an error")
}

func pidIn(t *testing.T, output []byte) int {
	t.Helper()
	pid, err := strconv.Atoi(string(output))
	require.NoError(t, err, "the number that the program wrote")
	return pid
}

// requireNoDescriptorLeft counts descriptors before and after f. It lets no
// garbage collector close what was forgotten, and gives a little time to what is
// closed in the background.
func requireNoDescriptorLeft(t *testing.T, what string, f func()) {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	_, err := runReference(context.Background(), []byte("x"), "cat") // what the library opens once and for all
	require.NoError(t, err, "running another program")
	before := descriptors(t)
	f()
	after := descriptors(t)
	for range 20 {
		if after <= before {
			break
		}
		time.Sleep(5 * time.Millisecond)
		_, err := runReference(context.Background(), nil, "exit", "0") // patience of a slow machine
		require.NoError(t, err, "running another program")
		after = descriptors(t)
	}
	require.LessOrEqual(t, after, before, "descriptors open after %s, compared with before", what)
}

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not list the descriptors of a process")
	}
	return len(open)
}

package subprocess_test

import (
	"context"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/09-subprocess"
)

// TestDeadlineEndsRun ends the context when the program is known to run.
func TestDeadlineEndsRun(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	ctx, cancel := context.WithCancel(context.Background())
	running := l.run(ctx, l.on(as("so far")), nil)
	l.ready(t)
	cancel()
	got := running.Wait()
	require.ErrorIs(t, got.err, context.Canceled, "error of Run when its context ends first")
	require.NotErrorIs(t, got.err, context.DeadlineExceeded, "error of Run when its context is cancelled")
	require.Equal(t, by(syscall.SIGKILL), got.Status, "status of the program")
	require.Equal(t, "so far", string(got.Stdout), "output of the program until then")
	l.mustBeDead(t, "a program that was running when the context ended")
}

func TestDeadlineKillsTheGroup(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	ctx, cancel := context.WithCancel(context.Background())
	running := l.run(ctx, l.on(as("family")), nil)
	l.ready(t)
	cancel()
	require.ErrorIs(t, running.Wait().err, context.Canceled, "error of Run when its context ends first")
	l.mustBeDead(t, "what the program had started, when the context ended")
}

// TestDeadlineStopsFeeding ends the context while nobody reads the input.
func TestDeadlineStopsFeeding(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	c := as("deaf")
	c.Stderr = l.stderr
	ctx, cancel := context.WithCancel(context.Background())
	running := l.run(ctx, c, make([]byte, large))
	l.ready(t)
	cancel()
	got := running.Wait()
	require.ErrorIs(t, got.err, context.Canceled, "error of Run when its context ends while input waits to be read")
	require.Equal(t, by(syscall.SIGKILL), got.Status, "status of the program")
}

func TestKillReachesTheGroup(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	p := start(t, l.on(as("family")))
	l.started(t)
	require.NoError(t, p.Kill(), "error of Kill")
	require.Equal(t, by(syscall.SIGKILL), wait(t, p), "status of the program")
	l.mustBeDead(t, "what the program had started, after Kill")
}

// TestTerminateReachesTheGroup has a program that survives SIGTERM and says
// whether its child did not.
func TestTerminateReachesTheGroup(t *testing.T) {
	unix(t)
	l := newLine(t)
	p := start(t, l.on(as("shepherd")))
	l.started(t)
	require.NoError(t, p.Terminate(), "error of Terminate")
	require.Equal(t, subprocess.Status{Code: 5}, wait(t, p), "status of a program that ends with 5 when its child was terminated")
}

// TestLeftBehindIsKilled has a child hold the pipe open that the program wrote to.
func TestLeftBehindIsKilled(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	p := start(t, l.on(as("leave", "30000")))
	l.handOver()
	r, err := p.Communicate(context.Background(), nil)
	require.NoError(t, err, "error of Communicate")
	require.Equal(t, subprocess.Status{Code: 7}, r.Status, "status of a program that ended and left a child behind")
	requireSame(t, 'o', 30000, r.Stdout, "its standard output")
	l.mustBeDead(t, "the child that it left behind")
}

func TestEndedContextStartsNothing(t *testing.T) {
	l := newLine(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := subprocess.Run(ctx, l.on(as("hold")), nil)
	require.ErrorIs(t, err, context.Canceled, "error of Run with a context that has ended")
	_, err = subprocess.Pipeline(ctx, nil, l.on(as("hold")), as("cat"))
	require.ErrorIs(t, err, context.Canceled, "error of Pipeline with a context that has ended")
	l.handOver()
	text, _ := l.read.ReadString('\n')
	require.Empty(t, text, "what a program said that was not to be started")

	none := subprocess.Command{Path: t.TempDir() + "/none"} // to start this one is an error
	_, err = subprocess.Run(ctx, none, nil)
	require.ErrorIs(t, err, context.Canceled, "error of Run with a context that has ended and a program that does not exist")
	_, err = subprocess.Pipeline(ctx, nil, none)
	require.ErrorIs(t, err, context.Canceled, "error of Pipeline with a context that has ended and a program that does not exist")
}

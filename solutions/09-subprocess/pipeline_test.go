package subprocess_test

import (
	"bytes"
	"context"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/09-subprocess"
)

func TestThreeInARow(t *testing.T) {
	input := bytes.Repeat([]byte("0123456789abcdef"), 20000)
	r, err := subprocess.Pipeline(context.Background(), input, as("cat"), as("cat"), as("cat"))
	require.NoError(t, err, "error of Pipeline")
	require.Len(t, r, 3, "results of a pipeline of three")
	for i, one := range r {
		require.Equal(t, subprocess.Status{}, one.Status, "status of number %d of three (97: it had to give up)", i+1)
	}
	require.True(t, bytes.Equal(input, r[2].Stdout), "whether 320,000 bytes came through three copies unchanged (%d bytes came)", len(r[2].Stdout))
	require.Empty(t, r[0].Stdout, "Stdout in the result of the first, whose output went to the second")
}

// TestEachItsOwnResult has all three end in another way, and say why.
func TestEachItsOwnResult(t *testing.T) {
	r, err := subprocess.Pipeline(context.Background(), []byte("abc"), as("first"), as("both", "10"), as("exit", "3"))
	require.NoError(t, err, "error of Pipeline: an exit code is none")
	require.Len(t, r, 3, "results of a pipeline of three")
	require.Equal(t, subprocess.Status{Code: 3}, r[2].Status, "status of the last, which ends with 3")
	require.Equal(t, "eeeeeeeeee", string(r[1].Stderr), "standard error of the second")
	require.Empty(t, r[0].Stderr, "standard error of the first, if it wrote none")

	r, err = subprocess.Pipeline(context.Background(), []byte("abc"), as("first"))
	require.NoError(t, err, "error of a Pipeline of one")
	require.Len(t, r, 1, "results of a pipeline of one")
	require.Equal(t, "a, and no more", string(r[0].Stdout), "output of a pipeline of one")
}

// TestBrokenPipe has a program that writes 16 MiB before one that reads a byte.
func TestBrokenPipe(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	r, err := subprocess.Pipeline(context.Background(), nil, as("flood"), as("first"))
	require.NoError(t, err, "error of Pipeline")
	require.Len(t, r, 2, "results of a pipeline of two")
	require.Equal(t, "y, and no more", string(r[1].Stdout), "output of the second, which reads one byte")
	require.Equal(t, by(syscall.SIGPIPE), r[0].Status, "status of the first, which writes 16 MiB unless the pipe breaks (0: somebody took it all; 97: nobody did, and the pipe never broke)")
}

func TestPipelineDeadline(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	ctx, cancel := context.WithCancel(context.Background())
	running := l.pipeline(ctx, l.on(as("hold")), as("cat"))
	l.ready(t)
	cancel()
	got := running.Wait()
	require.ErrorIs(t, got.err, context.Canceled, "error of Pipeline when its context ends first")
	require.Len(t, got.results, 2, "results of a pipeline whose context ended")
	require.Equal(t, by(syscall.SIGKILL), got.results[0].Status, "status of the first, which held everything up")
	l.mustBeDead(t, "the first of a pipeline, when the context ended")
}

// TestPipelineDeadlineReachesTheLast has the last hold everything up.
func TestPipelineDeadlineReachesTheLast(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	ctx, cancel := context.WithCancel(context.Background())
	last := as("deaf")
	last.Stderr = l.stderr
	running := l.pipeline(ctx, as("exit", "4"), last)
	l.ready(t)
	cancel()
	got := running.Wait()
	require.ErrorIs(t, got.err, context.Canceled, "error of Pipeline when its context ends first")
	require.Len(t, got.results, 2, "results of a pipeline whose context ended")
	require.Equal(t, by(syscall.SIGKILL), got.results[1].Status, "status of the last, which held everything up")
}

// TestPipelineWithAHole cannot start its second program. The first must not
// go on: nobody would ever hear of it.
func TestPipelineWithAHole(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	none := subprocess.Command{Path: t.TempDir() + "/none"}
	r, err := subprocess.Pipeline(context.Background(), nil, l.on(as("hold")), none, as("cat"))
	l.handOver()
	require.ErrorIs(t, err, os.ErrNotExist, "error of Pipeline with a program that does not exist")
	require.Empty(t, r, "results of a pipeline that could not be started")
	l.mustBeDead(t, "the first of a pipeline whose second could not be started")
}

// piped is what Pipeline returns.
type piped struct {
	results []subprocess.Result
	err     error
}

// pipeline calls Pipeline in the background with one of the programs on the line.
func (l *line) pipeline(ctx context.Context, commands ...subprocess.Command) *gradetest.Call[piped] {
	return gradetest.Go(func() piped {
		defer l.handOver()
		r, err := subprocess.Pipeline(ctx, nil, commands...)
		return piped{r, err}
	})
}

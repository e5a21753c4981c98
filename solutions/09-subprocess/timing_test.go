package subprocess_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/09-subprocess"
)

// trials is how often code may be slower than the reference before it is
// called slow. The first good one is enough.
const trials = 5

// TestSixtyFourMiB sends them through a program, there and back; only 4 of them
// under the race detector, which makes it slow.
func TestSixtyFourMiB(t *testing.T) {
	size := 64 << 20
	if gradetest.RaceEnabled {
		size = 4 << 20
	}
	input := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	r, err := subprocess.Run(context.Background(), as("cat"), input)
	require.NoError(t, err, "error of Run")
	require.Equal(t, subprocess.Status{}, r.Status, "status of a program that copies 64 MiB (97: it had to give up)")
	require.True(t, bytes.Equal(input, r.Stdout), "whether a copy of 64 MiB is the same (%d bytes came)", len(r.Stdout))
}

// TestEightMiBInTime compares with package os/exec.
func TestEightMiBInTime(t *testing.T) {
	input := bytes.Repeat([]byte("0123456789abcdef"), 8<<20/16)
	var mine, reference time.Duration
	for range trials {
		reference = gradetest.Took(func() {
			_, err := runReference(context.Background(), input, "cat")
			require.NoError(t, err, "running another program")
		})
		mine = gradetest.Took(func() {
			_, err := subprocess.Run(context.Background(), as("cat"), input)
			require.NoError(t, err, "error of Run")
		})
		if mine <= 5*reference+50*time.Millisecond {
			return
		}
	}
	require.LessOrEqual(t, mine, 5*reference, "time for 8 MiB, compared with five times that of package os/exec just now")
}

// TestDeadlineIsKept: 50 milliseconds, of a program that would wait for seconds.
func TestDeadlineIsKept(t *testing.T) {
	unix(t)
	const deadline = 50 * time.Millisecond
	var mine, reference time.Duration
	for range trials {
		reference = gradetest.Took(func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			runReference(ctx, nil, "deaf")
		})
		var err error
		mine = gradetest.Took(func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			_, err = subprocess.Run(ctx, as("deaf"), nil)
		})
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of Run with a deadline of 50 ms")
		require.NotErrorIs(t, err, context.Canceled, "error of Run with a deadline of 50 ms")
		require.GreaterOrEqual(t, mine, deadline, "time until Run gives up")
		if mine <= 3*reference+200*time.Millisecond {
			return
		}
	}
	require.LessOrEqual(t, mine, 3*reference, "time until Run gives up after 50 ms, compared with three times that of package os/exec just now")
}

// TestWaitingIsFree has several wait for one program: whoever spins shall get a
// good share even of a busy machine.
func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		p := start(t, as("deaf"))
		var waiting sync.WaitGroup
		for range 8 {
			waiting.Go(func() { p.Wait(context.Background()) })
		}
		return func() {
			p.Kill()
			waiting.Wait()
		}
	})
}

// TestRunningIsFree waits in Run, for a program that holds its output open.
func TestRunningIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		l := newLine(t)
		ctx, cancel := context.WithCancel(context.Background())
		running := l.run(ctx, l.on(as("hold")), nil)
		l.ready(t)
		return func() {
			cancel()
			running.Wait()
			l.close()
		}
	})
}

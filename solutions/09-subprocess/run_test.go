package subprocess_test

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/09-subprocess"
)

// large is more than any pipe holds.
const large = 1 << 20

func TestNothingInNothingOut(t *testing.T) {
	r, err := subprocess.Run(context.Background(), as("cat"), nil)
	require.NoError(t, err, "error of Run")
	require.Equal(t, subprocess.Status{}, r.Status, "status of a program that copies nothing")
	require.Empty(t, r.Stdout, "output of a program that copies nothing")
	require.Empty(t, r.Stderr, "error output of a program that copies nothing")
}

// TestMegabyteThroughCat needs somebody who reads while somebody writes: cat
// stops reading when nobody takes what it writes.
func TestMegabyteThroughCat(t *testing.T) {
	gradetest.RealTime(t)
	input := bytes.Repeat([]byte("0123456789abcdef"), large/16)
	r, err := subprocess.Run(context.Background(), as("cat"), input)
	require.NoError(t, err, "error of Run")
	require.Equal(t, subprocess.Status{}, r.Status, "status of a program that copies 1 MiB (97: it had to give up)")
	require.Equal(t, large, len(r.Stdout), "bytes of output of a program that copies 1 MiB")
	require.True(t, bytes.Equal(input, r.Stdout), "whether a copy of 1 MiB is the same")
}

func TestBothOutputs(t *testing.T) {
	r, err := subprocess.Run(context.Background(), as("both", "300000"), nil)
	require.NoError(t, err, "error of Run")
	require.Equal(t, subprocess.Status{}, r.Status, "status of a program that writes to both outputs (97: it had to give up)")
	requireSame(t, 'o', 300000, r.Stdout, "standard output")
	requireSame(t, 'e', 300000, r.Stderr, "standard error")
}

// TestWaitNeedsNoReader waits first and asks for the output afterwards.
func TestWaitNeedsNoReader(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, as("both", "300000"))
	require.Equal(t, subprocess.Status{}, wait(t, p), "status of a program that writes more than pipes hold (97: it had to give up)")
	r, err := p.Communicate(context.Background(), nil)
	require.NoError(t, err, "error of Communicate after the end")
	requireSame(t, 'o', 300000, r.Stdout, "standard output")
	requireSame(t, 'e', 300000, r.Stderr, "standard error")
}

func TestInputNeedNotBeRead(t *testing.T) {
	gradetest.RealTime(t)
	r, err := subprocess.Run(context.Background(), as("first"), bytes.Repeat([]byte("x"), large))
	require.NoError(t, err, "error of Run, with a program that reads one byte of 1 MiB and ends")
	require.Equal(t, subprocess.Status{}, r.Status, "its status")
	require.Equal(t, "x, and no more", string(r.Stdout), "its output")
}

func TestEnvironment(t *testing.T) {
	t.Setenv("WEFT_SUBJECT", "ours")
	c := as("env", "WEFT_SUBJECT")
	c.Env = append(environment(), "WEFT_SUBJECT=its own")
	r, err := subprocess.Run(context.Background(), c, nil)
	require.NoError(t, err, "error of Run")
	require.Equal(t, "its own", string(r.Stdout), "a variable of Command.Env, as the program sees it")
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	c.Env = nil
	r, err = subprocess.Run(context.Background(), c, nil)
	require.NoError(t, err, "error of Run")
	require.Equal(t, "ours", string(r.Stdout), "a variable of ours, as the program sees it without Command.Env")
}

// TestFilesAreHandedOn gives the program files: the line of the helpers.
func TestFilesAreHandedOn(t *testing.T) {
	l := newLine(t)
	p := start(t, l.on(as("hold")))
	l.started(t)
	l.mustBeAlive(t, "a program that reads the caller's file and writes to the caller's file")
	l.to.Close()
	require.Equal(t, subprocess.Status{}, wait(t, p), "status at the end of the caller's file")
	r, err := p.Communicate(context.Background(), []byte("not used"))
	require.NoError(t, err, "error of Communicate with input for a program that reads a file of the caller's")
	require.Empty(t, r.Stderr, "Result.Stderr when the program had a file for it")
}

// TestPid asks the program itself.
func TestPid(t *testing.T) {
	p := start(t, as("pid"))
	r, err := p.Communicate(context.Background(), nil)
	require.NoError(t, err, "error of Communicate")
	require.Equal(t, p.Pid(), pidIn(t, r.Stdout), "number of a process as Pid says it, and as the program says it")
}

func TestNoSuchProgram(t *testing.T) {
	none := subprocess.Command{Path: t.TempDir() + "/none"}
	_, err := subprocess.Start(none)
	require.ErrorIs(t, err, os.ErrNotExist, "error of Start of a program that does not exist")
	_, err = subprocess.Run(context.Background(), none, nil)
	require.ErrorIs(t, err, os.ErrNotExist, "error of Run of a program that does not exist")
}

func requireSame(t *testing.T, want byte, n int, got []byte, what string) {
	t.Helper()
	require.Equal(t, n, len(got), "bytes of %s", what)
	require.Equal(t, n, bytes.Count(got, []byte{want}), "bytes of %s that are right", what)
}

package subprocess_test

import (
	"bytes"
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/09-subprocess"
)

func TestExitCodes(t *testing.T) {
	for code, text := range map[int]string{1: "1", 42: "42", 255: "255"} {
		r, err := subprocess.Run(context.Background(), as("exit", text), nil)
		require.NoError(t, err, "error of Run: an exit code is none")
		require.Equal(t, subprocess.Status{Code: code}, r.Status, "status of a program that ends with %d", code)
	}
}

// TestDiesInTheMiddle has a program die by a signal while it still gets input.
func TestDiesInTheMiddle(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	r, err := subprocess.Run(context.Background(), as("die"), bytes.Repeat([]byte("x"), large))
	require.NoError(t, err, "error of Run with a program that is killed: the status says it")
	require.Equal(t, by(syscall.SIGKILL), r.Status, "status of a program that was killed")
	require.Equal(t, "half", string(r.Stdout), "what it wrote before")
}

func TestPollBeforeAndAfter(t *testing.T) {
	l := newLine(t)
	p := start(t, l.on(as("hold")))
	l.started(t)
	s, ended := p.Poll()
	require.False(t, ended, "whether Poll says that a running program has ended")
	require.Equal(t, subprocess.Status{}, s, "status that Poll gives of a running program")
	l.to.Close()
	wait(t, p)
	s, ended = p.Poll()
	require.True(t, ended, "whether Poll says after Wait that the program has ended")
	require.Equal(t, subprocess.Status{}, s, "status that Poll gives after the end")
}

// TestPollAlone asks until Poll has seen the end without anybody who waits. As
// patience it runs other programs from beginning to end, so that a slow
// machine has more of it.
func TestPollAlone(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, as("exit", "3"))
	for range 20 {
		if _, ended := p.Poll(); ended {
			break
		}
		time.Sleep(5 * time.Millisecond)
		_, err := runReference(context.Background(), nil, "exit", "0")
		require.NoError(t, err, "running another program")
	}
	s, ended := p.Poll()
	require.True(t, ended, "whether Poll sees the end of a program for which nobody waits, while 20 others were started and ended")
	require.Equal(t, subprocess.Status{Code: 3}, s, "its status")
	requireGone(t, p.Pid(), "a program that has ended, as Poll has said")
}

func TestWaitGivesUp(t *testing.T) {
	gradetest.RealTime(t)
	l := newLine(t)
	p := start(t, l.on(as("hold")))
	l.started(t)
	ctx, cancel := context.WithCancel(context.Background())
	waiting := gradetest.Go(func() error { _, err := p.Wait(ctx); return err })
	cancel()
	require.ErrorIs(t, waiting.Wait(), context.Canceled, "error of Wait when its context ends first")
	l.mustBeAlive(t, "a program for which somebody has stopped to wait")
	_, ended := p.Poll()
	require.False(t, ended, "whether Poll says then that it has ended")
	l.to.Close()
	require.Equal(t, subprocess.Status{}, wait(t, p), "status when somebody waits again")
}

func TestManyWait(t *testing.T) {
	gradetest.RealTime(t)
	unix(t)
	l := newLine(t)
	p := start(t, l.on(as("hold")))
	l.started(t)
	var calls []*gradetest.Call[subprocess.Status]
	for range 3 {
		calls = append(calls, gradetest.Go(func() subprocess.Status { s, _ := p.Wait(context.Background()); return s }))
	}
	require.NoError(t, p.Kill(), "error of Kill")
	for _, c := range calls {
		require.Equal(t, by(syscall.SIGKILL), c.Wait(), "status that each of three calls of Wait returns")
	}
}

func TestTerminate(t *testing.T) {
	unix(t)
	l := newLine(t)
	p := start(t, l.on(as("hold")))
	l.started(t)
	require.NoError(t, p.Terminate(), "error of Terminate")
	require.Equal(t, by(syscall.SIGTERM), wait(t, p), "status of a program that was terminated")
}

// TestKillIsStronger meets a program that does not hear SIGTERM.
func TestKillIsStronger(t *testing.T) {
	unix(t)
	l := newLine(t)
	p := start(t, l.on(as("stubborn")))
	l.started(t)
	require.NoError(t, p.Terminate(), "error of Terminate")
	l.mustBeAlive(t, "a program that is deaf to SIGTERM, after Terminate")
	require.NoError(t, p.Kill(), "error of Kill")
	require.Equal(t, by(syscall.SIGKILL), wait(t, p), "status of a program that was killed")
}

func TestSignalsAfterTheEnd(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, as("exit", "0"))
	wait(t, p)
	require.ErrorIs(t, p.Terminate(), os.ErrProcessDone, "error of Terminate after the end")
	require.ErrorIs(t, p.Kill(), os.ErrProcessDone, "error of Kill after the end")
	s, _ := p.Poll()
	require.Equal(t, subprocess.Status{}, s, "status after a Kill that came too late")
}

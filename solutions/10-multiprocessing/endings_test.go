package multiprocessing_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/10-multiprocessing"
)

func TestExitCodes(t *testing.T) {
	gradetest.RealTime(t)
	want := map[string]int{"nil": 0, "error": 1, "panic": 2, "exit": 7}
	running := map[string]*multiprocessing.Process{}
	for how := range want {
		running[how] = start(t, multiprocessing.New(ends, how))
	}
	for how, p := range running {
		join(t, p)
		wantCode(t, want[how], p, "a function that ends by "+how)
	}
}

// TestNotRegisteredThere registers here, after Main, what the other process does not know.
func TestNotRegisteredThere(t *testing.T) {
	gradetest.RealTime(t)
	late := multiprocessing.Register(fmt.Sprint("hidden: late ", time.Now().UnixNano()), func(int, *multiprocessing.Pipe) error { return nil })
	p := start(t, multiprocessing.New(late, 1))
	join(t, p)
	wantCode(t, 1, p, "a process in which the function is not registered")
}

func TestJoinByMany(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, multiprocessing.New(waits, struct{}{}))
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	err := p.Join(gone)
	require.ErrorIs(t, err, context.Canceled, "Join of a process that lives, with a context that has ended")
	require.NotErrorIs(t, err, context.DeadlineExceeded, "Join with a cancelled context")
	soon, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.Join(soon), context.DeadlineExceeded, "Join of a process that lives, with a time-out")
	require.True(t, p.Alive(), "Alive after a Join that gave up")

	var joiners []*gradetest.Call[error]
	for range 3 {
		joiners = append(joiners, gradetest.Go(func() error { return p.Join(context.Background()) }))
	}
	require.NoError(t, p.Pipe().Send(nil), "Send")
	for _, j := range joiners {
		require.NoError(t, j.Wait(), "Join by several at once")
	}
	for range 20 { // if both are ready, a plain select takes either
		require.NoError(t, p.Join(gone), "Join of a process that has ended, with a context that has ended as well")
	}
}

func TestTerminate(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, multiprocessing.New(waits, struct{}{}))
	require.NoError(t, p.Terminate(), "Terminate")
	join(t, p)
	require.False(t, p.Alive(), "Alive after Terminate and Join")
	code, ended := p.ExitCode()
	require.True(t, ended, "ended, as ExitCode says after Terminate and Join")
	require.NotZero(t, code, "exit code of a process that was killed")
	if killedIsNegative {
		require.Negative(t, code, "exit code of a process that was killed")
	}
	require.NoError(t, p.Terminate(), "second Terminate")
}

func TestTerminateTooLate(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, multiprocessing.New(ends, "exit"))
	join(t, p)
	require.NoError(t, p.Terminate(), "Terminate of a process that has ended")
	join(t, p)
	wantCode(t, 7, p, "a process that had ended before Terminate")
}

// TestNoOrphan kills a process that has started another one. All three hold the
// end of a pipe; when it can be read to its end, all but this one are gone.
func TestNoOrphan(t *testing.T) {
	gradetest.RealTime(t)
	r, fd, err := inherited()
	if err != nil {
		t.Skip("this system cannot tell")
	}
	defer r.Close()
	parent := multiprocessing.New(nested, fd)
	err = parent.Start()
	closeFD(fd)
	require.NoError(t, err, "Start")
	require.Empty(t, hear[string](t, parent), "what went wrong in a process that starts another one")
	require.NoError(t, parent.Terminate(), "Terminate")
	join(t, parent)
	left, err := io.ReadAll(r)
	require.NoError(t, err, "reading")
	require.Empty(t, string(left), "a sign of life from a process whose parent was killed seconds ago")
}

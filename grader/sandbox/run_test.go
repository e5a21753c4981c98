//go:build unix

package sandbox

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shell is a process that runs a script, within generous bounds.
func shell(script string) Process {
	return Process{Path: "/bin/sh", Args: []string{"-c", script}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: "/", Wall: time.Minute, Memory: 1 << 30, Output: 1 << 20}
}

func TestProcessEnds(t *testing.T) {
	r, err := Run(t.Context(), shell("echo out; echo err >&2; exit 7"))
	require.NoError(t, err)
	assert.Equal(t, 7, r.Code)
	assert.Empty(t, r.Reason)
	assert.Equal(t, "out\nerr\n", r.Output)
}

func TestProcessBounds(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		bound  func(*Process)
		want   string
	}{
		"time":   {"while :; do :; done", func(p *Process) { p.Wall = 50 * time.Millisecond }, ReasonTime},
		"output": {"while :; do echo weft; done", func(p *Process) { p.Output = 1000 }, ReasonOutput},
		"memory": {"x=weft; while :; do x=$x$x; done", func(p *Process) { p.Memory = 50 << 20 }, ReasonMemory},
	} {
		p := shell(c.script)
		c.bound(&p)
		r, err := Run(t.Context(), p)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, r.Reason, name)
		assert.LessOrEqual(t, len(r.Output), int(p.Output), name)
	}
}

// TestMemoryOfChildrenCounts: the bound is on the process and all it starts.
func TestMemoryOfChildrenCounts(t *testing.T) {
	p := shell("sh -c 'x=weft; while :; do x=$x$x; done'; :")
	p.Memory = 50 << 20
	r, err := Run(t.Context(), p)
	require.NoError(t, err)
	assert.Equal(t, ReasonMemory, r.Reason)
	assert.Greater(t, r.Peak, int64(50<<20))
}

// TestNothingSurvives: what the process has put into the background dies with
// it, and does not hold us up although it keeps the pipe open.
func TestNothingSurvives(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	r, err := Run(t.Context(), shell("sleep 300 & echo $! > "+file))
	require.NoError(t, err)
	assert.Zero(t, r.Code)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	assert.Eventually(t, func() bool { return gone(pid) }, 20*time.Second, 2*time.Millisecond, "the background process is still there")
}

// gone reports whether the process has ended; an orphan nobody has reaped yet counts.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestCancelIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	_, err := Run(ctx, shell("sleep 300"))
	assert.Error(t, err)
	ctx, cancel = context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
	_, err = Run(ctx, shell("sleep 300"))
	assert.ErrorIs(t, err, why)
}

func TestStartFailureIsAnError(t *testing.T) {
	p := shell("")
	p.Path = "/nonexistent/sh"
	_, err := Run(t.Context(), p)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestLimitedKeepsTheFirstBytes(t *testing.T) {
	calls := 0
	l := &limited{max: 5, full: func() { calls++ }}
	for range 3 {
		n, err := l.Write([]byte("abc"))
		assert.Equal(t, 3, n)
		assert.NoError(t, err)
	}
	assert.Equal(t, "abcab", l.String())
	assert.Equal(t, 1, calls)
}

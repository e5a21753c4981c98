//go:build unix

package workspace

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
func shell(script string) process {
	return process{path: "/bin/sh", args: []string{"-c", script}, env: []string{"PATH=/usr/bin:/bin"}, dir: "/", wall: time.Minute, memory: 1 << 30, output: 1 << 20}
}

func TestProcessEnds(t *testing.T) {
	r, err := runProcess(t.Context(), shell("echo out; echo err >&2; exit 7"))
	require.NoError(t, err)
	assert.Equal(t, 7, r.code)
	assert.Empty(t, r.reason)
	assert.Equal(t, "out\nerr\n", r.output)
}

func TestProcessBounds(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		bound  func(*process)
		want   string
	}{
		"time":   {"while :; do :; done", func(p *process) { p.wall = 50 * time.Millisecond }, reasonTime},
		"output": {"while :; do echo weft; done", func(p *process) { p.output = 1000 }, reasonOutput},
		"memory": {"x=weft; while :; do x=$x$x; done", func(p *process) { p.memory = 50 << 20 }, reasonMemory},
	} {
		p := shell(c.script)
		c.bound(&p)
		r, err := runProcess(t.Context(), p)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, r.reason, name)
		assert.LessOrEqual(t, len(r.output), int(p.output), name)
	}
}

// TestMemoryOfChildrenCounts: the bound is on the process and all it starts.
func TestMemoryOfChildrenCounts(t *testing.T) {
	p := shell("sh -c 'x=weft; while :; do x=$x$x; done'; :")
	p.memory = 50 << 20
	r, err := runProcess(t.Context(), p)
	require.NoError(t, err)
	assert.Equal(t, reasonMemory, r.reason)
	assert.Greater(t, r.peak, int64(50<<20))
}

// TestNothingSurvives: what the process has put into the background dies with
// it, and does not hold us up although it keeps the pipe open.
func TestNothingSurvives(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	r, err := runProcess(t.Context(), shell("sleep 300 & echo $! > "+file))
	require.NoError(t, err)
	assert.Zero(t, r.code)
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
	_, err := runProcess(ctx, shell("sleep 300"))
	assert.Error(t, err)
	ctx, cancel = context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
	_, err = runProcess(ctx, shell("sleep 300"))
	assert.ErrorIs(t, err, why)
}

func TestStartFailureIsAnError(t *testing.T) {
	p := shell("")
	p.path = "/nonexistent/sh"
	_, err := runProcess(t.Context(), p)
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

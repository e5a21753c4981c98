package multiprocessing_test

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/10-multiprocessing"
)

func start(t *testing.T, p *multiprocessing.Process) *multiprocessing.Process {
	t.Helper()
	require.NoError(t, p.Start(), "Start")
	require.NotNil(t, p.Pipe(), "Pipe after Start")
	return p
}

func join(t *testing.T, p *multiprocessing.Process) {
	t.Helper()
	require.NoError(t, p.Join(context.Background()), "Join of a process that was started")
}

// hear receives a value that was sent as JSON.
func hear[T any](t *testing.T, p *multiprocessing.Process) (v T) {
	t.Helper()
	msg, err := p.Pipe().Recv()
	require.NoError(t, err, "Recv from a process that sends")
	require.NoError(t, json.Unmarshal(msg, &v), "decoding the message %q", msg)
	return v
}

func wantCode(t *testing.T, want int, p *multiprocessing.Process, what string) {
	t.Helper()
	code, ended := p.ExitCode()
	require.True(t, ended, "ended, as ExitCode says after Join: "+what)
	require.Equal(t, want, code, "exit code of "+what)
}

func TestAnotherProcess(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, multiprocessing.New(whoami, struct{}{}))
	ids := hear[[]int](t, p)
	join(t, p)
	require.Len(t, ids, 2, "what the process sent: its number and that of its parent")
	require.NotEqual(t, os.Getpid(), ids[0], "number of the process, as it sees itself, beside this one's")
	require.Equal(t, ids[0], p.Pid(), "Pid, beside what the process says it is")
	require.Equal(t, os.Getpid(), ids[1], "number of its parent, as the process sees it")
	require.Equal(t, os.Getpid(), p.PPid(), "PPid")
	wantCode(t, 0, p, "a function that returned nil")
}

// TestMemoryIsNotShared: a fork would have sent 1001, a goroutine too.
func TestMemoryIsNotShared(t *testing.T) {
	gradetest.RealTime(t)
	shared = 1000
	defer func() { shared = 0 }()
	p, q := start(t, multiprocessing.New(bump, 1)), start(t, multiprocessing.New(bump, 2))
	assert.Equal(t, 1, hear[int](t, p), "variable of one process that began with 0 and added 1, whatever this one's holds")
	assert.Equal(t, 2, hear[int](t, q), "variable of another process that began with 0 and added 2")
	join(t, p)
	join(t, q)
	require.Equal(t, 1000, shared, "variable of this process after two others have changed theirs")
}

func TestArgumentsTravel(t *testing.T) {
	gradetest.RealTime(t)
	b := baggage{Name: "线\x00\n\"", Sizes: []int{3, 1, 2}, Places: map[string]float64{"a": .5}, Next: &baggage{Name: "inner"}}
	long := strings.Repeat("more than fits in ", 1<<15)
	p, q := start(t, multiprocessing.New(tell, b)), start(t, multiprocessing.New(digest, long))
	require.Equal(t, b, hear[baggage](t, p), "argument, as it arrived")
	require.Equal(t, crc32.ChecksumIEEE([]byte(long)), hear[uint32](t, q), "checksum of an argument of half a megabyte, as it arrived")
	join(t, p)
	join(t, q)
}

func TestRunnersTravel(t *testing.T) {
	gradetest.RealTime(t)
	c := &counter{From: 40, Step: 2}
	p, q := start(t, multiprocessing.New(derived, greeter{"hello", "process"})), start(t, multiprocessing.New(pointer, c))
	require.Equal(t, "hello, process", hear[string](t, p), "what the Runner sent, made of its fields")
	require.Equal(t, 42, hear[int](t, q), "what a Runner with a pointer receiver sent")
	join(t, p)
	join(t, q)
	require.Equal(t, 40, c.From, "field of the Runner here after the process has changed its copy")
}

func TestLifeOfAProcess(t *testing.T) {
	gradetest.RealTime(t)
	p := multiprocessing.New(waits, struct{}{})
	assert.False(t, p.Alive(), "Alive before Start")
	assert.Zero(t, p.Pid(), "Pid before Start")
	assert.Zero(t, p.PPid(), "PPid before Start")
	assert.Nil(t, p.Pipe(), "Pipe before Start")
	assert.ErrorIs(t, p.Join(context.Background()), multiprocessing.ErrNotStarted, "Join before Start")
	assert.ErrorIs(t, p.Terminate(), multiprocessing.ErrNotStarted, "Terminate before Start")
	_, ended := p.ExitCode()
	assert.False(t, ended, "ended, as ExitCode says before Start")

	start(t, p)
	assert.True(t, p.Alive(), "Alive while the function waits")
	_, ended = p.ExitCode()
	assert.False(t, ended, "ended, as ExitCode says while the function waits")
	err := p.Start()
	assert.ErrorIs(t, err, multiprocessing.ErrStarted, "second Start")
	assert.NotErrorIs(t, err, multiprocessing.ErrNotStarted, "second Start")
	pid := p.Pid()
	require.NoError(t, p.Pipe().Send(nil), "Send")
	join(t, p)
	assert.False(t, p.Alive(), "Alive after Join")
	assert.Equal(t, pid, p.Pid(), "Pid after the end")
	assert.ErrorIs(t, p.Start(), multiprocessing.ErrStarted, "Start after the end")
	wantCode(t, 0, p, "a function that returned nil")
}

func TestStartNeedsMain(t *testing.T) {
	require.ErrorIs(t, early, multiprocessing.ErrNoMain, "Start before Main")
	require.NotErrorIs(t, early, multiprocessing.ErrStarted, "Start before Main")
}

func TestWhatCannotStart(t *testing.T) {
	gradetest.RealTime(t)
	var none multiprocessing.Target[int]
	require.ErrorIs(t, multiprocessing.New(none, 1).Start(), multiprocessing.ErrNotRegistered, "Start with a Target that Register has not made")
	p := multiprocessing.New(unsendable, make(chan int))
	require.Error(t, p.Start(), "Start with a channel as argument: it cannot be encoded")
	require.False(t, p.Alive(), "Alive after a Start that failed")
	require.ErrorIs(t, p.Join(context.Background()), multiprocessing.ErrNotStarted, "Join after a Start that failed")
	f := func(int, *multiprocessing.Pipe) error { return nil }
	require.Panics(t, func() { multiprocessing.Register("hidden: echo", f) }, "Register with a name that is taken")
	require.Panics(t, func() { multiprocessing.Register("", f) }, "Register without a name")
	require.Panics(t, func() { multiprocessing.Register[int]("hidden: nil", nil) }, "Register without a function")
}

var unsendable = multiprocessing.Register("hidden: unsendable", func(chan int, *multiprocessing.Pipe) error { return nil })

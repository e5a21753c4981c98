package eventloop_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/16-event-loop"
)

const (
	second = time.Second
	tenth  = second / 10
	msec   = time.Millisecond
	odd    = 1234567 * time.Nanosecond
)

// journal is a loop together with the names of the callbacks that it has
// called. It has no lock: callbacks run one after another.
type journal struct {
	*eventloop.Loop
	t     *testing.T
	names []string
}

func newJournal(t *testing.T) *journal { return &journal{Loop: eventloop.New(), t: t} }

// note returns a callback that writes name down and then does what it is given.
func (j *journal) note(name string, then ...func()) func() {
	return func() {
		j.names = append(j.names, name)
		for _, f := range then {
			f()
		}
	}
}

func (j *journal) soon(name string, then ...func()) *eventloop.Handle {
	h, err := j.CallSoon(j.note(name, then...))
	assert.NoError(j.t, err, "CallSoon on an open loop")
	return h
}

func (j *journal) later(d time.Duration, name string, then ...func()) *eventloop.Handle {
	h, err := j.CallLater(d, j.note(name, then...))
	assert.NoError(j.t, err, "CallLater on an open loop")
	return h
}

func (j *journal) at(when time.Time, name string, then ...func()) *eventloop.Handle {
	h, err := j.CallAt(when, j.note(name, then...))
	assert.NoError(j.t, err, "CallAt on an open loop")
	return h
}

func (j *journal) outside(name string, then ...func()) {
	assert.NoError(j.t, j.CallSoonThreadsafe(j.note(name, then...)), "CallSoonThreadsafe on an open loop")
}

// run runs the loop until something stops it.
func (j *journal) run() {
	j.t.Helper()
	require.NoError(j.t, j.RunForever(), "RunForever of a loop that is stopped by Stop")
}

// turn runs one turn.
func (j *journal) turn() {
	j.t.Helper()
	j.Stop()
	j.run()
}

// called compares what was called, in that order, and forgets it.
func (j *journal) called(what string, want ...string) {
	j.t.Helper()
	require.Equal(j.t, want, j.names, "callbacks that were called, %s", what)
	j.names = nil
}

// nap is a callback that takes d.
func nap(d time.Duration) func() { return func() { time.Sleep(d) } }

// goroutine returns the number of the calling goroutine.
func goroutine() string {
	buf := make([]byte, 64)
	return strings.Fields(string(buf[:runtime.Stack(buf, false)]))[1]
}

// panicOf returns the value with which f panics, nil if it does not.
func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// Package harness runs the tests of somebody else's package in bubbles of
// virtual time, one schedule after another. Package foreign compiles it into a
// rewritten test binary, where every test function, t.Run, t.Parallel and
// synctest.Test is a call of this package.
//
// It imports the standard library and package sched only, because it becomes
// part of a module whose dependencies are not ours to add to. It starts no
// goroutine: goleak would find it in the tests of others. That a schedule is
// stuck is therefore seen from outside of the process.
package harness

import (
	"encoding/json"
	"os"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/weft-course/weft/grader/foreign/protocol"
	"github.com/weft-course/weft/grader/gradetest/sched"
)

// session is what the process has been asked to do.
type session struct {
	job    *protocol.Job // nil: nothing, the tests run as always
	mu     sync.Mutex
	events *os.File
	now    *schedule // the one that runs
}

var current = sync.OnceValue(func() *session {
	s := &session{}
	var job protocol.Job
	if json.Unmarshal([]byte(os.Getenv(protocol.EnvJob)), &job) != nil {
		return s
	}
	f, err := os.OpenFile(os.Getenv(protocol.EnvEvents), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil {
		s.job, s.events = &job, f
		if job.Shake > 0 {
			sched.Shake(job.Shake)
		}
	}
	return s
})

// send must not order what the program leaves unordered, so the race detector looks away.
func (s *session) send(e protocol.Event) {
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	sched.RaceDisable()
	s.mu.Lock()
	s.events.Write(append(line, '\n'))
	s.mu.Unlock()
	sched.RaceEnable()
}

// exploring reports whether schedules run in this process.
func (s *session) exploring() bool { return s.job != nil && s.job.Leaf != "" }

// Run stands in for a test function.
func Run(t *testing.T, f func(*testing.T)) { current().call(t, f) }

// Sub stands in for t.Run.
func Sub(t *testing.T, name string, f func(*testing.T)) bool {
	s := current()
	if s.job != nil && !s.exploring() {
		s.send(protocol.Event{Kind: protocol.KindSub, Test: t.Name()})
	}
	return t.Run(name, func(t *testing.T) { s.call(t, f) })
}

// Parallel stands in for t.Parallel. A test that is explored is alone.
func Parallel(t *testing.T) {
	if !current().exploring() {
		t.Parallel()
	}
}

// Bubble stands in for synctest.Test.
func Bubble(t *testing.T, f func(*testing.T)) {
	s := current()
	switch {
	case s.job == nil:
		synctest.Test(t, f)
	case !s.exploring():
		s.send(protocol.Event{Kind: protocol.KindOwn, Test: t.Name()})
		synctest.Test(t, f)
	case s.now != nil && s.job.Own:
		s.now.bubble(t, f)
	default:
		synctest.Test(t, f) // its panic says why this cannot be
	}
}

// Unless returns f, or while schedules are explored a function that does
// nothing: a bubble finds leaked goroutines by itself, and what goleak sees of
// the harness is none.
func Unless[F any](f F) F {
	if !current().exploring() {
		return f
	}
	typ := reflect.TypeFor[F]()
	return reflect.MakeFunc(typ, func([]reflect.Value) []reflect.Value {
		var out []reflect.Value
		for i := range typ.NumOut() {
			out = append(out, reflect.Zero(typ.Out(i)))
		}
		return out
	}).Interface().(F)
}

func (s *session) call(t *testing.T, f func(*testing.T)) {
	switch {
	case s.job == nil:
		f(t)
	case !s.exploring():
		s.watch(t, f)
	case t.Name() == s.job.Leaf && s.now == nil: // and not called by the test itself
		s.explore(t, f)
	default:
		f(t)
	}
}

// watch runs a test as always and notes how it ends.
func (s *session) watch(t *testing.T, f func(*testing.T)) {
	s.send(protocol.Event{Kind: protocol.KindBegin, Test: t.Name()})
	races := sched.Races()
	t.Cleanup(func() { // the first to be registered is the last to run
		status := protocol.StatusPass
		switch {
		case t.Failed() || sched.Races() > races:
			status = protocol.StatusFail
		case t.Skipped():
			status = protocol.StatusSkip
		}
		s.send(protocol.Event{Kind: protocol.KindEnd, Test: t.Name(), Status: status})
	})
	f(t)
}

package gradetest

import (
	"reflect"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/weft-course/weft/grader/gradetest/sched"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

// raceLogged is where a testing.T notes that it has failed for a data race; -1
// if this Go release keeps it elsewhere.
var raceLogged = func() int64 {
	t := reflect.TypeFor[testing.T]()
	f, ok := t.FieldByName("raceErrorLogged")
	if !ok || f.Type != reflect.TypeFor[atomic.Bool]() {
		return -1
	}
	at := int64(0)
	for i := range f.Index {
		at += int64(t.FieldByIndex(f.Index[:i+1]).Offset)
	}
	return at
}()

// tellApart keeps data races from failing t: they are told to the grader over
// the channel, by [reportRaces], so that a failure always means that a test has
// found something wrong. What stands in the output, which a submission can
// write too, need not be asked.
func tellApart(t *testing.T) {
	if raceLogged >= 0 && wire.Active() {
		(*atomic.Bool)(unsafe.Add(unsafe.Pointer(t), raceLogged)).Store(true)
	}
}

// racesTold counts the data races that have been told.
var racesTold atomic.Int64

// reportRaces tells the grader of the data races that the runtime has reported
// since it was last called: those of a test, or of no test if name is empty.
func reportRaces(name string) {
	if n := int64(sched.Races()); n > racesTold.Swap(n) {
		wire.Send(wire.Message{Kind: "races", Test: name})
	}
}

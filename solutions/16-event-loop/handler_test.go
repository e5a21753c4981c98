package eventloop_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/16-event-loop"
)

func TestHandlerHearsOfPanics(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		var values []any
		var where []string
		j.SetExceptionHandler(func(value any) {
			values = append(values, value)
			where = append(where, goroutine())
			j.note("handler")()
		})
		j.soon("first", func() { panic("broken") })
		j.soon("second")
		j.soon("third", func() { panic(errWork) })
		j.soon("fourth")
		j.later(tenth, "fifth", func() { panic(5) })
		j.later(2*tenth, "sixth", j.Stop)
		j.run()
		j.called("three of which panic", "first", "handler", "second", "third", "handler", "fourth", "fifth", "handler", "sixth")
		require.Equal(t, []any{"broken", errWork, 5}, values, "values that the handler was given")
		me := goroutine()
		require.Equal(t, []string{me, me, me}, where, "numbers of the goroutines in which the handler ran, with RunForever called in goroutine %s", me)
	})
}

// TestPanicKeepsTheTurn has a panic in a turn that is the last one.
func TestPanicKeepsTheTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.SetExceptionHandler(func(any) { j.soon("added by the handler") })
		j.soon("first", j.Stop, func() { panic("broken") })
		j.soon("second")
		j.later(0, "third")
		j.run()
		j.called("in a turn whose first callback calls Stop and panics", "first", "second", "third")
		j.turn()
		j.called("in the next turn", "added by the handler")
	})
}

func TestHandlerMayStop(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.SetExceptionHandler(func(any) { j.Stop() })
		err := j.RunUntilComplete(func(func(error)) { panic("broken") })
		require.ErrorIs(t, err, eventloop.ErrStopped, "RunUntilComplete whose main panics, with a handler that calls Stop")
		err = j.RunUntilComplete(func(done func(error)) {
			j.soon("next", func() { done(errWork); panic("broken") })
		})
		require.Equal(t, errWork, err, "result of RunUntilComplete, with a panic after done")
	})
}

// TestPanicComesOut has no handler: the panic comes out, the loop stays whole.
func TestPanicComesOut(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("first", func() { j.soon("added") }, func() { panic("broken") })
		j.soon("second")
		j.later(0, "third")
		require.Equal(t, "broken", panicOf(func() { j.RunForever() }), "value of the panic that comes out of RunForever, without a handler")
		j.called("in a turn whose first callback panics", "first")
		j.later(tenth, "stop", j.Stop)
		j.soon("last")
		j.run()
		j.called("in the next run", "second", "third", "added", "last", "stop")
		require.Equal(t, "worse", panicOf(func() { j.RunUntilComplete(func(func(error)) { panic("worse") }) }), "value of the panic that comes out of RunUntilComplete, without a handler")
		require.NoError(t, j.Close(), "Close after a panic has come out")
	})
}

func TestHandlerComesAndGoes(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.SetExceptionHandler(func(any) { j.note("handler")() })
		j.soon("first", func() { panic("broken") })
		j.soon("second", func() { j.SetExceptionHandler(func(any) { j.note("new handler")() }) })
		j.soon("third", func() { panic("broken") })
		j.soon("fourth", func() { j.SetExceptionHandler(nil) })
		j.soon("fifth", func() { panic("for you") })
		require.Equal(t, "for you", panicOf(func() { j.RunForever() }), "value of the panic that comes out, with the handler taken away")
		j.called("with the handler changed and taken away in between", "first", "handler", "second", "third", "new handler", "fourth", "fifth")
		j.SetExceptionHandler(func(any) { panic("worse") })
		j.soon("sixth", func() { panic("broken") })
		j.Stop()
		require.Equal(t, "worse", panicOf(func() { j.RunForever() }), "value of the panic that comes out, with a handler that panics")
		j.turn()
		require.Equal(t, []string{"sixth"}, j.names, "callbacks called in the end")
	})
}

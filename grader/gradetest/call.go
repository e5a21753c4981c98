package gradetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// Call is a function call that runs in a goroutine of its own, so that a test
// can look whether it still waits.
type Call[T any] struct {
	done  chan struct{}
	value T
	start time.Time
	end   time.Time
}

// Go starts f in a new goroutine. In a bubble, call synctest.Wait before
// [Call.Done] to let f get as far as it can.
func Go[T any](f func() T) *Call[T] {
	c := &Call[T]{done: make(chan struct{}), start: time.Now()}
	token := sched.Go()
	go func() {
		defer close(c.done)
		defer func() { c.end = time.Now() }()
		token.Start()
		c.value = f()
	}()
	sched.P()
	return c
}

// GoDo is [Go] for a function without a result.
func GoDo(f func()) *Call[struct{}] {
	return Go(func() struct{} { f(); return struct{}{} })
}

// Done reports whether the call has returned. It does not wait.
func (c *Call[T]) Done() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Wait waits for the call to return and gives its result.
func (c *Call[T]) Wait() T {
	<-c.done
	sched.P()
	return c.value
}

// Took waits for the call to return and says how long it took.
func (c *Call[T]) Took() time.Duration {
	<-c.done
	sched.P()
	return c.end.Sub(c.start)
}

// MustWait fails the test unless the call still waits. Use it in a bubble,
// after synctest.Wait.
func (c *Call[T]) MustWait(t *testing.T, what string) {
	t.Helper()
	if c.Done() {
		t.Fatalf("%s returned (%s); it should have waited", what, shown(c.value))
	}
}

// MustReturn fails the test unless the call has returned, and gives its
// result. Use it in a bubble, after synctest.Wait.
func (c *Call[T]) MustReturn(t *testing.T, what string) T {
	t.Helper()
	if !c.Done() {
		t.Fatalf("%s still waits; it should have returned", what)
	}
	return c.value
}

// shown is a value as fmt prints it, but for a struct's errors, which say what
// they are also where their fields are not exported.
func shown(v any) string {
	of := reflect.ValueOf(v)
	if of.Kind() != reflect.Struct {
		return fmt.Sprint(v)
	}
	copied := reflect.New(of.Type()).Elem()
	copied.Set(of)
	var parts []string
	for i := range copied.NumField() {
		f := copied.Field(i)
		value := reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
		text := fmt.Sprint(value.Interface())
		if _, speaks := value.Interface().(error); !speaks && f.Kind() == reflect.Pointer && !f.IsNil() {
			text = "a " + f.Type().String() // whose address, or insides, tell nothing
		}
		parts = append(parts, text)
	}
	return "{" + strings.Join(parts, " ") + "}"
}

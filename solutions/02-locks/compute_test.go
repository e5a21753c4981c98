package locks_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/02-locks"
)

// slow starts GetOrCompute in the background, with a compute that notes the
// call, takes a second and then returns value; and lets it get as far as it can.
func slow(d *locks.Dict[string, int], key string, calls *gradetest.InFlight, value int) *gradetest.Call[int] {
	c := gradetest.Go(func() int {
		return d.GetOrCompute(key, func() int {
			calls.Enter()
			defer calls.Leave()
			time.Sleep(time.Second)
			return value
		})
	})
	gradetest.Settle()
	return c
}

// must runs a call that has no reason to wait.
func must[T any](t *testing.T, what string, f func() T) T {
	t.Helper()
	c := gradetest.Go(f)
	gradetest.Settle()
	return c.MustReturn(t, what)
}

func TestComputedOncePerKey(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		d := locks.NewDict[string, int]()
		var calls gradetest.InFlight
		var asked []*gradetest.Call[int]
		for i := range 4 {
			asked = append(asked, slow(d, "a", &calls, 10+i))
		}
		for _, c := range asked {
			c.MustWait(t, "GetOrCompute of a key that is being computed")
		}
		for _, c := range asked {
			require.Equal(t, 10, c.Wait(), "result of GetOrCompute, where the first of four callers computes 10")
		}
		require.Equal(t, 1, calls.Total(), "calls of compute, with four callers who want the same key")
	})
}

func TestAbsentUntilComputed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		d := locks.NewDict[string, int]()
		var calls gradetest.InFlight
		asked := slow(d, "a", &calls, 10)
		has := func() bool { _, ok := d.Get("a"); return ok }
		require.False(t, must(t, "Get of a key that is being computed", has), "second result of Get of a key that is being computed")
		require.Equal(t, 0, must(t, "Len while a key is being computed", d.Len), "Len while the first key is being computed")
		require.Empty(t, must(t, "Snapshot while a key is being computed", d.Snapshot), "Snapshot while the first key is being computed")
		require.Equal(t, 10, asked.Wait(), "result of GetOrCompute")
		require.True(t, has(), "second result of Get of a key that was computed")
	})
}

func TestOtherKeysDoNotWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		d := locks.NewDict[string, int]()
		var calls gradetest.InFlight
		a := slow(d, "a", &calls, 1)
		b := slow(d, "b", &calls, 2)
		require.Equal(t, 2, calls.Now(), "keys being computed at once, of two that were asked for")
		got := must(t, "GetOrCompute of a third key, while two are being computed", func() int {
			return d.GetOrCompute("c", func() int { return 3 })
		})
		require.Equal(t, 3, got, "result of GetOrCompute of a third key")
		must(t, "Put of another key, while two are being computed", func() bool { d.Put("d", 4); return true })
		require.Equal(t, 1, a.Wait(), "result of GetOrCompute of the first key")
		require.Equal(t, 2, b.Wait(), "result of GetOrCompute of the second key")
		require.Equal(t, map[string]int{"a": 1, "b": 2, "c": 3, "d": 4}, d.Snapshot(), "the dict in the end")
	})
}

func TestComputeMayUseTheDict(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		d := locks.NewDict[string, int]()
		d.Put("a", 1)
		got := must(t, "GetOrCompute whose compute uses the dict", func() int {
			return d.GetOrCompute("c", func() int {
				a, _ := d.Get("a")
				b := d.GetOrCompute("b", func() int { return d.Len() + 1 })
				d.Put("d", 4)
				return a + b
			})
		})
		require.Equal(t, 3, got, "result of a GetOrCompute whose compute uses the dict")
		require.Equal(t, map[string]int{"a": 1, "b": 2, "c": 3, "d": 4}, d.Snapshot(), "the dict in the end")
	})
}

func TestStoredMeanwhileStays(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		d := locks.NewDict[string, int]()
		var calls gradetest.InFlight
		asked := slow(d, "a", &calls, 10)
		must(t, "Put of a key that is being computed", func() bool { d.Put("a", 20); return true })
		late := must(t, "GetOrCompute of a key that was put while it was being computed", func() int {
			return d.GetOrCompute("a", func() int { return 30 })
		})
		require.Equal(t, 20, late, "result of a GetOrCompute that came after a Put")
		require.Equal(t, 20, asked.Wait(), "result of a GetOrCompute during which another value was put")
		got, _ := d.Get("a")
		require.Equal(t, 20, got, "value of a key that was put while it was being computed")
	})
}

// TestPanicOfCompute lets compute panic while another caller waits for it.
func TestPanicOfCompute(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		d := locks.NewDict[string, int]()
		first := gradetest.Go(func() (panicked any) {
			defer func() { panicked = recover() }()
			d.GetOrCompute("a", func() int { time.Sleep(time.Second); panic("compute failed") })
			return nil
		})
		gradetest.Settle()
		var calls gradetest.InFlight
		second, third := slow(d, "a", &calls, 10), slow(d, "a", &calls, 10)
		require.Equal(t, "compute failed", first.Wait(), "panic that reaches the caller whose compute panicked")
		require.Equal(t, 10, second.Wait(), "result of a GetOrCompute that waited for a compute that panicked")
		require.Equal(t, 10, third.Wait(), "result of a GetOrCompute that waited for a compute that panicked")
		require.Equal(t, 1, calls.Total(), "calls of compute after one that panicked, with two callers waiting")
	})
}

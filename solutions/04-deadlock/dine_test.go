package deadlock_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/04-deadlock"
)

// table is a watcher that follows the forks and notes the first wrong event.
type table struct {
	mu    sync.Mutex
	n     int
	hand  map[int]int // who has a fork
	meals map[int]int
	wrong string
	calls int
	pause func(deadlock.Event) // called after the event was noted
}

func newTable(n int, pause func(deadlock.Event)) *table {
	return &table{n: n, hand: map[int]int{}, meals: map[int]int{}, pause: pause}
}

func (w *table) watch(e deadlock.Event) {
	w.note(e)
	w.pause(e)
}

func (w *table) note(e deadlock.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	p, left, right := e.Philosopher, e.Philosopher, (e.Philosopher+1)%w.n
	who, taken := w.hand[e.Fork]
	switch e.Action {
	case deadlock.Think:
		w.expect(!w.has(p, left) && !w.has(p, right), "philosopher %d thinks with a fork in hand", p)
	case deadlock.Take:
		w.expect(e.Fork == left || e.Fork == right, "philosopher %d of %d takes fork %d", p, w.n, e.Fork)
		w.expect(!taken, "philosopher %d takes fork %d, which philosopher %d has in hand", p, e.Fork, who)
		w.hand[e.Fork] = p
	case deadlock.Eat:
		w.expect(w.has(p, left) && w.has(p, right), "philosopher %d eats without both forks in hand", p)
		w.meals[p]++
	case deadlock.Put:
		w.expect(w.has(p, e.Fork), "philosopher %d puts fork %d back, which is not in that hand", p, e.Fork)
		delete(w.hand, e.Fork)
	default:
		w.expect(false, "unknown action %q", e.Action)
	}
}

func (w *table) has(p, fork int) bool {
	who, taken := w.hand[fork]
	return taken && who == p
}

func (w *table) expect(ok bool, format string, args ...any) {
	if !ok && w.wrong == "" {
		w.wrong = fmt.Sprintf(format, args...)
	}
}

// events returns how many there were.
func (w *table) events() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls
}

// cleared checks the table after Dine has returned.
func (w *table) cleared(t *testing.T, meals int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Empty(t, w.wrong, "first wrong event at a table of %d", w.n)
	require.Empty(t, w.hand, "forks in hand after a dinner of %d", w.n)
	for p := range w.n {
		require.Equal(t, meals, w.meals[p], "meals of philosopher %d of %d", p, w.n)
	}
}

func TestEverybodyEats(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		for _, n := range []int{2, 3, 5} {
			w := newTable(n, func(deadlock.Event) {})
			deadlock.Dine(n, 3, w.watch)
			w.cleared(t, 3)
		}
	})
}

// TestForksInStep has everybody take the first fork at the same moment.
func TestForksInStep(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, n := range []int{2, 3, 4, 5} {
			w := newTable(n, func(e deadlock.Event) {
				if e.Action == deadlock.Take {
					time.Sleep(time.Millisecond)
				}
			})
			deadlock.Dine(n, 2, w.watch)
			w.cleared(t, 2)
		}
	})
}

// TestNobodyDancesForEver has everything that a philosopher does take the same
// time, so that those who make way for one another do so in step.
func TestNobodyDancesForEver(t *testing.T) {
	const patience = 5000 // events; a dinner of five needs 60
	gradetest.Bubble(t, func(t *testing.T) {
		for _, n := range []int{2, 3, 5} {
			tired := make(chan struct{}, n)
			var w *table
			w = newTable(n, func(deadlock.Event) {
				if w.events() > patience {
					tired <- struct{}{}
					select {}
				}
				time.Sleep(time.Millisecond)
			})
			dinner := gradetest.GoDo(func() { deadlock.Dine(n, 2, w.watch) })
			over := make(chan struct{})
			go func() { dinner.Wait(); close(over) }()
			select {
			case <-over:
			case <-tired:
				t.Fatalf("%d philosophers took forks and put them back %d times and did not finish two meals: they make way for one another in step, for ever", n, patience)
			}
			w.cleared(t, 2)
		}
	})
}

// TestOthersEatToo has philosopher 0 eat until philosopher 2 eats as well,
// while their neighbours think.
func TestOthersEatToo(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, n := range []int{4, 5} {
			first, second := make(chan struct{}), make(chan struct{})
			together := false
			w := newTable(n, func(e deadlock.Event) {
				switch p := e.Philosopher; {
				case e.Action == deadlock.Eat && p == 0:
					close(first)
					together = within(time.Second, second)
				case e.Action == deadlock.Eat && p == 2:
					close(second)
				case e.Action == deadlock.Think && p == 2:
					<-first
				case e.Action == deadlock.Think && p != 0:
					<-second
				}
			})
			deadlock.Dine(n, 1, w.watch)
			require.Equal(t, true, together, "philosopher 2 eating beside philosopher 0, at a table of %d with the others thinking", n)
			w.cleared(t, 1)
		}
	})
}

// within reports whether c is closed before that much time has passed.
func within(d time.Duration, c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	case <-time.After(d):
		return false
	}
}

func TestTableForTwoAtLeast(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newTable(2, func(deadlock.Event) {})
		for _, n := range []int{1, 0, -1} {
			require.Panics(t, func() { deadlock.Dine(n, 1, w.watch) }, "Dine with %d philosophers", n)
		}
		require.Panics(t, func() { deadlock.Dine(2, -1, w.watch) }, "Dine with -1 meals")
		deadlock.Dine(2, 0, w.watch)
		w.cleared(t, 0)
	})
}

// TestTableInAnyOrder is explored: whatever the order of the philosophers'
// steps, each of them gets to eat. Nobody lets time pass with a fork in hand.
func TestTableInAnyOrder(t *testing.T) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		for _, n := range []int{2, 3} {
			w := newTable(n, func(deadlock.Event) {})
			deadlock.Dine(n, 1, w.watch)
			w.cleared(t, 1)
		}
	})
}

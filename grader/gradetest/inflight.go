package gradetest

import (
	"sync/atomic"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// InFlight counts how many goroutines are inside a section at once. It orders
// nothing: the race detector sees no synchronisation in it, so it hides no
// race of the code that is tested. The zero value is ready.
type InFlight struct {
	now, max, total atomic.Int64
}

// Enter notes that one more is inside, and returns how many are.
func (m *InFlight) Enter() int {
	sched.RaceDisable()
	defer sched.RaceEnable()
	n := m.now.Add(1)
	m.total.Add(1)
	for {
		top := m.max.Load()
		if n <= top || m.max.CompareAndSwap(top, n) {
			return int(n)
		}
	}
}

// Leave notes that one has left.
func (m *InFlight) Leave() {
	sched.RaceDisable()
	defer sched.RaceEnable()
	m.now.Add(-1)
}

// Now returns how many are inside.
func (m *InFlight) Now() int { return m.load(&m.now) }

// Max returns the most that were ever inside at once.
func (m *InFlight) Max() int { return m.load(&m.max) }

// Total returns how often Enter was called.
func (m *InFlight) Total() int { return m.load(&m.total) }

func (m *InFlight) load(v *atomic.Int64) int {
	sched.RaceDisable()
	defer sched.RaceEnable()
	return int(v.Load())
}

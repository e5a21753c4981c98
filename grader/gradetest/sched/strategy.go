package sched

// strategy is how a seed draws delays. Each finds what another misses, so the
// seeds take turns.
type strategy struct {
	name       string
	statements bool   // also before ordinary statements
	scale      uint64 // of uniform delays, ns
	horizon    uint64 // a change is made once in so many yields
}

// The longest delay is about a millisecond: time-outs of correct code do not fire.
const (
	shortest = 64
	sparse   = 1 << 18
	longest  = 1 << 20
)

//go:norace
func strategyOf(seed uint64) strategy {
	return strategy{
		name:       [...]string{"uniform", "uniform", "priority", "sparse", "bounded"}[seed%5],
		statements: (seed/5)%2 == 0,
		scale:      [...]uint64{1 << 9, 1 << 12, 1 << 16}[mix(seed, 77)%3],
		horizon:    [...]uint64{8, 16, 32, 64}[mix(seed, 78)%4],
	}
}

// delay turns the hash of a yield into virtual nanoseconds.
//
//go:norace
func (st *strategy) delay(g *goroutine, h, steps uint64) uint64 {
	change := (h>>20)%st.horizon == 0
	switch {
	case steps > fairAfter:
	case st.name == "priority": // long classes of delay run late; change points lower a goroutine
		if change {
			g.priority = 4 + uint32(h>>44)%4
		}
		return shortest << (2 * g.priority)
	case st.name == "sparse" && h%16 == 0:
		return (h >> 8) % sparse
	case st.name == "bounded" && change:
		return longest
	case st.name != "uniform":
		return shortest
	}
	return h % st.scale
}

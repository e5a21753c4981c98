package gotest

import (
	"strings"

	"github.com/weft-course/weft/grader"
)

// kind says in plain words what a panic or fatal error means.
type kind struct {
	cause grader.Cause
	does  string // continues "Your code …"
	help  string
}

// lookUp finds the kind of what a program died of. The order matters where one
// text holds another. The zero kind is what a program panics with itself.
func lookUp(value string) kind {
	for _, row := range faultTable() {
		if strings.Contains(value, row.text) {
			return row.kind
		}
	}
	return kind{}
}

type faultRow struct {
	text string
	kind kind
}

func faultTable() []faultRow {
	const (
		panics, crash, memory    = grader.CausePanic, grader.CauseCrash, grader.CauseMemory
		race, vanished           = grader.CauseRace, grader.CauseVanished
		guardMap, closeOnce, pin = "Guard the map with a lock, or let one goroutine own it.",
			"Let exactly one goroutine close the channel, the one that sends, and only once.",
			"Unlock only what the same path has locked; defer mu.Unlock() right after mu.Lock() keeps the two together."
	)
	return []faultRow{
		{"concurrent map", kind{race, "uses the same map from two goroutines at once, one of which writes it", guardMap}},
		{"close of closed channel", kind{panics, "closes a channel that is already closed", closeOnce}},
		{"close of nil channel", kind{panics, "closes a channel that is nil", "Make the channel first, with make(chan T)."}},
		{"send on closed channel", kind{panics, "sends on a channel that is already closed", closeOnce}},
		{"assignment to entry in nil map", kind{panics, "writes to a map that is nil", "Make the map first, with make(map[K]V)."}},
		{"nil pointer dereference", kind{panics, "uses a nil pointer", "Find out which value on this line is nil, and where it should have been set."}},
		{"negative WaitGroup counter", kind{panics, "calls Done more often than Add on a WaitGroup", "Call Add before the go statement, and Done exactly once a goroutine; wg.Go does both."}},
		{"WaitGroup is reused before", kind{panics, "uses a WaitGroup again while Wait has not returned", "Let Wait return before the next round calls Add, or use a new WaitGroup."}},
		{"WaitGroup misuse", kind{panics, "calls Add on a WaitGroup while another goroutine is in Wait", "Call Add before the go statement, in the goroutine that waits."}},
		{"sync: unlock of unlocked", kind{crash, "unlocks a lock that is not locked", pin}},
		{"sync: Unlock of unlocked", kind{crash, "unlocks a lock that is not locked", pin}},
		{"sync: RUnlock of unlocked", kind{crash, "unlocks a lock that is not locked", pin}},
		{"weft: livelock", kind{grader.CauseLivelock, "runs on and on under this schedule, and no goroutine gets anywhere", "Let a goroutine that cannot go on wait to be woken, instead of trying again and again."}},
		{"index out of range", kind{panics, "uses an index outside a slice, array or string", ""}},
		{"slice bounds out of range", kind{panics, "slices beyond the ends of a slice or string", ""}},
		{"integer divide by zero", kind{panics, "divides by zero", ""}},
		{"interface conversion", kind{panics, "takes a value for a type that it does not have", "Use the form v, ok := x.(T)."}},
		{"stack overflow", kind{crash, "calls itself without an end", "A recursion needs a case that returns without calling again."}},
		{"out of memory", kind{memory, "asks for more memory than it may have", ""}},
		{"cannot allocate memory", kind{memory, "asks for more memory than it may have", ""}},
		{"too many address space collisions", kind{memory, "asks for more memory than it may have", ""}},
		{"thread exhaustion", kind{crash, "blocks more than 10,000 threads at once", ""}},
		{"unexpected call to os.Exit", kind{vanished, "ends the process with os.Exit", ""}},
		{"test executed panic(nil) or runtime.Goexit", kind{vanished, "ends the test's goroutine with runtime.Goexit", ""}},
	}
}

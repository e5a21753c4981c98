package gotest

import (
	"strconv"
	"strings"
)

// Goroutine is one goroutine of a dump.
type Goroutine struct {
	ID int
	// State is the runtime's word, without what is told apart below:
	// "chan receive", "sync.Mutex.Lock", "running".
	State   string
	Durable bool // durably blocked in its bubble
	Leaked  bool // nothing can ever wake it, says the garbage collector
	Locked  bool // locked to its thread
	Minutes int  // how long it waits
	Bubble  int  // number of its synctest bubble, 0 for none
	Frames  []Frame
	Elided  bool // some frames were left out
	// CreatedBy is the go statement that started it, and Parent the goroutine
	// that ran that; zero where the dump does not say.
	CreatedBy Frame
	Parent    int
}

// Frame is one call of a stack, innermost first.
type Frame struct {
	Func string
	File string
	Line int
}

// Enough for anything a person reads, and a bound for what a submission forges.
const (
	maxGoroutines = 10_000
	maxFrames     = 300
)

// Stacks parses the goroutines in a dump: what [runtime.Stack], a panic, a
// fatal error or SIGQUIT prints. Lines that it does not know are skipped.
func Stacks(dump string) []Goroutine {
	var all []Goroutine
	var pending string // a function whose file comes on the next line
	for line := range lines(dump) {
		if g, ok := header(line); ok {
			if len(all) == maxGoroutines {
				break
			}
			all, pending = append(all, g), ""
			continue
		}
		if len(all) == 0 {
			continue
		}
		pending = all[len(all)-1].add(line, pending)
	}
	return all
}

// lines yields the lines of a text without their ends.
func lines(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.SplitSeq(text, "\n") {
			if !yield(strings.TrimSuffix(line, "\r")) {
				return
			}
		}
	}
}

// add takes one line of a stack and returns the function line that still lacks its file.
func (g *Goroutine) add(line, pending string) string {
	switch {
	case strings.HasPrefix(line, "\t"):
		g.place(pending, line)
		return ""
	case strings.HasPrefix(line, "...") && strings.Contains(line, "frames elided"):
		g.Elided = true
		return ""
	}
	return line
}

// place adds the frame whose two lines are given.
func (g *Goroutine) place(function, line string) {
	file, n := fileLine(strings.TrimSpace(line))
	if function == "" || n == 0 {
		return
	}
	if creator, ok := strings.CutPrefix(function, "created by "); ok {
		name, parent, _ := strings.Cut(creator, " in goroutine ")
		g.CreatedBy = Frame{Func: name, File: file, Line: n}
		g.Parent, _ = strconv.Atoi(parent)
		return
	}
	if len(g.Frames) < maxFrames {
		g.Frames = append(g.Frames, Frame{Func: withoutArguments(function), File: file, Line: n})
	}
}

// withoutArguments cuts the arguments off a call: "f(0x1, {0x2, 0x3})" gives "f".
func withoutArguments(call string) string {
	if i := strings.LastIndexByte(call, '('); i > 0 && strings.HasSuffix(call, ")") {
		return call[:i]
	}
	return call
}

// fileLine reads "path/file.go:12 +0x1f fp=0x…".
func fileLine(text string) (string, int) {
	for _, mark := range []string{" +0x", " fp=0x"} {
		text, _, _ = strings.Cut(text, mark)
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return "", 0
	}
	n, err := strconv.Atoi(text[i+1:])
	if err != nil || n < 0 || n > 1<<24 {
		return "", 0
	}
	return text[:i], n
}

// header reads "goroutine 7 gp=0x1 m=0 mp=0x2 [select (durable), 2 minutes, synctest bubble 1]:".
func header(line string) (Goroutine, bool) {
	rest, ok := strings.CutPrefix(line, "goroutine ")
	if !ok {
		return Goroutine{}, false
	}
	before, state, ok := strings.Cut(rest, " [")
	state, closed := strings.CutSuffix(state, "]:")
	number, _, _ := strings.Cut(before, " ")
	id, err := strconv.Atoi(number)
	if !ok || !closed || err != nil || id < 0 {
		return Goroutine{}, false
	}
	g := Goroutine{ID: id}
	g.setState(state)
	return g, true
}

// setState takes the text between the brackets apart.
func (g *Goroutine) setState(text string) {
	text, _, _ = strings.Cut(text, " labels:{")
	for i, part := range strings.Split(text, ", ") {
		n, isBubble := strings.CutPrefix(part, "synctest bubble ")
		m, isMinutes := strings.CutSuffix(part, " minutes")
		switch {
		case i == 0:
			g.State = g.flags(part)
		case isBubble:
			g.Bubble, _ = strconv.Atoi(n)
		case isMinutes:
			g.Minutes, _ = strconv.Atoi(m)
		case part == "locked to thread":
			g.Locked = true
		default:
			g.flags(" (" + part + ")")
		}
	}
}

// flags takes the marks in parentheses off a state; "(nil chan)" and
// "(no cases)" are part of the state and stay.
func (g *Goroutine) flags(state string) string {
	for {
		var durable, leaked, scan bool
		state, durable = strings.CutSuffix(state, " (durable)")
		state, leaked = strings.CutSuffix(state, " (leaked)")
		state, scan = strings.CutSuffix(state, " (scan)")
		g.Durable = g.Durable || durable
		g.Leaked = g.Leaked || leaked
		if !durable && !leaked && !scan {
			return state
		}
	}
}

package gotest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
)

// waiter is a group of goroutines that are at the same place for the same reason.
type waiter struct {
	pos     grader.Position // the student's innermost line, else the go statement
	started grader.Position // the go statement, when it is the student's
	verb    verb
	blocked bool
	library bool // in a library only; the student's code merely started it
	n       int
}

// waiters groups the goroutines that are in the student's code or were started
// there, in the order of the dump, and returns the others apart.
func waiters(all []Goroutine, src Source) (mine []waiter, others []Goroutine) {
	index := map[waiter]int{}
	for _, g := range all {
		w, ok := newWaiter(g, src)
		if !ok {
			others = append(others, g)
			continue
		}
		i, known := index[w]
		if !known {
			i = len(mine)
			index[w], mine = i, append(mine, w)
		}
		mine[i].n++
	}
	return mine, others
}

func newWaiter(g Goroutine, src Source) (waiter, bool) {
	w := waiter{started: src.position(g.CreatedBy)}
	w.verb, w.blocked = stateVerb(g.State)
	i := slices.IndexFunc(g.Frames, func(f Frame) bool { return src.position(f).IsValid() })
	if i < 0 {
		w.pos, w.library = w.started, true
		return w, w.pos.IsValid()
	}
	w.pos = src.position(g.Frames[i])
	if i == 0 || !w.blocked {
		return w, true
	}
	if v, ok := calleeVerb(g.Frames[i-1].Func); ok {
		w.verb = v
	} else if slices.ContainsFunc(g.Frames[:i], src.isTest) {
		w.verb.rest += " in a function that the test gave it"
	}
	return w, true
}

// clause says what the group does: "3 wait for a lock at semaphore.go:12 (F)".
func (w waiter) clause(subject string) string {
	v := w.verb.one()
	if w.n > 1 {
		v = w.verb.many()
	}
	if w.library {
		return subject + " " + v + " in library code, started at " + at(w.pos)
	}
	return subject + " " + v + " at " + at(w.pos)
}

// note says the same of the place it points to.
func (w waiter) note() grader.Note {
	subject, v, were := "A goroutine", w.verb.one(), "was"
	if w.n > 1 {
		subject, v, were = plural(w.n, "goroutine"), w.verb.many(), "were"
	}
	if w.library {
		return grader.Note{Pos: w.pos, Text: fmt.Sprintf("%s that %s started here %s in library code.", subject, were, v)}
	}
	return grader.Note{Pos: w.pos, Text: subject + " " + v + " here."}
}

// notes lists the groups; a dump of thousands of places is cut.
func notes(list []waiter) []grader.Note {
	const most = 20
	var all []grader.Note
	for _, w := range list {
		if len(all) == most {
			return append(all, grader.Note{Text: plural(len(list)-most, "more place") + " left out."})
		}
		all = append(all, w.note())
	}
	return all
}

// without leaves out the group that the finding itself is about.
func without(list []waiter, w waiter) []waiter {
	return slices.DeleteFunc(slices.Clone(list), func(o waiter) bool { return o == w })
}

func count(list []waiter) int {
	n := 0
	for _, w := range list {
		n += w.n
	}
	return n
}

// deadlock words a state in which every goroutine waits.
func deadlock(all []Goroutine, src Source) grader.Finding {
	mine, _ := waiters(all, src)
	f := grader.Finding{Cause: grader.CauseDeadlock}
	if len(mine) == 0 {
		f.Message = "Nothing can go on any more: the test waits for something that your code never does, and no goroutine is left in your code that could do it."
		f.Help = "Ask what the test waits for (a call that returns, a channel that is closed), and which of your lines should bring it about."
		return f
	}
	w := culprit(mine)
	f.Pos, f.Notes = w.pos, notes(without(mine, w))
	if n := count(mine); n > 1 {
		f.Message = fmt.Sprintf("Nothing can go on any more: %s wait in your code, and none can end another's wait; %s.", plural(n, "goroutine"), w.clause(subject(w.n)))
		return f
	}
	f.Message = "Nothing can go on any more: " + w.clause("a goroutine") + ", and nothing is left that could end the wait."
	return f
}

// subject begins a clause about n of the goroutines just named.
func subject(n int) string {
	if n == 1 {
		return "one"
	}
	return fmt.Sprint(n)
}

// culprit picks the wait to point at: one that can never end is surely wrong,
// one for a WaitGroup is mostly that of the goroutine that waits for the others.
func culprit(mine []waiter) waiter {
	best := mine[0]
	for _, w := range mine {
		if strings.Contains(w.verb.rest, "for ever") {
			return w
		}
		if strings.Contains(best.verb.rest, "WaitGroup") {
			best = w
		}
	}
	return best
}

// timeout words a test that was stopped. That every goroutine waits does not
// make it a deadlock: one of them may wait for something that is on its way.
func timeout(all []Goroutine, after string, src Source) grader.Finding {
	mine, others := waiters(all, src)
	slices.SortStableFunc(mine, runningFirst)
	f := grader.Finding{Cause: grader.CauseTimeout, Message: "The test was not finished when its time was up"}
	if after != "" {
		f.Message = "The test was not finished after " + after
	}
	if len(mine) == 0 && slices.ContainsFunc(others, isBusy) {
		f.Message += ": a goroutine was busy without a pause, so that nobody could look where it is."
		return f
	}
	if len(mine) == 0 {
		f.Message += ", and no goroutine was in your code at that moment."
		return f
	}
	w := mine[0]
	f.Pos = w.pos
	f.Message += ": " + w.clause(indefinite(w.n)) + "."
	f.Notes = notes(mine[1:])
	if w.verb.word == "sleep" {
		f.Help = "Do not wait by sleeping and asking again: wait for the event itself, on a channel or a sync.Cond."
	}
	return f
}

func runningFirst(a, b waiter) int {
	switch {
	case a.blocked == b.blocked:
		return 0
	case b.blocked:
		return -1
	}
	return 1
}

// isBusy reports whether a goroutine was running on another thread when a
// signal or an alarm asked for stacks: the runtime has none of it then.
func isBusy(g Goroutine) bool {
	return len(g.Frames) == 0 && (g.State == "running" || g.State == "runnable")
}

func indefinite(n int) string {
	if n == 1 {
		return "a goroutine"
	}
	return plural(n, "goroutine")
}

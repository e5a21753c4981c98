package gotest

import (
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
)

// leak words goroutines that are left when the test is over.
func leak(all []Goroutine, src Source) grader.Finding {
	mine, others := waiters(all, src)
	f := grader.Finding{Cause: grader.CauseLeak}
	if len(mine) == 0 {
		if others = slices.DeleteFunc(others, isHarness); len(others) == 0 {
			f.Message = "Goroutines are still there when the test is over, and none of them runs code of yours: " + tops(all) + "."
			return f
		}
		if n := len(others); !slices.ContainsFunc(others, func(g Goroutine) bool { return g.State != suspended }) {
			f.Message = suspendedStill(n) + " suspended when the test is over: neither was it run to its end, nor was its stop called."
			return f
		}
		f.Message = leftBehind(len(others)) + ", none of them in lines of yours: something that your code opened or started was not closed."
		f.Notes = elsewhere(others, src)
		return f
	}
	f.Pos = largest(mine).pos
	f.Message = leftBehind(count(mine)) + ": " + enumerate(mine) + "."
	for _, w := range mine {
		if w.pos != f.Pos || w.library {
			f.Notes = append(f.Notes, w.note())
		}
		if w.started.IsValid() && !w.library {
			f.Notes = append(f.Notes, startedHere(w))
		}
	}
	others = slices.DeleteFunc(others, func(g Goroutine) bool {
		return isHarness(g) || slices.ContainsFunc(append(g.Frames, g.CreatedBy), src.isTest)
	})
	f.Notes = dedupe(append(f.Notes, elsewhere(others, src)...))
	return f
}

// suspended is the state of what iter.Pull has made, while its caller runs.
const suspended = "coroutine"

func suspendedStill(n int) string {
	if n == 1 {
		return "A coroutine of iter.Pull is still"
	}
	return "Each of " + plural(n, "coroutine") + " of iter.Pull is still"
}

// tops names where the first few goroutines are.
func tops(all []Goroutine) string {
	var list []string
	for _, g := range all[:min(len(all), 3)] {
		text := "one (" + g.State + ")"
		if len(g.Frames) > 0 {
			text += " in " + g.Frames[0].Func
		}
		if g.CreatedBy.Func != "" {
			text += ", started by " + g.CreatedBy.Func
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

// isHarness reports whether a goroutine is one that every test binary has.
func isHarness(g Goroutine) bool {
	return slices.ContainsFunc(g.Frames, func(f Frame) bool {
		return f.Func == "main.main" || strings.HasPrefix(f.Func, grader.ModulePath+"/grader/") ||
			strings.HasPrefix(f.Func, "testing.") ||
			strings.HasPrefix(f.Func, "testing/") || strings.HasPrefix(f.Func, "internal/synctest.")
	})
}

func leftBehind(n int) string {
	if n == 1 {
		return "1 goroutine is still there when the test is over"
	}
	return plural(n, "goroutine") + " are still there when the test is over"
}

func startedHere(w waiter) grader.Note {
	text := "The goroutine at " + at(w.pos) + " was started here."
	if w.n > 1 {
		text = "The goroutines at " + at(w.pos) + " were started here."
	}
	return grader.Note{Pos: w.started, Text: text}
}

// largest is the biggest group, of equals the first.
func largest(mine []waiter) waiter {
	best := mine[0]
	for _, w := range mine[1:] {
		if w.n > best.n {
			best = w
		}
	}
	return best
}

// enumerate tells the first groups; the notes hold all.
func enumerate(mine []waiter) string {
	if len(mine) == 1 && mine[0].n == 1 {
		return mine[0].clause("it")
	}
	if len(mine) == 1 {
		return mine[0].clause("they")
	}
	const most = 3
	var parts []string
	for _, w := range mine[:min(most, len(mine))] {
		parts = append(parts, w.clause(subject(w.n)))
	}
	if more := count(mine[len(parts):]); more > 0 {
		return strings.Join(parts, ", ") + ", and " + subject(more) + " elsewhere"
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// elsewhere names the functions that goroutines outside the student's code began with.
func elsewhere(others []Goroutine, src Source) []grader.Note {
	var all []grader.Note
	for _, g := range others {
		if len(g.Frames) == 0 || len(all) == 20 {
			continue
		}
		v, _ := stateVerb(g.State)
		f := g.Frames[len(g.Frames)-1]
		where := f.Func
		if src.isTest(f) {
			where = "a function of the test"
		}
		all = append(all, grader.Note{Text: "A goroutine " + v.one() + " in " + where + "."})
	}
	return dedupe(all)
}

// dedupe keeps the first of equal notes.
func dedupe(list []grader.Note) []grader.Note {
	seen := map[grader.Note]bool{}
	var kept []grader.Note
	for _, n := range list {
		if !seen[n] && len(kept) < 40 {
			kept = append(kept, n)
		}
		seen[n] = true
	}
	return kept
}

// goleak reads the report of go.uber.org/goleak, whose stacks are the runtime's
// but for the headers.
func goleak(b block, src Source) []grader.Finding {
	var dump strings.Builder
	for _, line := range b.lines {
		line = strings.TrimLeft(line, " ")
		line = strings.TrimPrefix(line, "[")
		if g, ok := goleakHeader(line); ok {
			line = g
		}
		dump.WriteString(line + "\n")
	}
	all := Stacks(dump.String())
	if len(all) == 0 {
		return nil
	}
	f := leak(all, src)
	f.Evidence = b.text()
	return []grader.Finding{f}
}

// goleakHeader turns "Goroutine 9 in state select, with f on top of the stack:"
// into the runtime's "goroutine 9 [select]:".
func goleakHeader(line string) (string, bool) {
	rest, ok := strings.CutPrefix(line, "Goroutine ")
	if !ok {
		return "", false
	}
	id, state, ok := strings.Cut(rest, " in state ")
	i := strings.LastIndex(state, ", with ")
	if !ok || i < 0 {
		return "", false
	}
	return "goroutine " + id + " [" + state[:i] + "]:", true
}

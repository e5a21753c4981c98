package gotest

import (
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
)

// watchdog reads a dump that the harness wrote: a headline that says why, then
// every goroutine, the first being the one that wrote it.
func watchdog(b block, src Source) []grader.Finding {
	head, text := b.lines[0], b.text()
	all := Stacks(text)
	if len(all) == 0 {
		return nil
	}
	all = lastBubble(all[1:])
	var f grader.Finding
	stuck, isStuck := strings.CutPrefix(head, "weft: stuck after ")
	running, isRunning := strings.CutPrefix(head, "weft: still running after ")
	switch {
	case isRunning:
		f = timeout(all, running, src)
	case isStuck && anyAlive(all, src):
		f = timeout(all, stuck, src)
	case strings.HasPrefix(head, "weft: leak"):
		f = leak(all, src)
	default:
		f = deadlock(all, src)
	}
	f.Evidence = text
	return []grader.Finding{f}
}

// anyAlive reports whether a goroutine of the student's can go on: then
// nothing is stuck yet, however long it takes.
func anyAlive(all []Goroutine, src Source) bool {
	mine, others := waiters(all, src)
	if slices.ContainsFunc(others, isBusy) {
		return true
	}
	for _, w := range mine {
		if !w.blocked {
			return true
		}
	}
	return false
}

// lastBubble keeps the goroutines of the youngest synctest bubble, if there is
// one: the others belong to tests that are over.
func lastBubble(all []Goroutine) []Goroutine {
	last := 0
	for _, g := range all {
		last = max(last, g.Bubble)
	}
	if last == 0 {
		return all
	}
	var kept []Goroutine
	for _, g := range all {
		if g.Bubble == last {
			kept = append(kept, g)
		}
	}
	return kept
}

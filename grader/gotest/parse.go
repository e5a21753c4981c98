package gotest

import (
	"strings"

	"github.com/weft-course/weft/grader"
)

// Parse returns every finding in the text of one test, in the order of the text;
// races at the same two lines are told once. A text without one gives nil,
// which is no proof that the test passed.
func Parse(text string, src Source) []grader.Finding {
	var found []grader.Finding
	var races raceSet
	for _, b := range blocks(text) {
		switch b.kind {
		case blockRace:
			races.add(b, src)
			if races.isNew {
				found = append(found, grader.Finding{})
				races.latest().index = len(found) - 1
			}
		case blockCrash:
			found = append(found, crash(b, src)...)
		case blockDump:
			found = append(found, watchdog(b, src)...)
		case blockLeak:
			found = append(found, goleak(b, src)...)
		case blockLog:
			found = append(found, logged(b, src)...)
		case blockLimit:
			found = append(found, limit(b))
		}
	}
	races.fill(found, src)
	return finish(found, text, src)
}

// finish drops what only repeats and makes the rest fit to be shown.
func finish(found []grader.Finding, text string, src Source) []grader.Finding {
	if passed(text) || explained(found) {
		found = withoutPlain(found)
	}
	for i, f := range found {
		if f.Cause == plain {
			found[i].Cause = grader.CauseAssertion
		}
	}
	return src.tidyAll(found)
}

// passed reports whether the text itself says that its test passed or was
// skipped: what it logged is then no failure.
func passed(text string) bool {
	for _, mark := range []string{"--- PASS: ", "--- SKIP: "} {
		if strings.HasPrefix(text, mark) || strings.Contains(text, "\n"+mark) {
			return !strings.Contains(text, "--- FAIL: ")
		}
	}
	return false
}

// plain marks a finding that was read from an unstructured line of a log.
const plain grader.Cause = "plain"

// explained reports whether something better than plain lines tells what went wrong.
func explained(found []grader.Finding) bool {
	for _, f := range found {
		if f.Cause != plain && f.Cause != grader.CauseRace {
			return true
		}
	}
	return false
}

func withoutPlain(found []grader.Finding) []grader.Finding {
	var kept []grader.Finding
	for _, f := range found {
		if f.Cause != plain {
			kept = append(kept, f)
		}
	}
	return kept
}

type blockKind int

const (
	blockNone  blockKind = iota // text that tells nothing, up to the next start
	blockRace                   // WARNING: DATA RACE
	blockCrash                  // panic, fatal error, SIGQUIT
	blockDump                   // the harness's watchdog
	blockLeak                   // goleak, outside a test's log
	blockLog                    // "    x_test.go:12: …"
	blockLimit                  // the race detector's limits
)

// block is a run of lines of which the first says what the rest is.
type block struct {
	kind  blockKind
	lines []string
}

func (b block) text() string { return strings.Join(b.lines, "\n") }

// blocks cuts a text where something recognisable begins. No report holds a
// line that begins another one, so each ends where the next begins, and a
// report that was cut short or forged cannot swallow what follows.
func blocks(text string) []block {
	var all []block
	var list []string
	for line := range lines(text) {
		list = append(list, strings.TrimPrefix(line, marker))
	}
	from, kind := 0, blockNone
	for i := range list {
		if k, starts := start(list, i); starts {
			all = append(all, block{kind, list[from:i]})
			from, kind = i, k
		}
	}
	return append(all, block{kind, list[from:]})
}

// start says what begins at line i.
func start(list []string, i int) (blockKind, bool) {
	line := list[i]
	for _, s := range []struct {
		prefix string
		kind   blockKind
	}{
		{"WARNING: DATA RACE", blockRace},
		{"==================", blockNone},
		{"weft: stuck after ", blockDump},
		{"weft: still running after ", blockDump},
		{"weft: leak", blockDump},
		{"weft: deadlock", blockDump},
		{"weft: end of stacks", blockNone},
		{"panic: ", blockCrash},
		{"fatal error: ", blockCrash},
		{"SIGQUIT: quit", blockCrash},
		{"race: limit on ", blockLimit},
		{"goleak: Errors on ", blockLeak},
		{"found unexpected goroutines:", blockLeak},
		{"=== ", blockNone},
		{"--- ", blockNone},
	} {
		if strings.HasPrefix(line, s.prefix) {
			return s.kind, true
		}
	}
	if i := strings.Index(line, "ThreadSanitizer"); i >= 0 && (strings.Contains(line[i:], "out of memory") || strings.Contains(line[i:], "failed to allocate")) {
		return blockLimit, true
	}
	if _, _, ok := logHead(line); ok {
		return blockLog, true
	}
	return blockCrash, lateCrash(list, i)
}

// lateCrash finds a panic's headline behind what the program printed last
// without a newline: only where a goroutine's stack follows.
func lateCrash(list []string, i int) bool {
	at := max(strings.Index(list[i], "panic: "), strings.Index(list[i], "fatal error: "))
	if at <= 0 || strings.HasPrefix(list[i], "\t") {
		return false
	}
	for _, line := range list[i+1 : min(len(list), i+6)] {
		if _, ok := header(line); ok || line == "runtime stack:" {
			list[i] = list[i][at:]
			return true
		}
	}
	return false
}

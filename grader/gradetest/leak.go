package gradetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weft-course/weft/grader/cpus"
)

// leakPatience is how long goroutines that can still run, or wait for another
// process, may take to end. A goroutine that waits for anything else, seen twice
// at the same place, is accused earlier.
const leakPatience = 5 * time.Second

// settled looks until there is nothing, and returns "", or until what there is
// will not go away.
func settled(look func() string) string {
	last := ""
	for patience := (cpus.Patience{}); ; {
		now := look()
		if now == "" || now == last && !canEnd(now) || patience.Spent() > leakPatience {
			return now
		}
		last = now
		time.Sleep(50 * time.Millisecond)
	}
}

// findLeaks looks for goroutines that were not there before the test.
func findLeaks(t *testing.T, before goleak.Option) {
	t.Helper()
	text := settled(func() string {
		if err := goleak.Find(before); err != nil && !onlyOurs(err.Error()) {
			return err.Error()
		}
		return ""
	})
	if text != "" {
		leaked(t, text)
	}
}

// onlyOurs reports whether all goroutines that goleak names belong to the tests'
// machinery: they have to do with it, and with no package of the course.
func onlyOurs(text string) bool {
	_, text, _ = strings.Cut(text, "[Goroutine ")
	for g := range strings.SplitSeq(text, "[Goroutine ") {
		machinery := strings.Contains(g, "\ntesting.") || strings.Contains(g, ourPackage+".") || strings.Contains(g, ourPackage+"/")
		if !machinery || strings.Contains(g, studentPackage) || strings.Contains(g, ourPackage+"_test.") {
			return false
		}
	}
	return true
}

// early describes goroutines of the package under test that ran before any test:
// what works in them later is seen by no leak detector that compares before and after.
var early string

// What functions of the package under test, and ours, are called in stacks.
const (
	studentPackage = "github.com/weft-course/weft/solutions/"
	ourPackage     = "github.com/weft-course/weft/grader/gradetest"
)

func earlyGoroutines() string {
	g := settled(func() string {
		all := strings.Split(stacks(), "\n\n")
		if i := slices.IndexFunc(all, func(g string) bool { return strings.Contains(g, "created by "+studentPackage) }); i >= 0 {
			return all[i]
		}
		return ""
	})
	if g == "" {
		return ""
	}
	own, _, _ := strings.Cut(stacks(), "\n\n") // in a dump, the one that looks comes first
	return "weft: leak\n" + own + "\n\n" + g + "\nweft: end of stacks"
}

// canEnd reports whether one of the goroutines goleak names may still go on by itself.
func canEnd(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.Contains(line, "goroutine ") && !strings.HasPrefix(line, "[Goroutine ") {
			continue
		}
		for _, state := range []string{"running", "runnable", "sleep", "syscall", "IO wait"} {
			if strings.Contains(line, "in state "+state) || strings.Contains(line, "["+state) {
				return true
			}
		}
	}
	return false
}

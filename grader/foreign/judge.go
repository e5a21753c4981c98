package foreign

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/foreign/protocol"
	"github.com/weft-course/weft/grader/gotest"
)

// causes are what the harness saw, in the grader's words.
var causes = map[string]grader.Cause{
	protocol.StatusTest: grader.CauseAssertion, protocol.StatusPanic: grader.CausePanic,
	protocol.StatusDeadlock: grader.CauseDeadlock, protocol.StatusLeak: grader.CauseLeak,
	protocol.StatusLivelock: grader.CauseLivelock, protocol.StatusRace: grader.CauseRace,
}

// judge turns a failed schedule into findings.
func (s *session) judge(t Test, e protocol.Event) []grader.Finding {
	found := s.findings(t.Output, t.Name)
	cause := causes[e.Status]
	if e.Status == protocol.StatusLivelock {
		f := finding(cause, t.Name, "Goroutines run on and on, and none gets anywhere: this schedule has no end.")
		if len(found) > 0 {
			f.Pos, f.Notes, f.Evidence = found[0].Pos, found[0].Notes, found[0].Evidence
		}
		found = []grader.Finding{f}
	}
	if len(found) == 0 {
		found = []grader.Finding{finding(cause, t.Name, "The test fails under this schedule: "+s.firstLine(t.Output))}
	}
	for i := range found {
		found[i].Test, found[i].Seed = t.Name, e.Seed
		if found[i].Cause == grader.CauseAssertion {
			found[i].Notes = append(found[i].Notes, s.shortTimeouts(t.Name, time.Duration(e.Virtual))...)
		}
	}
	return found
}

// findings reads a text. Package gotest knows one folder of a student's and
// takes tests for somebody else's, so the module's files get names that it
// takes for the student's, and their own again when they are shown.
func (s *session) findings(text, test string) []grader.Finding {
	root := filepath.ToSlash(s.pkg.Module.Dir)
	text = strings.ReplaceAll(text, renamed+"Test", "Test")
	text = strings.ReplaceAll(text, s.pkg.Module.Path+"/"+added+"/", grader.ModulePath+"/grader/gradetest/")
	text = s.files().ReplaceAllStringFunc(text, func(file string) string {
		rel := strings.TrimPrefix(file, root+"/")
		if strings.HasPrefix(rel, added+"/") {
			return file
		}
		return root + "/" + encode(rel)
	})
	found := gotest.Parse(text, gotest.Source{
		Student: root, Package: s.pkg.ImportPath,
		Display: func(base string) string {
			return s.show(filepath.Join(s.pkg.Module.Dir, filepath.FromSlash(decode(base))))
		},
	})
	for i := range found {
		found[i].Test = test
		if !found[i].Pos.IsValid() {
			found[i].Pos = s.logged(found[i].Evidence)
		}
	}
	return found
}

// files matches the module's Go files where a stack or a log names them.
func (s *session) files() *regexp.Regexp {
	return regexp.MustCompile(regexp.QuoteMeta(filepath.ToSlash(s.pkg.Module.Dir)) + `/[-\w./]+\.go\b`)
}

const (
	slash    = "-.slash.-"
	testFile = "-.test.-.go"
)

func encode(rel string) string {
	if base, ok := strings.CutSuffix(rel, "_test.go"); ok {
		rel = base + testFile
	}
	return strings.ReplaceAll(rel, "/", slash)
}

func decode(base string) string {
	base = strings.ReplaceAll(base, slash, "/")
	if name, ok := strings.CutSuffix(base, testFile); ok {
		return name + "_test.go"
	}
	return base
}

var logLine = regexp.MustCompile(`(?m)^\s+([\w.-]+\.go):(\d+):`)

// logged is the place that a line of a test's log names.
func (s *session) logged(evidence string) grader.Position {
	m := logLine.FindStringSubmatch(evidence)
	if m == nil {
		return grader.Position{}
	}
	file := filepath.Join(s.pkg.Dir, m[1])
	if _, err := os.Stat(file); err != nil {
		return grader.Position{File: m[1], Line: number(m[2])}
	}
	return grader.Position{File: s.show(file), Line: number(m[2])}
}

func number(text string) int { n, _ := strconv.Atoi(text); return n }

// show is a file as the user would type it.
func (s *session) show(file string) string {
	rel, err := filepath.Rel(s.pkg.Dir, file)
	if err != nil {
		return file
	}
	return filepath.Join(s.opts.Dir, rel)
}

// lastSchedule is what was printed since the last schedule began.
func lastSchedule(output string) string {
	i := strings.LastIndex(output, protocol.Marker)
	if i < 0 {
		return output
	}
	_, rest, _ := strings.Cut(output[i:], "\n")
	return rest
}

// firstLine is the first line that says something.
func (s *session) firstLine(output string) string {
	if found := s.findings(output, ""); len(found) > 0 {
		return strings.TrimSpace(strings.TrimPrefix(found[0].Pos.String()+": ", "-: ") + found[0].Message)
	}
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && line != "FAIL" && line != "PASS" && !strings.HasPrefix(line, "--- ") {
			return line
		}
	}
	return "it printed nothing"
}

// stopped says why a schedule had to be stopped.
func stopped(end *ended, seed uint64) string {
	which := fmt.Sprintf("schedule %d", seed)
	if seed == 0 {
		which = "in a bubble, without a schedule, it"
	}
	var waits []gotest.Goroutine
	for _, g := range gotest.Stacks(lastSchedule(end.output)) {
		if g.Bubble > 0 && !g.Durable {
			waits = append(waits, g)
		}
	}
	if end.stopped == stoppedSlow {
		return which + " was still running when its time was up"
	}
	for _, g := range waits {
		if why := waitsFor(g); why != "" {
			return why
		}
	}
	return which + " waits for something outside of its bubble"
}

// waitsFor says what a goroutine waits for that virtual time does not know.
func waitsFor(g gotest.Goroutine) string {
	switch g.State {
	case "IO wait":
		return "waits for the network or a file (IO wait)"
	case "syscall":
		return "waits in a system call, for a file, a pipe or another process"
	case "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock", "semacquire":
		return "waits for a lock of code that was not rewritten (" + g.State + " in " + outermost(g) + ")"
	case "chan receive", "chan send", "select", "sync.WaitGroup.Wait", "sync.Cond.Wait":
		return "waits for something that was made outside of its bubble (" + g.State + ")"
	}
	return ""
}

// outermost is the first function above the library that waits.
func outermost(g gotest.Goroutine) string {
	for _, f := range g.Frames {
		if !strings.HasPrefix(f.Func, "sync.") && !strings.HasPrefix(f.Func, "internal/") && !strings.HasPrefix(f.Func, "runtime.") {
			return f.Func
		}
	}
	return "a library"
}

package foreign

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/foreign/protocol"
)

// alone is how long all tests together may take without exploration, and hung
// how long nothing may move in them: tests that sleep longer are rare, tests
// that wait for ever are what people look for.
const (
	alone = 5 * time.Minute
	hung  = 15 * time.Second
)

// target is a test to explore: one without subtests, or a subtest without any.
type target struct {
	name string
	own  bool // it makes its own bubbles
	// flaky says that it failed once as it is, and then did not; findings are
	// those of one that failed every time.
	flaky    bool
	hung     bool // it never ended as it is
	findings []grader.Finding
}

// observed is what the tests did when they ran as they are.
type observed struct {
	order  []string
	status map[string]string // how each ended; "" if it did not
	parent map[string]bool   // has subtests
	own    map[string]bool   // makes its own bubbles
	hung   map[string]bool   // nothing moved any more
}

// control runs the tests outside of bubbles and without schedules. Those that
// fail, or skip themselves, go into the report; the others are returned.
func (s *session) control(ctx context.Context) ([]target, error) {
	o := newObserved()
	var gone []string // top-level tests that ended the process, or were over by then
	var ends []Test
	var code int
	var output string
	for {
		end, err := s.run(ctx, child{args: s.controlArgs(gone), wall: alone, idle: hung})
		if err != nil {
			return nil, err
		}
		o.note(end.events)
		code, output = end.code, end.output
		died, n := o.unfinished(gone)
		if died == "" {
			break
		}
		if end.stopped == stoppedIdle { // it may be the order of events: explore it
			o.hung[died] = true
		} else {
			ends = append(ends, s.diedAlone(died, end))
		}
		gone = append(gone, n...)
	}
	if len(o.order) == 0 {
		return nil, s.nothingRan(code, output)
	}
	targets, failed := o.sort(s, ends)
	for _, t := range failed {
		again, err := s.failsAgain(ctx, &t)
		if err != nil {
			return nil, err
		}
		if again && s.opts.Seed == 0 {
			s.report.Tests = append(s.report.Tests, Test{Name: t.name, State: FailsAlone, Findings: t.findings, Why: "it fails as it is, without exploration; see " + s.goTest(t.name)})
		} else {
			targets = append(targets, t)
		}
	}
	return targets, nil
}

// failsAgain runs a test that failed as it is twice more. One that fails now
// and then is just what exploration is for.
func (s *session) failsAgain(ctx context.Context, t *target) (bool, error) {
	for range 2 {
		end, err := s.run(ctx, child{args: only(t.name), wall: alone, idle: hung})
		if err != nil {
			return false, err
		}
		o := newObserved()
		o.note(end.events)
		if o.status[t.name] == protocol.StatusPass {
			t.flaky = true
			return false, nil
		}
		t.findings = s.findings(end.output, t.name)
	}
	return true, nil
}

// nothingRan says why no test has begun.
func (s *session) nothingRan(code int, output string) error {
	if code != 0 {
		return &BuildError{Output: "the test binary ends before a test begins:\n" + output}
	}
	return &InputError{Text: "no test matches --run " + s.opts.Run, Hint: "see which there are: go test -list . " + s.opts.Dir}
}

func (s *session) controlArgs(skip []string) []string {
	args := []string{"-test.timeout=0"}
	if s.opts.Run != "" {
		args = append(args, "-test.run="+s.opts.Run)
	}
	if len(skip) > 0 {
		args = append(args, "-test.skip=^("+strings.Join(skip, "|")+")$")
	}
	return args
}

func (o *observed) note(events []protocol.Event) {
	for _, e := range events {
		switch e.Kind {
		case protocol.KindBegin:
			if _, known := o.status[e.Test]; !known {
				o.order = append(o.order, e.Test)
				o.status[e.Test] = ""
			}
		case protocol.KindEnd:
			o.status[e.Test] = e.Status
		case protocol.KindSub:
			o.parent[e.Test] = true
		case protocol.KindOwn:
			o.own[e.Test] = true
		}
	}
}

// unfinished returns the test that the process died in, or nothing, and all
// top-level tests that need not run again. Of several that had begun, the
// innermost is named: the others wait for it or run beside it.
func (o *observed) unfinished(before []string) (died string, over []string) {
	for _, name := range o.order {
		top, _, _ := strings.Cut(name, "/")
		if slices.Contains(before, top) {
			continue
		}
		if o.status[name] == "" {
			died = name
		}
		if name == top {
			over = append(over, name)
		}
	}
	return died, over
}

// diedAlone is the report of a test whose process ended without exploration.
func (s *session) diedAlone(name string, end *ended) Test {
	t := Test{Name: name, State: FailsAlone, Why: "it ends the process, without exploration", Output: end.output}
	if end.stopped != "" {
		t.State, t.Why = Unexplored, fmt.Sprintf("it had not ended after %v, without exploration", alone)
		return t
	}
	t.Findings = s.findings(end.output, name)
	return t
}

// sort divides the tests into those to explore, those that failed, and those
// to report at once.
func (o *observed) sort(s *session, ends []Test) (targets, failed []target) {
	for _, name := range o.order {
		i := slices.IndexFunc(ends, func(t Test) bool { return t.Name == name })
		switch status := o.status[name]; {
		case o.hung[name]:
			targets = append(targets, target{name: name, own: o.own[name], hung: true})
		case i >= 0:
			s.report.Tests = append(s.report.Tests, ends[i])
		case o.parent[name] && status != protocol.StatusFail:
		case o.parent[name] && o.childFailed(name):
		case status == protocol.StatusPass:
			targets = append(targets, target{name: name, own: o.own[name]})
		case status == protocol.StatusSkip:
			s.report.Tests = append(s.report.Tests, Test{Name: name, State: Skipped})
		case status == protocol.StatusFail:
			failed = append(failed, target{name: name, own: o.own[name]})
		default:
			s.report.Tests = append(s.report.Tests, Test{Name: name, State: Unexplored, Why: "the process had ended before it did: run it alone, with --run '" + pattern(name) + "'"})
		}
	}
	return targets, failed
}

// goTest is the command that runs a test as it is.
func (s *session) goTest(name string) string {
	command := "go test "
	if s.report.Race {
		command += "-race "
	}
	return command + "-run " + quote(pattern(name)) + " " + quote(s.opts.Dir)
}

func (o *observed) childFailed(parent string) bool {
	for name, status := range o.status {
		if strings.HasPrefix(name, parent+"/") && status == protocol.StatusFail {
			return true
		}
	}
	return false
}

// pattern is the -run that selects a test alone.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

// only are the arguments that run one test and give it all the time it wants.
func only(test string) []string { return []string{"-test.timeout=0", "-test.run=" + pattern(test)} }

// newObserved has seen nothing yet.
func newObserved() *observed {
	return &observed{status: map[string]string{}, parent: map[string]bool{}, own: map[string]bool{}, hung: map[string]bool{}}
}

// finding is one that no parser made.
func finding(cause grader.Cause, test, message string) grader.Finding {
	return grader.Finding{Cause: cause, Test: test, Message: message}
}

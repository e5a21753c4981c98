package workspace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/gotest"
	"github.com/weft-course/weft/grader/gradetest/wire"
	"github.com/weft-course/weft/grader/sandbox"
)

func keys(text string) []uint64 {
	list := []uint64{}
	for _, word := range strings.Fields(text) {
		if k, err := strconv.ParseUint(word, 10, 64); err == nil {
			list = append(list, k)
		}
	}
	return list
}

// ledger puts together what the channel and the output say of each test.
// Verdicts come from the channel; the output explains them.
type ledger struct {
	w      *Workspace
	tests  []string
	limits grader.Limits
	result sandbox.Result

	entries  []*entry // in order of their beginning
	measures []grader.Measure
	done     bool
	tampered bool
	raced    bool             // outside of any test
	loose    []grader.Finding // from text outside of any test
}

type entry struct {
	out   grader.TestOutcome
	ended bool
	twice bool
	leak  bool
	said  []grader.Finding // causes that helpers named
}

func (l *ledger) entry(name string) *entry {
	for _, e := range l.entries {
		if e.out.Name == name {
			return e
		}
	}
	return nil
}

// take reads the channel.
func (l *ledger) take(messages []wire.Message) {
	for _, m := range messages {
		e := l.entry(m.Test)
		switch {
		case m.Kind == "done":
			l.done = true
		case m.Kind == "tampered":
			l.tampered = true
		case m.Kind == "races" && e == nil && !l.done:
			l.raced = true
		case m.Kind == "races" && !l.done:
			e.out.Raced = true
		case m.Kind == "begin" && e == nil && !l.done:
			l.entries = append(l.entries, &entry{out: grader.TestOutcome{Name: m.Test, Status: grader.TestCrashed}})
		case e == nil || l.done:
			l.tampered = true
		case m.Kind == "begin" || m.Kind == "end" && e.ended:
			e.twice = true
		case m.Kind == "end":
			e.ended, e.out.Status, e.out.Reason = true, grader.TestStatus(m.Status), m.Text
			e.out.Elapsed = time.Duration(m.MS * float64(time.Millisecond))
		case m.Kind == "seed":
			e.out.Seed, _ = strconv.ParseUint(m.Text, 10, 64)
		case m.Kind == "minimal":
			e.out.Keep = keys(m.Text)
		case m.Kind == "explored":
			l.explored(e, m)
		case m.Kind == "real":
			e.out.RealTime = true
		case m.Kind == "shaken":
			e.out.Repeats = int(m.Values["repeats"])
		case m.Kind == "leak":
			e.leak = true
		case m.Kind == "cause":
			e.said = append(e.said, grader.Finding{Cause: grader.Cause(m.Status), Test: m.Test, Message: m.Text})
		case m.Kind == "measure":
			l.measures = append(l.measures, grader.Measure{Test: m.Test, Name: m.Text, Values: m.Values})
		}
	}
}

// explored notes how many schedules of a test were run: none, if it makes no bubble.
func (l *ledger) explored(e *entry, m wire.Message) {
	e.out.Schedules = int(m.Values["schedules"])
	if e.out.Schedules > 0 {
		m.Values["ms"] = m.MS
		l.measures = append(l.measures, grader.Measure{Test: m.Test, Name: m.Kind, Values: m.Values})
	}
}

// evidence reads the output.
func (l *ledger) evidence(output string) {
	for _, seg := range gotest.Split(output) {
		e := l.entry(seg.Test)
		if e == nil {
			l.loose = append(l.loose, gotest.Parse(seg.Text, l.w.src)...)
			continue
		}
		if quiet(e) {
			continue
		}
		for _, f := range gotest.Parse(seg.Text, l.w.src) {
			f.Test = e.out.Name
			e.out.Findings = append(e.out.Findings, f)
		}
	}
}

// quiet reports that a test passed with nothing to explain. What a passing
// test prints is not read: the student may print what looks like a failure.
func quiet(e *entry) bool {
	return e.ended && e.out.Status == grader.TestPassed && !e.leak && !e.out.Raced
}

// settle decides how each test ended.
func (l *ledger) settle(problem string) onerun {
	out := onerun{measures: l.measures, output: l.result.Output}
	if l.tampered && problem == "" {
		problem = "the test framework was tampered with"
	}
	l.blame()
	for i, e := range l.entries {
		last := i == len(l.entries)-1
		if last && !l.done && e.ended && e.out.Status == grader.TestPassed {
			e.out.Status = grader.TestCrashed // what it left behind ended the process
		}
		if e.out.Status == grader.TestCrashed || e.twice {
			l.crash(e)
		}
		if problem != "" {
			e.out.Status = grader.TestCrashed
			e.out.Findings = []grader.Finding{{Cause: grader.CauseCrash, Test: e.out.Name, Message: "the run cannot be believed: " + problem}}
		}
		merge(e)
		failClosed(e)
		if e.out.Status == grader.TestStuck || e.out.Status == grader.TestTimeout {
			out.hangs++
		}
		out.tests = append(out.tests, e.out)
	}
	for _, name := range l.tests {
		if l.entry(name) == nil {
			out.left = append(out.left, name)
		}
	}
	if len(l.entries) == 0 || l.done {
		l.neverBegan(&out)
	}
	return out
}

// blame gives the first test what the race detector reported outside of any, so
// that it costs what it costs in a test: when the package was initialised, or
// when the last test was over, in goroutines that went on.
func (l *ledger) blame() {
	if len(l.entries) == 0 || !l.raced && (l.result.Code != exitRaced || slices.ContainsFunc(l.entries, func(e *entry) bool { return e.out.Raced })) {
		return
	}
	first := l.entries[0]
	first.out.Raced = true
	for _, f := range l.loose {
		if f.Cause == grader.CauseRace {
			f.Test = first.out.Name
			first.out.Findings = append(first.out.Findings, f)
		}
	}
}

// exitRaced is the exit status of a process that would have ended well, had the
// race detector not reported something; [Workspace.runEnv] sets it.
const exitRaced = 66

// failClosed makes sure that what the channel reports has a finding, even if
// the output explains nothing.
func failClosed(e *entry) {
	has := func(c grader.Cause) bool {
		return slices.ContainsFunc(e.out.Findings, func(f grader.Finding) bool { return f.Cause == c })
	}
	if e.out.Raced && !has(grader.CauseRace) {
		e.out.Findings = append(e.out.Findings, grader.Finding{Cause: grader.CauseRace, Test: e.out.Name, Message: "the race detector reported a data race, and its report could not be read"})
	}
	if e.out.Status == grader.TestFailed && !slices.ContainsFunc(e.out.Findings, func(f grader.Finding) bool { return f.Cause != grader.CauseRace && f.Cause != grader.CauseLeak }) {
		e.out.Findings = append(e.out.Findings, grader.Finding{Cause: grader.CauseAssertion, Test: e.out.Name, Message: "the test failed, and its output does not say why"})
	}
	if e.leak && !has(grader.CauseLeak) {
		e.out.Findings = append(e.out.Findings, grader.Finding{Cause: grader.CauseLeak, Test: e.out.Name, Message: "goroutines were still alive when the test was over"})
	}
	if e.out.Status == grader.TestVanished && len(e.out.Findings) == 0 {
		e.out.Findings = []grader.Finding{{Cause: grader.CauseVanished, Test: e.out.Name, Message: "the goroutine that called your code ended inside it and never came back"}}
	}
}

// merge puts the causes that helpers named in place of the plain assertions
// that say the same.
func merge(e *entry) {
	if len(e.said) == 0 {
		return
	}
	kept := e.said
	for _, f := range e.out.Findings {
		same := f.Cause == grader.CauseAssertion
		for i := range kept {
			if f.Cause == kept[i].Cause {
				f.Test, kept[i], same = kept[i].Test, f, true
			}
		}
		if !same {
			kept = append(kept, f)
		}
	}
	e.out.Findings = kept
}

// crash explains why the process ended in a test.
func (l *ledger) crash(e *entry) {
	if f, ok := l.bound(); ok {
		f.Test = e.out.Name
		e.out.Findings = append([]grader.Finding{f}, e.out.Findings...)
		if f.Cause == grader.CauseTimeout {
			e.out.Status = grader.TestTimeout
		}
		return
	}
	for _, f := range l.loose {
		f.Test = e.out.Name
		e.out.Findings = append(e.out.Findings, f)
	}
	if len(e.out.Findings) == 0 {
		e.out.Findings = []grader.Finding{{
			Cause: grader.CauseCrash, Test: e.out.Name,
			Message: fmt.Sprintf("the program ended in the middle of a test, with exit status %d and no explanation", l.result.Code),
		}}
	}
}

// bound says which bound the process ran into, if any.
func (l *ledger) bound() (grader.Finding, bool) {
	switch l.result.Reason {
	case sandbox.ReasonTime:
		return grader.Finding{Cause: grader.CauseTimeout, Message: fmt.Sprintf("the tests were still running after %v and were stopped", l.limits.Wall)}, true
	case sandbox.ReasonMemory:
		return grader.Finding{
			Cause: grader.CauseMemory, Message: fmt.Sprintf("the program used more than %d MB of memory and was stopped", l.limits.Memory>>20),
			Help: "look for something that grows without end: a slice in a loop, goroutines that start goroutines",
		}, true
	case sandbox.ReasonOutput:
		return grader.Finding{
			Cause: grader.CauseOutput, Message: fmt.Sprintf("the program printed more than %d MB and was stopped", l.limits.Output>>20),
			Help: "remove what prints in a loop",
		}, true
	case sandbox.ReasonProcesses:
		return grader.Finding{
			Cause: grader.CauseProcesses, Message: fmt.Sprintf("the program had more than %d processes at once and was stopped", sandbox.MaxProcesses),
			Help: "look for a process that is started in a loop, or that starts itself",
		}, true
	case sandbox.ReasonDisk:
		return grader.Finding{Cause: grader.CauseDisk, Message: "the program wrote more files than it may and was stopped", Help: "look for what writes in a loop"}, true
	}
	return grader.Finding{}, false
}

// neverBegan gives the tests that did not even begin an explanation: the
// process ended before its first test, or ended well without running them.
func (l *ledger) neverBegan(out *onerun) {
	why := l.loose
	if f, ok := l.bound(); ok {
		why = []grader.Finding{f}
	}
	if len(why) == 0 {
		why = []grader.Finding{{Cause: grader.CauseCrash, Message: fmt.Sprintf("the program ended before this test began, with exit status %d", l.result.Code)}}
	}
	for _, name := range out.left {
		fs := make([]grader.Finding, len(why))
		for i, f := range why {
			f.Test = name
			fs[i] = f
		}
		out.tests = append(out.tests, grader.TestOutcome{Name: name, Status: grader.TestCrashed, Findings: fs})
	}
	out.left = nil
}

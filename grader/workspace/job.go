package workspace

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/gotest"
	"github.com/weft-course/weft/grader/gradetest/vsync"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

// Bounds of one run, where the exercise has none of its own.
const (
	defaultTest   = 15 * time.Second
	defaultWall   = 90 * time.Second
	defaultMemory = 1 << 30
	defaultOutput = 8 << 20
	// maxHangs is how many tests of a job may hang before the rest is given
	// up: a student should not wait for the same mistake twenty times.
	maxHangs = 2
)

// Run implements [grader.Bench]. A process that ends in the middle is followed
// by another one for the tests that have not begun.
func (w *Workspace) Run(ctx context.Context, job grader.Job) (grader.Outcome, error) {
	if job.Alone {
		w.opts.Alone.Lock()
		defer w.opts.Alone.Unlock()
	} else {
		w.opts.Alone.RLock()
		defer w.opts.Alone.RUnlock()
	}
	var out grader.Outcome
	left := job.Tests
	for hangs := 0; len(left) > 0; {
		one, err := w.runOnce(ctx, job, left)
		if err != nil {
			return out, err
		}
		out.Tests = append(out.Tests, one.tests...)
		out.Measures = append(out.Measures, one.measures...)
		out.Output += one.output
		out.Trace = one.trace
		hangs += one.hangs
		left = one.left
		if hangs >= maxHangs {
			break
		}
	}
	for _, name := range left {
		out.Tests = append(out.Tests, grader.TestOutcome{Name: name, Status: grader.TestNotRun, Reason: "not run: other tests hung before it"})
	}
	return out, nil
}

// onerun is what one process gave.
type onerun struct {
	tests    []grader.TestOutcome
	measures []grader.Measure
	output   string
	left     []string
	hangs    int
	trace    []byte
}

func (w *Workspace) runOnce(ctx context.Context, job grader.Job, tests []string) (onerun, error) {
	ch, err := openChannel(w.path("tmp"))
	if err != nil {
		return onerun{}, err
	}
	limits := w.limits(job.Limits)
	r, err := runProcess(ctx, process{
		path: w.binary(job.Flavour), args: arguments(job, tests), dir: w.path("run"),
		env: w.runEnv(job, limits, ch), files: ch.files,
		wall: limits.Wall, memory: limits.Memory, output: limits.Output,
	})
	messages, problem := ch.close()
	if err != nil {
		return onerun{}, err
	}
	var trace []byte
	if e := job.Explore; e != nil && e.Trace {
		trace, _ = os.ReadFile(w.tracePath()) // there is none when no schedule began
	}
	l := ledger{w: w, tests: tests, result: r, limits: limits}
	l.take(messages)
	l.evidence(r.output)
	one := l.settle(problem)
	one.trace = trace
	return one, nil
}

func (w *Workspace) limits(job grader.Limits) grader.Limits {
	ex, own := w.ex.Limits, w.opts.Limits
	return grader.Limits{
		Test:   cmp.Or(own.Test, job.Test, ex.Test, defaultTest),
		Wall:   cmp.Or(own.Wall, job.Wall, ex.Wall, defaultWall),
		Memory: cmp.Or(own.Memory, job.Memory, ex.Memory, defaultMemory),
		Output: cmp.Or(own.Output, job.Output, ex.Output, defaultOutput),
	}
}

func arguments(job grader.Job, tests []string) []string {
	quoted := make([]string, len(tests))
	for i, t := range tests {
		quoted[i] = regexp.QuoteMeta(t)
	}
	args := []string{"-test.v=test2json", "-test.count=1", "-test.timeout=0", "-test.paniconexit0", "-test.run=^(" + strings.Join(quoted, "|") + ")$"}
	if job.Seed != 0 {
		args = append(args, "-test.shuffle="+strconv.FormatUint(job.Seed, 10))
	}
	return args
}

// runEnv is all that the student's code can see of the environment.
func (w *Workspace) runEnv(job grader.Job, limits grader.Limits, ch *channel) []string {
	run := w.path("run")
	env := append([]string{
		"GORACE=atexit_sleep_ms=0 halt_on_error=0 exitcode=66 history_size=2" + suppress(job), "HOME=" + run, "USERPROFILE=" + run, "TMPDIR=" + run, "TEMP=" + run, "TMP=" + run, "TZ=UTC",
		"WEFT_TEST_LIMIT_MS=" + strconv.FormatInt(limits.Test.Milliseconds(), 10),
		"WEFT_CPUS=" + strconv.FormatFloat(w.opts.CPUs, 'f', 2, 64),
	}, ch.env...)
	if job.Flavour == grader.FlavourVirtual {
		env = append(env, vsync.Env+"=1")
	}
	if job.Flavour == grader.FlavourExplore {
		env = append(env, vsync.Env+"=1")
		if e := job.Explore; e != nil {
			env = append(env, w.exploreEnv(e)...)
		}
	}
	if job.Procs > 0 {
		env = append(env, "GOMAXPROCS="+strconv.Itoa(job.Procs))
	}
	if root := os.Getenv("SYSTEMROOT"); root != "" {
		env = append(env, "SYSTEMROOT="+root)
	}
	return env
}

// suppress has the race detector report the same race again: every schedule
// must be judged alike.
func suppress(job grader.Job) string {
	if job.Flavour == grader.FlavourExplore {
		return " suppress_equal_stacks=0 suppress_equal_addresses=0"
	}
	return ""
}

// gradetestExplore is gradetest.EnvExplore; that package is for test processes
// and not for the grader to import.
const gradetestExplore = "WEFT_EXPLORE"

func (w *Workspace) exploreEnv(e *grader.Explore) []string {
	words := []string{fmt.Sprint(e.From), fmt.Sprint(e.Count), fmt.Sprint(e.Budget.Milliseconds())}
	if e.Keep != nil {
		words = append(words, "0")
	}
	for _, k := range e.Keep {
		words = append(words, fmt.Sprint(k))
	}
	env := []string{gradetestExplore + "=" + strings.Join(words, " ")}
	if e.Minimise {
		env = append(env, "WEFT_MINIMISE=1")
	}
	if e.Trace {
		env = append(env, "WEFT_TRACE="+w.tracePath())
	}
	return env
}

func (w *Workspace) tracePath() string { return w.path("run", "trace") }

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
	result processResult

	entries  []*entry // in order of their beginning
	measures []grader.Measure
	done     bool
	tampered bool
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
			e.out.Schedules = int(m.Values["schedules"])
		case m.Kind == "leak":
			e.leak = true
		case m.Kind == "cause":
			e.said = append(e.said, grader.Finding{Cause: grader.Cause(m.Status), Test: m.Test, Message: m.Text})
		case m.Kind == "measure":
			l.measures = append(l.measures, grader.Measure{Test: m.Test, Name: m.Text, Values: m.Values})
		}
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
		if quiet(e, seg.Text) {
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
func quiet(e *entry, text string) bool {
	return e.ended && e.out.Status == grader.TestPassed && !e.leak && !strings.Contains(text, "WARNING: DATA RACE")
}

// settle decides how each test ended.
func (l *ledger) settle(problem string) onerun {
	out := onerun{measures: l.measures, output: l.result.output}
	if l.tampered && problem == "" {
		problem = "the test framework was tampered with"
	}
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

// failClosed makes sure that what the channel reports has a finding, even if
// the output explains nothing.
func failClosed(e *entry) {
	has := func(c grader.Cause) bool {
		return slices.ContainsFunc(e.out.Findings, func(f grader.Finding) bool { return f.Cause == c })
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
			Message: fmt.Sprintf("the program ended in the middle of a test, with exit status %d and no explanation", l.result.code),
		}}
	}
}

// bound says which bound the process ran into, if any.
func (l *ledger) bound() (grader.Finding, bool) {
	switch l.result.reason {
	case reasonTime:
		return grader.Finding{Cause: grader.CauseTimeout, Message: fmt.Sprintf("the tests were still running after %v and were stopped", l.limits.Wall)}, true
	case reasonMemory:
		return grader.Finding{
			Cause: grader.CauseMemory, Message: fmt.Sprintf("the program used more than %d MB of memory and was stopped", l.limits.Memory>>20),
			Help: "look for something that grows without end: a slice in a loop, goroutines that start goroutines",
		}, true
	case reasonOutput:
		return grader.Finding{
			Cause: grader.CauseOutput, Message: fmt.Sprintf("the program printed more than %d MB and was stopped", l.limits.Output>>20),
			Help: "remove what prints in a loop",
		}, true
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
		why = []grader.Finding{{Cause: grader.CauseCrash, Message: fmt.Sprintf("the program ended before this test began, with exit status %d", l.result.code)}}
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

package workspace

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
	vsync "github.com/weft-course/weft/grader/gradetest/vsync"
	"github.com/weft-course/weft/grader/gradetest/wire"
	"github.com/weft-course/weft/grader/sandbox"
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
	r, err := sandbox.Run(ctx, sandbox.Process{
		Path: w.binary(job.Flavour), Args: arguments(job, tests), Dir: w.path("run"),
		Env: w.runEnv(job, limits, ch), Files: ch.files,
		Wall: limits.Wall, Memory: limits.Memory, Output: limits.Output,
		Profile: w.profile(), Writable: w.writable(job),
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
	l.evidence(r.Output)
	one := l.settle(problem)
	one.trace = trace
	return one, nil
}

// profile says what the submission's processes may do.
func (w *Workspace) profile() sandbox.Profile {
	if w.opts.Sandbox == sandbox.Off {
		return ""
	}
	return cmp.Or(sandbox.Profile(w.ex.Confinement), sandbox.Pure)
}

// writable lists what they may change: the folder they run in, if the exercise
// is about processes, and the file that gets the steps of a schedule.
func (w *Workspace) writable(job grader.Job) []string {
	switch {
	case w.profile() == sandbox.Processes || job.Explore != nil && job.Explore.Trace:
		return []string{w.path("run")}
	}
	return nil
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
		fmt.Sprintf("GORACE=atexit_sleep_ms=0 halt_on_error=0 exitcode=%d history_size=2", exitRaced) + suppress(job), "HOME=" + run, "USERPROFILE=" + run, "TMPDIR=" + run, "TEMP=" + run, "TMP=" + run, "TZ=UTC",
		wire.EnvTestLimit + "=" + strconv.FormatInt(limits.Test.Milliseconds(), 10),
		wire.EnvCPUs + "=" + strconv.FormatFloat(w.opts.CPUs, 'f', 2, 64),
	}, ch.env...)
	if job.Flavour == grader.FlavourVirtual {
		env = append(env, vsync.Env+"=1")
	}
	if job.Flavour == grader.FlavourExplore {
		e := job.Explore
		if e == nil || !e.RealTime {
			env = append(env, vsync.Env+"=1")
		}
		if e != nil {
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

func (w *Workspace) exploreEnv(e *grader.Explore) []string {
	words := []string{fmt.Sprint(e.From), fmt.Sprint(e.Count), fmt.Sprint(e.Budget.Milliseconds())}
	if e.RealTime {
		return []string{wire.EnvShake + "=" + strings.Join(words, " ")}
	}
	if e.Keep != nil {
		words = append(words, "0")
	}
	for _, k := range e.Keep {
		words = append(words, fmt.Sprint(k))
	}
	env := []string{wire.EnvExplore + "=" + strings.Join(words, " ")}
	if e.Minimise {
		env = append(env, wire.EnvMinimise+"=1")
	}
	if e.Trace {
		env = append(env, wire.EnvTrace+"="+w.tracePath())
	}
	return env
}

func (w *Workspace) tracePath() string { return w.path("run", "trace") }

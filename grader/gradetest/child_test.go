package gradetest_test

import (
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

const (
	leakMark     = "weft: leak\n"
	deadlockMark = "weft: deadlock\n"
	endOfStacks  = "weft: end of stacks"
)

// TestHowATestEnds says for every kind of ending what goes over the channel
// and what stands in the output.
func TestHowATestEnds(t *testing.T) {
	for name, want := range map[string]struct {
		status string
		cause  string
		leak   bool
		died   bool   // the process ended before the next test
		output string // is in the output
	}{
		"pass":        {status: "pass"},
		"assertion":   {status: "fail", output: "Error Trace"},
		"skip":        {status: "skip"},
		"panic":       {status: "fail", output: "panic: boom\n\ngoroutine "},
		"panic error": {status: "fail", output: "panic: boom\n\ngoroutine "},
		"runtime":     {status: "fail", output: "panic: runtime error: assignment to entry in nil map\n\ngoroutine "},
		"goexit":      {status: "vanished", died: true, output: "test executed panic(nil) or runtime.Goexit"},
		"exit 0":      {status: "fail", output: "panic: unexpected call to os.Exit(0)"},
		"exit 1":      {status: "", died: true},
		"elsewhere":   {status: "", died: true, output: "panic: boom"},
		"leak":        {status: "pass", leak: true, output: "gradetest_test.waitForever"},
		"slow end":    {status: "pass"},
		"failed leak": {status: "fail", output: "wrong"},

		"bubble":             {status: "pass"},
		"bubble assertion":   {status: "fail", output: "Error Trace"},
		"bubble panic":       {status: "fail", output: "panic: boom\n\ngoroutine "},
		"bubble leak":        {status: "pass", leak: true, output: leakMark},
		"bubble leak late":   {status: "pass", leak: true, output: leakMark},
		"bubble failed leak": {status: "fail", output: "wrong"},
		"bubble fatal leak":  {status: "fail", output: "wrong"},
		"bubble panic leak":  {status: "fail", output: "panic: boom\n\ngoroutine "},
		"bubble deadlock":    {status: "fail", cause: "deadlock", output: deadlockMark},
		"bubble goexit":      {status: "", died: true, output: "test executed panic(nil) or runtime.Goexit"},

		"bubble timer":     {status: "pass"},
		"bubble time-outs": {status: "pass"},

		"stress":        {status: "fail", output: "Error Trace"},
		"stress leak":   {status: "pass", leak: true, output: "rounds=3\n"},
		"stress passes": {status: "pass", output: "rounds=10\n"},

		"calls wrong":      {status: "fail", output: "another result"},
		"calls short":      {status: "fail", output: "a task was not run"},
		"witness good":     {status: "pass"},
		"witness one":      {status: "pass"},
		"witness serial":   {status: "fail", cause: "no-speedup", output: "at most 1 of 2 tasks were ever running together"},
		"witness fewer":    {status: "fail", cause: "no-speedup", output: "at most 2 of 3 tasks were ever running together"},
		"witness too many": {status: "fail", output: "3 tasks ran at once; the limit was 2"},
		"witness at once":  {status: "fail", output: "tasks ran at once; the limit was 2"},
		"witness twice":    {status: "fail", output: "a task was run 2 times"},
		"witness not run":  {status: "fail", output: "a task was run 0 times"},
		"witness early":    {status: "fail", output: "a task was run 0 times"},

		"speedup copies": {status: "fail", output: "a task was not run"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := play(t, name)
			assert.Equal(t, want.status, p.status(), "status")
			assert.Equal(t, want.cause, p.cause(), "cause")
			assert.Equal(t, want.leak, len(p.of("leak")) == 1, "leak")
			assert.Equal(t, want.died, !p.done(), "the process died")
			assert.Contains(t, p.output, want.output)
			assert.Len(t, p.of("begin"), 1)
			passes := want.status == "pass" || want.status == "skip"
			assert.Equal(t, passes && !want.died, p.ok, "exit status 0")
			if t.Failed() {
				t.Logf("%+v\n%s", p.messages, p.output)
			}
		})
	}
}

func TestFailedTestsAreNotBlamedForLeaksOrDeadlocks(t *testing.T) {
	for _, name := range []string{"bubble assertion", "bubble failed leak", "bubble fatal leak", "bubble panic leak"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := play(t, name)
			assert.NotContains(t, p.output, leakMark)
			assert.NotContains(t, p.output, deadlockMark)
		})
	}
}

func TestStressStopsAtTheFirstFailure(t *testing.T) {
	p := play(t, "stress")
	assert.Equal(t, 1, strings.Count(p.output, "Error Trace"), p.output)
}

// TestEvidenceHasStacks: what the channel says is explained between two marks.
func TestEvidenceHasStacks(t *testing.T) {
	for name, mark := range map[string]string{"bubble leak": leakMark, "bubble deadlock": deadlockMark} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, rest, found := strings.Cut(play(t, name).output, mark)
			require.True(t, found)
			stacks, _, found := strings.Cut(rest, endOfStacks)
			require.True(t, found)
			assert.Contains(t, stacks, "gradetest_test.waitForever")
		})
	}
}

// TestWithoutAGrader: under plain go test the same mistakes fail through testing.T.
func TestWithoutAGrader(t *testing.T) {
	for name, want := range map[string]struct {
		ok     bool
		output string
	}{
		"pass":            {ok: true},
		"bubble":          {ok: true},
		"bubble leak":     {output: "goroutine leak:"},
		"bubble deadlock": {output: "deadlock: every goroutine waits for another one"},
		"leak":            {output: "goleak: Errors on successful test run"},
		"witness serial":  {output: "the work is done one after another"},
		"speedup good":    {ok: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, name)
			assert.Equal(t, want.ok, p.ok, p.output)
			assert.Contains(t, p.output, want.output)
		})
	}
}

// TestWatchdog takes some seconds of waiting, and little of the processor.
func TestWatchdog(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for some seconds")
	}
	for name, want := range map[string]struct {
		limit  string
		status string
		output string
	}{
		"mutex":    {limit: "60000", status: "stuck", output: "weft: stuck after "},
		"spin":     {limit: "300", status: "timeout", output: "weft: still running after "},
		"too slow": {limit: "300", status: "timeout", output: "weft: still running after "},
		"slow":     {limit: "60000", status: "pass"},
		"asks":     {limit: "60000", status: "pass"},
		"works":    {limit: "60000", status: "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := play(t, name, wire.EnvTestLimit+"="+want.limit)
			assert.Equal(t, want.status, p.status(), p.output)
			assert.Equal(t, want.status == "pass", p.ok, "exit status 0")
			assert.Equal(t, want.status == "pass", p.done(), "the process goes on")
			assert.Contains(t, p.output, want.output)
			if want.status != "pass" {
				assert.Contains(t, p.output, endOfStacks)
				assert.Contains(t, p.output, "gradetest_test.init.func", "the scenario's own frame is in the stacks")
			} else {
				assert.NotContains(t, p.output, "weft: ")
			}
		})
	}
}

func TestSpeedupIsUnmeasurableOnOneProcessor(t *testing.T) {
	p := play(t, "speedup good", wire.EnvCPUs+"=1")
	assert.Equal(t, "unmeasurable", p.status(), p.output)
	assert.True(t, p.ok && p.done(), "it costs nothing")
	assert.Contains(t, p.of("end")[0].Text, "this machine gives 1.0 processors")
	assert.Empty(t, p.of("measure"), "nothing was timed")
}

// TestSpeedupIsWitnessedOnOneProcessor: what needs no clock fails there too.
func TestSpeedupIsWitnessedOnOneProcessor(t *testing.T) {
	p := play(t, "speedup fewer", wire.EnvCPUs+"=1")
	assert.Equal(t, "fail", p.status(), p.output)
	assert.Equal(t, "no-speedup", p.cause())
}

// TestSpeedupNeverCallsGoodCodeSlow: whatever the machine does, the answer is
// a pass or that it cannot tell.
func TestSpeedupNeverCallsGoodCodeSlow(t *testing.T) {
	p := play(t, "speedup good", wire.EnvCPUs+"=2")
	assert.Contains(t, []string{"pass", "unmeasurable"}, p.status(), p.output)
	require.Len(t, p.of("measure"), 1)
	assert.Equal(t, "speedup", p.of("measure")[0].Text)
	assert.GreaterOrEqual(t, p.of("measure")[0].Values["rounds"], 1.0)
}

func TestSpeedupOfCalls(t *testing.T) {
	p := play(t, "calls good", wire.EnvCPUs+"=2")
	assert.Contains(t, []string{"pass", "unmeasurable"}, p.status(), p.output)
	require.Len(t, p.of("measure"), 1)
	p = play(t, "calls good", wire.EnvCPUs+"=1")
	assert.Equal(t, "unmeasurable", p.status(), p.output)
}

// TestNoBusyWaitCatchesSpinning tries again, because NoBusyWait counts the best
// of its trials, and on a machine so busy that threads rarely run, one trial may
// find the loop asleep.
func TestNoBusyWaitCatchesSpinning(t *testing.T) {
	const attempts = 6
	for i := range attempts {
		p := play(t, "spins")
		require.Len(t, p.of("measure"), 1)
		v := p.of("measure")[0].Values
		busy := v["cpu_share"] > v["allowed"]
		assert.Equal(t, busy, p.status() == "fail" && p.cause() == "busy-wait", "the verdict is what was measured: %v", v)
		assert.Equal(t, busy, strings.Contains(p.output, "waiting used the processor"), p.output)
		if busy {
			return
		}
		t.Logf("attempt %d of %d: %v", i+1, attempts, v)
	}
	t.Error("a spinning waiter got away every time")
}

func TestNoBusyWaitPassesAChannel(t *testing.T) {
	p := play(t, "receives")
	assert.Equal(t, "pass", p.status(), p.output)
	require.Len(t, p.of("measure"), 1)
	v := p.of("measure")[0].Values
	assert.LessOrEqual(t, v["cpu_share"], v["allowed"])
}

// TestInFlightHidesNoRace needs the race detector. The same program with
// atomics in place of InFlight is the proof that the test can tell.
func TestInFlightHidesNoRace(t *testing.T) {
	if !gradetest.RaceEnabled {
		t.Skip("needs go test -race")
	}
	for name, raced := range map[string]bool{
		"race inside InFlight": true, "race before InFlight": true, "race inside atomics": false, "race before atomics": false,
	} {
		p := play(t, name)
		assert.Equal(t, raced, strings.Contains(p.output, "WARNING: DATA RACE"), "%s:\n%s", name, p.output)
		assert.Equal(t, raced, len(p.of("races")) == 1, "%s: the grader is told", name)
		assert.Equal(t, "pass", p.status(), "%s: a race is told apart from a failure", name)
	}
}

// TestExploreCounts says how many schedules of a test are run: as many as are
// asked for, ten where no goroutine takes turns with another, none without a
// bubble. What waits for real things is run once, and says so.
func TestExploreCounts(t *testing.T) {
	for name, want := range map[string]float64{"turns": 40, "no turns": alike, "pass": 0, "real time": 0} {
		p := play(t, name, wire.EnvExplore+"=1 40 60000")
		assert.Equal(t, "pass", p.status(), name)
		require.Len(t, p.of("explored"), 1, name)
		assert.Equal(t, want, p.of("explored")[0].Values["schedules"], name)
		assert.Equal(t, name == "real time", len(p.of("real")) == 1, name)
	}
}

// alike is as in explore.go.
const alike = 10

// TestShakeRepeats: as often as is asked for, or until it fails.
func TestShakeRepeats(t *testing.T) {
	p := play(t, "real time", wire.EnvShake+"=1 7 60000")
	assert.Equal(t, "pass", p.status())
	require.Len(t, p.of("shaken"), 1)
	assert.Equal(t, 7., p.of("shaken")[0].Values["repeats"])
	p = play(t, "third fails", wire.EnvShake+"=1 7 60000")
	assert.Equal(t, "fail", p.status())
	require.Len(t, p.of("shaken"), 1)
	assert.Equal(t, 3., p.of("shaken")[0].Values["repeats"])
}

// TestTimersThatGoOnAreALeak: a chain of callbacks is seen although no
// goroutine is there when one looks. The runtime counts goroutines since Go 1.26.
func TestTimersThatGoOnAreALeak(t *testing.T) {
	s := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	if metrics.Read(s); s[0].Value.Kind() != metrics.KindUint64 {
		t.Skip("this Go release does not count goroutines")
	}
	p := play(t, "bubble timers")
	assert.Len(t, p.of("leak"), 1)
	assert.Equal(t, "leak", p.cause())
	assert.True(t, p.done())
}

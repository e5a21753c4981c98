package gradetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rounds feeds n equal samples, in milliseconds, into a trial.
func rounds(r *trial, n int, serial, before, mine, after float64) *trial {
	at := func(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }
	for range n {
		r.add(sample{serial: at(serial), before: at(before), mine: at(mine), after: at(after)})
	}
	return r
}

func newTrial() *trial { return &trial{serial: time.Hour, good: time.Hour, mine: time.Hour} }

func TestVerdictOfATrial(t *testing.T) {
	for name, c := range map[string]struct {
		trial *trial
		want  string
	}{
		"nothing measured":              {newTrial(), ""},
		"good, but too few rounds":      {rounds(newTrial(), 4, 10, 5, 5, 5), ""},
		"good":                          {rounds(newTrial(), 5, 10, 5, 5, 5), "pass"},
		"exactly three quarters":        {rounds(newTrial(), 5, 12, 6, 8, 6), "pass"},
		"just below":                    {rounds(newTrial(), 20, 12, 6, 8.1, 6), "fail"},
		"serial, not yet sure":          {rounds(newTrial(), 19, 10, 5, 10, 5), ""},
		"serial":                        {rounds(newTrial(), 20, 10, 5, 10, 5), "fail"},
		"a machine that gives 1.4":      {rounds(newTrial(), 500, 14, 10, 10, 10), ""},
		"exactly 1.5":                   {rounds(newTrial(), 5, 15, 10, 10, 10), "pass"},
		"slow, on a busy machine":       {rounds(newTrial(), 500, 10, 5, 10, 9), ""},
		"slow, busy before":             {rounds(newTrial(), 500, 10, 9, 10, 5), ""},
		"one good round is enough":      {rounds(rounds(newTrial(), 19, 10, 5, 10, 5), 1, 10, 5, 5, 5), "pass"},
		"too fast to be true is a pass": {rounds(newTrial(), 5, 10, 5, 1, 5), "pass"},
	} {
		assert.Equal(t, c.want, c.trial.verdict(), name)
	}
}

func TestTrialKeepsTheBest(t *testing.T) {
	r := rounds(rounds(newTrial(), 1, 12, 7, 9, 6), 1, 10, 8, 20, 5)
	assert.Equal(t, 10*time.Millisecond, r.serial)
	assert.Equal(t, 5*time.Millisecond, r.good)
	assert.Equal(t, 9*time.Millisecond, r.mine)
	assert.InDelta(t, 2, r.knownGood(), 1e-9)
	assert.InDelta(t, 10.0/9, r.student(), 1e-9)
	assert.InDelta(t, 5.0/9, r.efficiency(), 1e-9)
	assert.Equal(t, 1, r.quiet, "only the first round had the processors both before and after")
}

// dump makes what runtime.Stack writes, the watchdog first.
func dump(states ...string) string {
	text := []string{"goroutine 5 [running]:\ngradetest.stacks()"}
	for i, s := range states {
		text = append(text, "goroutine "+string(rune('6'+i))+" ["+s+"]:\nmain.f()")
	}
	return strings.Join(text, "\n\n")
}

func TestWaiting(t *testing.T) {
	for name, c := range map[string]struct {
		states []string
		want   string
	}{
		"two that wait":             {[]string{"chan receive", "sync.Mutex.Lock"}, "goroutine 6 chan receive\ngoroutine 7 sync.Mutex.Lock"},
		"minutes do not count":      {[]string{"select, 2 minutes"}, "goroutine 6 select"},
		"locked to a thread":        {[]string{"chan receive, locked to thread"}, "goroutine 6 chan receive"},
		"one runs":                  {[]string{"chan receive", "running"}, ""},
		"one could run":             {[]string{"chan receive", "runnable"}, ""},
		"one sleeps":                {[]string{"chan receive", "sleep"}, ""},
		"one sleeps in a bubble":    {[]string{"sleep (durable), synctest bubble 3"}, "goroutine 6 sleep (durable)"},
		"one reads from the net":    {[]string{"IO wait"}, ""},
		"one is in a system call":   {[]string{"syscall, 1 minutes"}, ""},
		"nobody but the watchdog":   {nil, ""},
		"bubbles wait durably":      {[]string{"chan receive (durable), synctest bubble 1"}, "goroutine 6 chan receive (durable)"},
		"the bubble's own is there": {[]string{"synctest.Run, synctest bubble 1"}, "goroutine 6 synctest.Run"},
	} {
		assert.Equal(t, c.want, waiting(dump(c.states...)), name)
	}
}

// TestStuckNeedsQuiet: using the processor starts the count anew.
func TestStuckNeedsQuiet(t *testing.T) {
	start := time.Now()
	w := watched{n: 1, quietSince: start}
	assert.False(t, w.stuck(start.Add(stuckAfter-time.Second), 0), "too early")
	assert.Equal(t, start, w.quietSince)
	later := start.Add(4 * time.Second)
	assert.False(t, w.stuck(later, time.Second), "a quarter of the processor is no quiet")
	assert.Equal(t, later, w.quietSince)
	assert.Equal(t, time.Second, w.quietCPU)
	assert.False(t, w.stuck(later.Add(stuckAfter-time.Second), time.Second), "counted from there")
	// Somebody runs: this test.
	assert.False(t, w.stuck(later.Add(time.Hour), time.Second))
}

func TestLookStartsAnewWithEveryTest(t *testing.T) {
	w := watched{n: 7, waits: "old", cpu: -time.Hour}
	w.look(time.Nanosecond) // under plain go test nothing runs under the harness
	assert.NotEqual(t, 7, w.n)
	assert.Empty(t, w.waits)
	assert.GreaterOrEqual(t, w.cpu, time.Duration(0))
}

// TestComputed: what a stopped machine puts down to somebody does not count.
func TestComputed(t *testing.T) {
	w := watched{cpu: time.Minute}
	assert.Equal(t, 2*tick, w.computed(time.Minute+2*tick, 2), "two processors, between two looks")
	assert.Equal(t, 6*tick, w.computed(time.Hour, 2), "never more than twice that")
	assert.Equal(t, 7*tick, w.computed(time.Hour+tick, 2))
	assert.Equal(t, 7*tick, w.computed(time.Hour+tick, 2), "waiting costs nothing")
}

func TestCanEnd(t *testing.T) {
	for state, want := range map[string]bool{
		"running": true, "runnable": true, "sleep": true, "chan receive": false, "select": false, "sync.Mutex.Lock": false,
	} {
		assert.Equal(t, want, canEnd("found unexpected goroutines:\n[Goroutine 9 in state "+state+", with main.f on top of the stack:\nmain.f()]"), state)
	}
}

func TestBubbleOf(t *testing.T) {
	for head, want := range map[string]int{
		"goroutine 9 [chan receive (durable), synctest bubble 42]:":            42,
		"goroutine 9 [chan receive (durable), 3 minutes, synctest bubble 17]:": 17,
		"goroutine 9 [chan receive]:":                                          0, "": 0,
	} {
		assert.Equal(t, want, bubbleOf(head), head)
	}
}

func TestWorkload(t *testing.T) {
	w := newWorkload(4, 100)
	want := w.serial()
	tasks := w.tasks()
	assert.Equal(t, "a task was not run, or not yet when the call returned", w.check(), "before the run")
	oneByOne(1, tasks)
	assert.Empty(t, w.check())
	assert.Equal(t, want, w.sum())
	tasks[2]()
	assert.Equal(t, "a task was run more than once", w.check())
	knownGood(3, w.tasks())
	assert.Empty(t, w.check(), "tasks forgets earlier runs")
	assert.Equal(t, want, w.sum())
	assert.NotEqual(t, want, newWorkload(4, 100).serial(), "another workload has other data")
}

// TestStatusOrder: a failure weighs more than a skip, and what did not return did not pass.
func TestStatusOrder(t *testing.T) {
	failed := func() *testing.T { f := new(testing.T); f.Fail(); return f }
	for name, c := range map[string]struct {
		s    *testState
		t    *testing.T
		want string
	}{
		"zero value":                {&testState{}, new(testing.T), "vanished"},
		"returned":                  {&testState{returned: true}, new(testing.T), "pass"},
		"failed":                    {&testState{returned: true}, failed(), "fail"},
		"unmeasurable":              {&testState{unmeasurable: true}, new(testing.T), "unmeasurable"},
		"failed and unmeasurable":   {&testState{unmeasurable: true}, failed(), "fail"},
		"leaked tests still passed": {&testState{returned: true, leaked: true}, new(testing.T), "pass"},
	} {
		assert.Equal(t, c.want, c.s.status(c.t), name)
	}
}

func TestGateOpensForAll(t *testing.T) {
	g := newGate(2)
	done := make(chan struct{})
	go func() { g.pass(); close(done) }()
	g.pass()
	<-done
	require.Equal(t, 2, g.inside.Max())
	g.pass() // open for good
	require.Zero(t, g.inside.Now())
}

func TestTheCanaryLives(t *testing.T) { assert.True(t, recordsFailures()) }

func TestSentinels(t *testing.T) {
	defer func() { wrongSentinel = "" }()
	a, b := errors.New("a"), errors.New("b")
	for want, errs := range map[string]map[string]error{
		"":                           {"ErrA": a, "ErrB": b, "ErrC": joined{a}},
		"ErrB is nil":                {"ErrA": a, "ErrB": nil},
		"ErrA and ErrB are the same": {"ErrA": a, "ErrB": a},
	} {
		wrongSentinel = ""
		Sentinels(errs)
		if !strings.HasPrefix(wrongSentinel, want) || (want == "") != (wrongSentinel == "") {
			t.Errorf("%v: %q", errs, wrongSentinel)
		}
	}
}

// joined cannot be compared.
type joined []error

func (joined) Error() string { return "joined" }

// TestRacesAreToldApart: the place where testing.T notes a race is known.
func TestRacesAreToldApart(t *testing.T) {
	if raceLogged < 0 {
		t.Error("this Go release keeps it elsewhere: submissions with a race fail tests too")
	}
}

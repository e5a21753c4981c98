package foreign

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/foreign/protocol"
)

// oneSchedule is how long a single schedule may take beyond the budget.
const oneSchedule = 30 * time.Second

// exploreOne explores a test in a process of its own. A schedule that fails is
// run again in a fresh process: what does not fail there is no proof.
func (s *session) exploreOne(ctx context.Context, t target) (Test, error) {
	job := protocol.Job{Leaf: t.name, Own: t.own, Calm: !t.hung, From: 1, Count: s.opts.Seeds, Budget: s.opts.Budget.Milliseconds(), Spared: !s.opts.Leaks}
	if s.opts.Seed > 0 {
		job.Calm, job.From, job.Count = false, s.opts.Seed, 1
	}
	first, err := s.attempt(ctx, job)
	if err == nil && first.calm {
		first, err = s.probe(ctx, job, first)
	}
	if t.hung && first.test.State != Found && s.opts.Seed == 0 {
		first.test.State, first.test.Why = FailsAlone, "nothing moved any more when it ran as it is, and no schedule that was explored fails; see "+s.goTest(t.name)
	}
	if t.flaky && first.test.State != Found && s.opts.Seed == 0 {
		first.test.State, first.test.Why = FailsAlone, "it failed once as it is and once it did not, and no schedule that was explored fails; see "+s.goTest(t.name)+" -count=100"
	}
	if err != nil || first.test.State != Found || s.opts.Seed > 0 {
		return first.test, err
	}
	job.Calm, job.From, job.Count = false, first.test.Seed, 1
	again, err := s.attempt(ctx, job)
	if err != nil {
		return first.test, err
	}
	return s.confirm(first, again), nil
}

// probes is how many schedules say whether a test that fails in a calm bubble
// fails in all.
const probes = 8

// probe looks at a test that failed in a bubble without a schedule. Where some
// schedules pass and others fail, it is the order that matters, and not the bubble.
func (s *session) probe(ctx context.Context, job protocol.Job, calm attempt) (attempt, error) {
	job.Calm = false
	failed, passed := calm, false
	for seed := uint64(1); seed <= probes; seed++ {
		one := job
		one.From, one.Count = seed, 1
		a, err := s.attempt(ctx, one)
		switch {
		case err != nil:
			return calm, err
		case a.test.State == Clean:
			passed = true
		case a.test.State == Found && failed.test.State != Found:
			failed = a
		}
	}
	switch {
	case !passed:
		return calm, nil
	case failed.test.State == Found:
		return failed, nil
	}
	return s.attempt(ctx, job)
}

// confirm compares a failure with what the same schedule did alone.
func (s *session) confirm(first, again attempt) Test {
	t := first.test
	switch {
	case again.test.State == Found:
		t.Findings, t.Output = again.test.Findings, again.test.Output
	case first.status == protocol.StatusRace:
		for i := range t.Findings {
			t.Findings[i].Notes = append(t.Findings[i].Notes, grader.Note{Text: "The same schedule alone did not show the race again; a race report is true all the same."})
		}
	default:
		t.State, t.Findings = Unexplored, nil
		t.Why = fmt.Sprintf("schedule %d failed (%s) after others, but not when it was run alone: the test keeps state from one run to the next, or depends on more than the schedule", t.Seed, first.status)
		t.Seed, t.Replay = 0, ""
	}
	return t
}

// attempt is what one process made of a test.
type attempt struct {
	test   Test
	status string // of the schedule that failed
	calm   bool   // it failed in a bubble without a schedule, and may not be to blame
}

func (s *session) attempt(ctx context.Context, job protocol.Job) (attempt, error) {
	wall := time.Duration(job.Budget)*time.Millisecond + oneSchedule
	end, err := s.run(ctx, child{job: job, args: only(job.Leaf), wall: wall, idle: idleFor})
	if err != nil {
		return attempt{}, err
	}
	return s.assess(job, end), nil
}

// assess says what a run of schedules has shown.
func (s *session) assess(job protocol.Job, end *ended) attempt {
	t := Test{Name: job.Leaf, State: Clean, Output: lastSchedule(end.output)}
	seed, began, failed := uint64(0), false, (*protocol.Event)(nil)
	for i, e := range end.events {
		switch e.Kind {
		case protocol.KindSeed:
			seed, began = e.Seed, true
		case protocol.KindFailed:
			failed = &end.events[i]
		case protocol.KindDone:
			t.Schedules, t.Single, t.Output = e.Schedules, e.Single, ""
			return attempt{test: t}
		}
	}
	if seed > 0 {
		t.Schedules = seed - job.From + 1
	}
	why := ""
	switch {
	case !began:
		why = "it did not run again in a process of its own"
	case failed == nil && end.stopped != "":
		why = stopped(end, seed)
	case failed == nil:
		failed = &protocol.Event{Seed: seed, Status: diedOf(t.Output)}
		fallthrough
	default:
		why = s.excuse(job, *failed, t.Output)
	}
	if why != "" {
		t.State, t.Why, t.Schedules, t.Output = Unexplored, why, max(t.Schedules, 1)-1, ""
		return attempt{test: t, calm: failed != nil && seed == 0 && failed.Status != protocol.StatusOutside}
	}
	t.State, t.Seed, t.Replay = Found, seed, s.replay(job.Leaf, seed)
	t.Findings = s.judge(t, *failed)
	return attempt{test: t, status: failed.Status}
}

// excuse returns why a failure is not to be blamed on the code.
func (s *session) excuse(job protocol.Job, e protocol.Event, output string) string {
	calm := e.Seed == 0
	switch {
	case e.Status == protocol.StatusOutside:
		return "cannot live in a bubble: " + outside(e.Text+"\n"+output)
	case e.Status == protocol.StatusLivelock && e.Seed == job.From && job.Count > 1:
		return "too long to explore: more than two million synchronisations in one schedule"
	case calm && e.Status == protocol.StatusDeadlock:
		return "in a bubble all its goroutines wait: it needs something from outside, such as a signal, a finalizer or a goroutine that was there before"
	case calm && (e.Status == protocol.StatusTest || e.Status == protocol.StatusPanic):
		return "fails in a bubble of virtual time even before schedules are explored: " + s.firstLine(output)
	}
	return ""
}

// diedOf tells what ended a process in the middle of a schedule.
func diedOf(output string) string {
	switch {
	case strings.Contains(output, "weft: livelock:"):
		return protocol.StatusLivelock
	case strings.Contains(output, "synctest channel from outside"), strings.Contains(output, "synctest timer from outside"),
		strings.Contains(output, "called from outside bubble"), strings.Contains(output, "synctest bubble\n"), strings.Contains(output, "from multiple synctest bubbles"):
		return protocol.StatusOutside
	}
	return protocol.StatusPanic
}

// outside says in a line what a bubble does not allow.
func outside(text string) string {
	for _, known := range []struct{ text, why string }{
		{"t.Run called inside", "it calls Run of testing.T in a way that was not seen (through a helper, a suite or testing.TB)"},
		{"t.Parallel called inside", "it calls Parallel of testing.T in a way that was not seen"},
		{"t.Deadline called inside", "it asks for testing's deadline"},
		{"from within a synctest bubble", "it makes a bubble by itself in a way that was not seen"},
		{"within a synctest bubble", "it makes a bubble by itself in a way that was not seen"},
	} {
		if strings.Contains(text, known.text) {
			return known.why
		}
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, "synctest") || strings.Contains(line, "outside bubble") {
			return "it shares something with goroutines outside: " + strings.TrimSpace(line)
		}
	}
	return "it shares something with goroutines outside"
}

// replay is the command that runs a schedule again.
func (s *session) replay(test string, seed uint64) string {
	words := []string{"grade", "explore", quote(s.opts.Dir), "--run", quote(pattern(test))}
	if seed > 0 { // else it fails before any schedule
		words = append(words, "--seed", fmt.Sprint(seed))
	}
	if s.opts.Tags != "" {
		words = append(words, "--tags", quote(s.opts.Tags))
	}
	if !s.opts.Race {
		words = append(words, "--race=false")
	}
	if !s.opts.Leaks {
		words = append(words, "--leaks=false")
	}
	return strings.Join(words, " ")
}

// quote makes one word of a shell's of any text.
func quote(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || slices.Contains([]rune("._-/=,:@"), r))
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

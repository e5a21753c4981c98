package stage

import (
	"slices"

	"github.com/weft-course/weft/grader"
)

// tally is what several runs say of one test.
type tally struct {
	passed, failed, unmeasured, idle int // idle: not run, or ended by a race
	schedules, repeats               int
	findings                         []grader.Finding
	reason                           string
}

// judge turns the outcomes of a stage's runs into the result of one criterion.
// A pass needs every test to have passed in every run; what is missing from a
// run fails.
func judge(p *grader.Pass, c grader.Criterion, outs []grader.Outcome) grader.Result {
	r := grader.Result{Criterion: c.ID, TestsTotal: len(c.Tests), Runs: len(outs)}
	failedRuns := make([]bool, len(outs))
	unmeasured, idle := 0, 0
	for _, t := range c.Tests {
		sum := count(t, outs, failedRuns)
		r.Schedules += sum.schedules
		r.Repeats += sum.repeats
		r.Findings = append(r.Findings, explain(p, t, sum.findings)...)
		switch {
		case sum.failed > 0:
		case sum.unmeasured > 0:
			unmeasured++
			r.Reason = sum.reason
		case sum.passed == 0:
			idle++
			r.Reason = sum.reason
		default:
			r.TestsPassed++
		}
	}
	wanted := map[grader.Check]grader.Cause{grader.CheckRace: grader.CauseRace, grader.CheckLeak: grader.CauseLeak}[c.Check]
	if wanted != "" {
		r.Findings = append(stageWide(p, wanted, outs, failedRuns), r.Findings...)
	}
	r.Findings = distinct(r.Findings)
	for _, f := range failedRuns {
		if f {
			r.Failures++
		}
	}
	switch {
	case r.Failures > 0:
		r.Verdict, r.Reason = grader.Failed, ""
	case unmeasured > 0:
		r.Verdict = grader.Unmeasurable
	case idle > 0:
		r.Verdict = grader.Skipped
	default:
		r.Verdict = grader.Passed
	}
	return r
}

// count looks a test up in every run.
func count(t grader.TestCase, outs []grader.Outcome, failedRuns []bool) (sum tally) {
	for i, o := range outs {
		at := slices.IndexFunc(o.Tests, func(x grader.TestOutcome) bool { return x.Name == t.Name })
		if at < 0 {
			sum.failed++
			failedRuns[i] = true
			sum.findings = append(sum.findings, grader.Finding{Cause: grader.CauseCrash, Test: t.Name, Message: "this test gave no result"})
			continue
		}
		sum.schedules += o.Tests[at].Schedules
		sum.repeats += o.Tests[at].Repeats
		switch x := o.Tests[at]; {
		case x.Status == grader.TestPassed:
			sum.passed++
		case x.Status == grader.TestUnmeasurable:
			sum.unmeasured++
			sum.reason = x.Reason
		case x.Status == grader.TestNotRun:
			sum.idle++
			sum.reason = x.Reason
		case x.Status == grader.TestCrashed && onlyRaced(x.Findings):
			sum.idle++
			sum.reason = "not judged: a data race ended the run"
		default:
			sum.failed++
			failedRuns[i] = true
			sum.findings = append(sum.findings, without(x.Findings, grader.CauseRace, grader.CauseLeak)...)
		}
	}
	return sum
}

// onlyRaced reports whether a race is what ended the process in the test, as
// "concurrent map writes" does. A race that ends nothing fails no test: it is
// judged by its own criterion.
func onlyRaced(fs []grader.Finding) bool {
	return len(without(fs, grader.CauseRace)) < len(fs) && len(without(fs, grader.CauseRace, grader.CauseLeak)) == 0
}

func without(fs []grader.Finding, causes ...grader.Cause) (out []grader.Finding) {
	for _, f := range fs {
		if !slices.Contains(causes, f.Cause) {
			out = append(out, f)
		}
	}
	return out
}

// stageWide collects the findings of one cause from all tests of all runs.
func stageWide(p *grader.Pass, cause grader.Cause, outs []grader.Outcome, failedRuns []bool) (found []grader.Finding) {
	for i, o := range outs {
		for _, x := range o.Tests {
			for _, f := range x.Findings {
				if f.Cause != cause {
					continue
				}
				failedRuns[i] = true
				t, _, _ := p.Exercise.Test(x.Name)
				found = append(found, locate(p, t, f))
			}
		}
	}
	return found
}

// distinct drops findings that say the same of the same place.
func distinct(fs []grader.Finding) (out []grader.Finding) {
	for _, f := range fs {
		same := func(g grader.Finding) bool {
			return g.Cause == f.Cause && g.Pos == f.Pos && (g.Message == f.Message || f.Cause == grader.CauseRace || f.Test == g.Test)
		}
		if !slices.ContainsFunc(out, same) {
			out = append(out, f)
		}
	}
	return out
}

package grader

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// Grade judges the pass's submission: it runs the stages in order, stops when
// one says that there is nothing to judge, and adds up the points. The report
// is complete whenever the error is nil; an error means that the grader or the
// machine broke, and costs the student nothing.
func Grade(ctx context.Context, stages []Stage, p *Pass) (*Report, error) {
	start := time.Now()
	report := &Report{Schema: ResultSchema, Status: StatusGraded, Seed: p.Seed, MaxScore: p.Exercise.MaxPoints()}
	results := map[string]Result{}
	for _, s := range stages {
		if !s.Always && len(p.Criteria(s.Name)) == 0 {
			continue
		}
		p.Progress(s.Title)
		p.Judged = results
		out, err := s.Run(ctx, p)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		report.Warnings = append(report.Warnings, out.Warnings...)
		report.Measures = append(report.Measures, out.Measures...)
		for _, r := range out.Results {
			if before, twice := results[r.Criterion]; twice {
				r = before.with(r)
			}
			results[r.Criterion] = r
		}
		if out.Stop != "" {
			report.Status, report.Findings = out.Stop, out.Findings
			break
		}
	}
	conclude(report, p, results)
	report.ElapsedMS = time.Since(start).Milliseconds()
	return report, nil
}

// conclude applies the prerequisites and adds up.
func conclude(report *Report, p *Pass, results map[string]Result) {
	for _, c := range p.Exercise.Criteria {
		if !p.Wants(c) {
			continue
		}
		r, judged := results[c.ID]
		if !judged {
			r = Result{Verdict: Skipped, Reason: notJudged(report.Status)}
		}
		if missing := unmet(c, p, results); missing != "" {
			r.TestsPassed = 0 // no credit for a part either
			if r.Verdict == Passed || !judged && report.Status == StatusGraded {
				r.Verdict, r.Reason = Skipped, fmt.Sprintf("counts once %q holds", missing)
			}
		}
		results[c.ID] = r // what does not hold here holds for nobody behind it
		out := check(c, r, p.Seed)
		report.Checks = append(report.Checks, out)
		report.Score += out.Points
		if r.Verdict == Unmeasurable {
			report.Unmeasurable += c.Points
		}
	}
}

// Counts reports whether c can still earn points: nothing that it depends on
// has failed so far. What cannot is not worth the time.
func (p *Pass) Counts(c Criterion) bool {
	if unmet(c, p, p.Judged) != "" {
		return false
	}
	for _, id := range c.After {
		if before, ok := p.Exercise.Criterion(id); ok && !p.Counts(before) {
			return false
		}
	}
	return true
}

// unmet returns the title of the first prerequisite of c that was judged and does not hold.
func unmet(c Criterion, p *Pass, results map[string]Result) string {
	for _, id := range c.After {
		if r, ok := results[id]; ok && r.Verdict != Passed && r.Verdict != Unmeasurable {
			before, _ := p.Exercise.Criterion(id)
			return cmp.Or(before.Title, id)
		}
	}
	return ""
}

func notJudged(s Status) string {
	switch s {
	case StatusRefused:
		return "not judged: the submission was refused"
	case StatusBuildFailed:
		return "not judged: the submission does not build"
	}
	return "not judged"
}

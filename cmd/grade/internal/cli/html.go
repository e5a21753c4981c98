package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
	"github.com/weft-course/weft/grader/stage"
	"github.com/weft-course/weft/grader/timeline"
)

// maxStories is how many schedules of a submission are run again for a report.
const maxStories = 3

// stories keeps the failing schedules of a command's gradings, for the formats
// that show them. The zero stories run nothing again.
type stories struct {
	wanted bool
	mu     sync.Mutex
	told   map[storyKey]report.Story
}

// storyKey names a schedule of a test in a grading.
type storyKey struct {
	report *grader.Report
	test   string
	seed   uint64
}

// wantStories says that one of the formats shows schedules.
func (e *engine) wantStories(targets []target) {
	e.stories.wanted = slices.ContainsFunc(targets, func(t target) bool { return t.format.Stories })
}

// story returns the schedule of a finding, if it was run again.
func (e *engine) story(r *grader.Report, f grader.Finding) (report.Story, bool) {
	e.stories.mu.Lock()
	defer e.stories.mu.Unlock()
	s, ok := e.stories.told[storyKey{r, f.Test, f.Seed}]
	return s, ok
}

// tell runs the first failing schedules of a grading again, while its
// submission can still be run. That a schedule cannot be shown changes no
// verdict: the report says so, and the only error is that of the context.
func (e *engine) tell(ctx context.Context, p *grader.Pass, r *grader.Report) error {
	if !e.stories.wanted {
		return nil
	}
	for _, key := range schedules(r) {
		e.progress.show(fmt.Sprintf("schedule %d of %s once more", key.seed, key.test))
		s := storyOf(ctx, p, key)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		e.stories.mu.Lock()
		if e.stories.told == nil {
			e.stories.told = map[storyKey]report.Story{}
		}
		e.stories.told[key] = s
		e.stories.mu.Unlock()
	}
	return nil
}

// schedules returns the first schedules in which something failed, each once.
func schedules(r *grader.Report) (keys []storyKey) {
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			key := storyKey{r, f.Test, f.Seed}
			if c.Verdict != grader.Failed || f.Seed == 0 || slices.Contains(keys, key) {
				continue
			}
			if keys = append(keys, key); len(keys) == maxStories {
				return keys
			}
		}
	}
	return keys
}

// storyOf runs a schedule again, reduced to what it takes to fail.
func storyOf(ctx context.Context, p *grader.Pass, key storyKey) report.Story {
	r, err := stage.Replay(ctx, p, []string{key.test}, key.seed, false)
	switch {
	case err != nil:
		return report.Story{Missing: err.Error()}
	case len(r.Test.Findings) == 0:
		return report.Story{Missing: "the schedule did not fail when it was run again"}
	}
	return report.Story{Timeline: timelineOf(p.Exercise, p.Submission, r, false), Reduced: r.Reduced, Yields: r.Yields}
}

// timelineOf turns the trace of a schedule into its timeline, on the lines of
// the submission and of what the exercise provides; full leaves no step out.
func timelineOf(ex *grader.Exercise, sub *grader.Submission, r stage.Replayed, full bool) *timeline.Timeline {
	src := timeline.Source{Prefix: grader.ModulePath + "/solutions/" + ex.Slug + "/", Files: maps.Clone(sub.Files)}
	maps.Copy(src.Files, ex.Provided)
	var failing timeline.Frame
	for _, f := range r.Test.Findings {
		if f.Pos.IsValid() {
			failing = timeline.Frame{File: f.Pos.File, Line: f.Pos.Line}
			break
		}
	}
	return timeline.New(timeline.Parse(r.Trace), src, failing, full)
}

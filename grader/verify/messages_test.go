package verify_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/verify"
)

// shown is a report in few words, with what changes from run to run.
func shown(r *grader.Report) string {
	text := "in " + r.Submission.Dir + "\n"
	for _, c := range r.Checks {
		text += "  ✗ " + c.ID + "  in schedule 33\n        grade replay " + r.Submission.Dir + " TestHidden/33-ed3a37\n"
		for _, f := range c.Findings {
			text += "      " + f.Message + "\n      " + r.Submission.Dir + "/semaphore.go:7\n"
		}
	}
	return text + fmt.Sprintf("  %d of 100 points  2.4 s, seed 1\n  next: think\n", r.Score)
}

func TestRecordedMessages(t *testing.T) {
	w := sound(t)
	saying := func(message string) func(int) *grader.Report {
		return func(run int) *grader.Report {
			r := graded(grader.Failed, grader.Passed)
			r.Score = run
			r.Submission.Dir = w.path("solutions", "testdata/mutants/overbooks")
			r.Checks[0].Findings[0].Message = strings.ReplaceAll(message, "N", fmt.Sprint(run+3))
			return r
		}
	}
	w.says["overbooks"] = saying("There are N permits too many.")
	file := verify.MessageFile(w.path("solutions", ""), "overbooks")
	news := func(o verify.Options) map[string][]string {
		o.Text = shown
		_, lines, problems := w.check(o)
		assert.Empty(t, problems)
		all := map[string][]string{}
		for _, l := range lines {
			if len(l.News) > 0 {
				all[l.What] = l.News
			}
		}
		return all
	}
	none := []string{"no message is recorded"}
	assert.Equal(t, map[string][]string{"mutant overbooks": none, "mutant polls": none}, news(verify.Options{}))
	assert.Empty(t, news(verify.Options{Record: true}))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "in exercises/05-semaphore\n  ✗ permits\n        grade replay exercises/05-semaphore TestHidden/SEED\n      There are 3 permits too many.\n      exercises/05-semaphore/semaphore.go:7\n  next: think\n", string(text))
	assert.Empty(t, news(verify.Options{Repeat: 3}), "numbers may differ")

	w.says["overbooks"] = saying("A permit was made out of nothing.")
	assert.Equal(t, map[string][]string{"mutant overbooks": {"permits: A permit was made out of nothing."}}, news(verify.Options{Repeat: 3}))
	assert.Empty(t, news(verify.Options{Record: true}))
	assert.Empty(t, news(verify.Options{}))

	w.says["overbooks"] = func(int) *grader.Report { return graded(grader.Unmeasurable, grader.Passed) }
	assert.Equal(t, map[string][]string{"mutant overbooks": {"not recorded, because permits cannot be measured here and now"}}, news(verify.Options{Record: true}))
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(kept), "A permit was made out of nothing.")
}

func TestOnlySomeMutants(t *testing.T) {
	w := sound(t)
	sum, lines, problems := w.check(verify.Options{Mutants: []string{"polls"}})
	assert.Empty(t, problems)
	assert.EqualValues(t, 1, w.asks.Load())
	assert.Equal(t, 1, sum.MutantRuns)
	assert.Equal(t, "mutant polls", lines[len(lines)-1].What)
}

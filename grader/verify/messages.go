package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
)

// messagesDir holds, beside the mutants, what a student who handed one of them
// in reads: the messages are the product, so their changes are reviewed like code.
const messagesDir = "messages"

// MessageFile is the file of a mutant's message, in the folder of its solution.
func MessageFile(solution, mutant string) string {
	return filepath.Join(solution, "testdata", messagesDir, mutant+".txt")
}

// message is the text of one grading without what another run of the same code
// may change: times, counts of schedules, and what could not be measured. It
// names the folder that a student works in.
func (v *verifier) message(c candidate, r *grader.Report) string {
	brief := *r
	brief.Checks = slices.DeleteFunc(slices.Clone(r.Checks), func(c grader.CheckReport) bool { return c.Verdict != grader.Failed })
	text := v.o.Text(&brief)
	for _, dir := range []string{r.Submission.Dir, filepath.Clean(c.dir)} {
		if dir != "" {
			text = strings.ReplaceAll(text, dir, "exercises/"+v.ex.Slug)
		}
	}
	return replayID.ReplaceAllString(volatile.ReplaceAllString(text, ""), "$1/SEED")
}

// volatile is the line of points and times, and how often a check failed.
var volatile = regexp.MustCompile(`(?m)^ +\d+ of \d+ points.*\n|  in (schedule \d+|\d+ of \d+ runs)$`)

// replayID is a schedule to replay; it holds a digest of the submission and the tests.
var replayID = regexp.MustCompile(`(Test\w+)/\d+-[0-9a-f]+`)

// recorded writes the message of a mutant, or says in which way a grading says
// something else than what is recorded.
func (v *verifier) recorded(c candidate, reports []*grader.Report) (news []string, err error) {
	if v.o.Text == nil || c.kind != mutant {
		return nil, nil
	}
	file := MessageFile(v.solution(), c.name)
	if v.o.Record {
		if id := unmeasured(c.expect, reports[0]); id != "" {
			return []string{"not recorded, because " + id + " cannot be measured here and now"}, nil
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return nil, fmt.Errorf("verify: %w", err)
		}
		if err := os.WriteFile(file, []byte(v.message(c, reports[0])), 0o666); err != nil {
			return nil, fmt.Errorf("verify: %w", err)
		}
		return nil, nil
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		return []string{"no message is recorded"}, nil
	}
	for _, r := range reports {
		for _, n := range unknown(string(golden), c.expect, r) {
			if !slices.Contains(news, n) {
				news = append(news, n)
			}
		}
	}
	return news, nil
}

// unmeasured names a criterion that the mutant must fail and that was not measured.
func unmeasured(e *Expectation, r *grader.Report) string {
	for _, c := range r.Checks {
		if c.Verdict == grader.Unmeasurable && e.Fails[c.ID] != "" {
			return c.ID
		}
	}
	return ""
}

// unknown lists, of the criteria that a mutant must fail, those whose first
// sentence is not in the recorded message. Numbers in it may differ.
func unknown(golden string, e *Expectation, r *grader.Report) (news []string) {
	golden = sameNumbers(golden)
	for _, c := range r.Checks {
		if c.Verdict != grader.Failed || e.Fails[c.ID] == "" || len(c.Findings) == 0 {
			continue
		}
		if said := grader.Clean(c.Findings[0].Message); !strings.Contains(golden, sameNumbers(said)) {
			news = append(news, fmt.Sprintf("%s: %s", c.ID, said))
		}
	}
	return news
}

var number = regexp.MustCompile(`[0-9]+`)

// sameNumbers makes texts comparable that differ in numbers and line breaks.
func sameNumbers(text string) string {
	return strings.Join(strings.Fields(number.ReplaceAllString(text, "#")), " ")
}

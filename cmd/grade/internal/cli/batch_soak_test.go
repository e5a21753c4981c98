package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/verify"
)

// The environment of TestSoakBatch; .ci/soak-batch sets it.
const (
	envSoak        = "WEFT_SOAK_BATCH" // how many submissions; none means no test
	envSeed        = "WEFT_SEED"       // chooses them
	envGrade       = "WEFT_GRADE"      // the grade command; this very binary where it is not said
	envSoakAttacks = "WEFT_BATCH_ATTACKS"
	envSoakKeep    = "WEFT_BATCH_RESULTS" // keeps the results in this folder
)

// TestMixedSubmissions: what the soak grades depends on its seed only, and of
// what cannot be read each gets the refusal that it should.
func TestMixedSubmissions(t *testing.T) {
	root, c := wholeCourse(t)
	m := newMix(t, root, c.Exercises, 60, 7)
	again := newMix(t, root, c.Exercises, 60, 7)
	assert.Equal(t, m.list, again.list)
	assert.NotEqual(t, m.list, newMix(t, root, c.Exercises, 60, 8).list)
	kinds := map[string]int{}
	for _, h := range m.list {
		kinds[filepath.Base(filepath.Dir(h.origin))]++
	}
	for _, kind := range []string{"mutants", "variants", "exercises"} {
		assert.Positive(t, kinds[kind], kind)
	}
	ids, err := os.ReadDir(m.from)
	require.NoError(t, err)
	assert.Len(t, ids, 60)

	bad := newMix(t, root, c.Exercises, 24, 1)
	var unread []handedIn
	for _, h := range bad.list {
		switch {
		case h.origin != "" || h.status == grader.StatusBuildFailed:
			require.NoError(t, removeAny(bad.from, h.id))
		default:
			unread = append(unread, h)
		}
	}
	require.Len(t, unread, 11)
	bad.write("notes.txt", nil)
	s := soak{t: t, root: root, course: c, out: filepath.Join(t.TempDir(), "results")}
	r := grade("batch", bad.from, "--out", s.out)
	assert.Equal(t, ExitNotBuilt, r.code, r.err)
	assert.Contains(t, r.err, "left aside, neither folder nor archive: notes.txt")
	for _, h := range unread {
		assert.Empty(t, s.wrong(h), h.id)
	}
}

// removeAny removes the entry of an id, whatever its ending.
func removeAny(dir, id string) error {
	names, err := filepath.Glob(filepath.Join(dir, id+"*"))
	for _, name := range names {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}

func wholeCourse(tb testing.TB) (root string, c *course.Course) {
	tb.Helper()
	root, ok := course.Find(".")
	require.True(tb, ok)
	c, err := openCourse(root)
	require.NoError(tb, err)
	require.NoError(tb, c.Err())
	return root, c
}

// TestSoakBatch grades a mixed folder with one grade batch and compares every
// verdict with what the course declares.
func TestSoakBatch(t *testing.T) {
	n := fromEnv(envSoak, 0)
	if n == 0 {
		t.Skip("takes minutes: .ci/soak-batch 200")
	}
	root, c := wholeCourse(t)
	seed := uint64(fromEnv(envSeed, 1))
	m := newMix(t, root, c.Exercises, n, seed)
	addAttacks(t, m)
	s := soak{t: t, root: root, course: c, out: filepath.Join(t.TempDir(), "results")}
	if keep := os.Getenv(envSoakKeep); keep != "" {
		s.out = keep
	}
	start := time.Now()
	first := batchProcess(t, m.from, "--out", s.out)
	took := time.Since(start)
	require.Contains(t, []int{ExitPassed, ExitNotBuilt}, first.code, first.out+first.err)
	s.judge(m.list)
	again := batchProcess(t, m.from, "--out", s.out)
	s.complain(first.code != again.code || !strings.Contains(again.out, "graded: 0; the same as another: 0;"), "a second run grades again: %s", again.out)

	entries, err := os.ReadDir(m.from)
	require.NoError(t, err)
	fmt.Printf("\nsoak-batch: seed %d\n%s", seed, first.out)
	for _, row := range []string{"passed", "failed", "build_failed", "refused", "unmeasurable"} {
		fmt.Printf("%-22s %6d\n", row, s.counts[row])
	}
	fmt.Printf("%-22s %6d\n", "disagreements", len(s.bad))
	fmt.Printf("%-22s %6.1f s\n%-22s %6.1f\n", "wall time", took.Seconds(), "submissions a minute", float64(len(entries))/took.Minutes())
	fmt.Printf("%-22s %6.1f MB\n", "peak memory, resident", float64(first.peak)/1e6)
	for _, b := range s.bad {
		t.Error(b)
	}
}

// soak compares results with what must have become of the submissions.
type soak struct {
	t      *testing.T
	root   string
	course *course.Course
	out    string
	counts map[string]int // results by what became of them
	bad    []string       // disagreements
}

func (s *soak) complain(when bool, format string, args ...any) {
	if when {
		s.bad = append(s.bad, fmt.Sprintf(format, args...))
	}
}

func (s *soak) judge(list []handedIn) {
	s.counts = map[string]int{}
	byOrigin := map[string][]handedIn{}
	for _, h := range list {
		r, err := s.result(h)
		if err != nil {
			s.complain(true, "%s: no result: %v", h.id, err)
			continue
		}
		s.counts[ending(r)]++
		if r.Unmeasurable > 0 {
			s.counts["unmeasurable"]++
		}
		if h.origin != "" {
			byOrigin[h.origin] = append(byOrigin[h.origin], h)
		} else if wrong := s.wrong(h); wrong != "" {
			s.complain(true, "%s", wrong)
		}
	}
	for _, ex := range s.course.Exercises {
		s.byCourse(ex, byOrigin)
	}
}

var errNotHandedIn = errors.New("nobody has handed it in")

// byCourse has the course's own check look at the results, in place of results
// that it would make itself.
func (s *soak) byCourse(ex *grader.Exercise, handed map[string][]handedIn) {
	judged := 0
	take := func(_ context.Context, _ *grader.Exercise, dir string, _ int) (reports []*grader.Report, err error) {
		list := handed[dir]
		if len(list) == 0 {
			return nil, errNotHandedIn
		}
		for _, h := range list {
			r, err := s.result(h)
			if err != nil {
				return nil, err
			}
			reports = append(reports, r)
		}
		return reports, nil
	}
	_, err := verify.Exercise(s.t.Context(), s.root, ex, verify.Options{Grade: take, Done: func(l verify.Line) {
		judged += l.Runs
		ids := s.ids(ex, l.What, handed)
		s.complain(l.Runs > 0 && len(l.Problems) > 0, "%s %s (%s): %s", ex.Slug, l.What, ids, strings.Join(l.Problems, "; "))
	}})
	if err != nil && !errors.Is(err, errNotHandedIn) {
		s.complain(true, "%s: %v", ex.Slug, err)
	}
	want := 0
	for dir, list := range handed {
		if list[0].slug == ex.Slug && dir != "" {
			want += len(list)
		}
	}
	s.complain(judged != want, "%s: %d of %d results were compared", ex.Slug, judged, want)
}

// ids names those who have handed in what a line of the check is about.
func (s *soak) ids(ex *grader.Exercise, what string, handed map[string][]handedIn) string {
	var ids []string
	kind, name, _ := strings.Cut(what, " ")
	for dir, list := range handed {
		same := strings.HasSuffix(dir, filepath.Join(kind+"s", name)) && name != ""
		same = same || kind == "stub" && dir == filepath.Join(s.root, "exercises", ex.Slug)
		same = same || kind == "reference" && dir == filepath.Join(s.root, "solutions", ex.Slug)
		for _, h := range list {
			if same && h.slug == ex.Slug {
				ids = append(ids, h.id)
			}
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, ", ")
}

// wrong says how the result of a submission without an origin differs from
// what must have become of it.
func (s *soak) wrong(h handedIn) string {
	r, err := s.result(h)
	if err != nil {
		return fmt.Sprintf("%s: no result: %v", h.id, err)
	}
	if h.outcomes != "" {
		if !slices.Contains(strings.Split(h.outcomes, "|"), ending(r)) {
			return fmt.Sprintf("%s: is %s and must be %s", h.id, ending(r), h.outcomes)
		}
		return ""
	}
	if r.Status != h.status || len(r.Findings) == 0 || !strings.Contains(r.Findings[0].Message, h.words) {
		return fmt.Sprintf("%s: must be %s with %q, but is %s: %v", h.id, h.status, h.words, r.Status, r.Findings)
	}
	return ""
}

func (s *soak) result(h handedIn) (*grader.Report, error) {
	name := h.slug
	if name == "" {
		name = "refused"
	}
	text, err := os.ReadFile(filepath.Join(s.out, h.id, name+".json"))
	if err != nil {
		return nil, err
	}
	r := new(grader.Report)
	return r, json.Unmarshal(text, r)
}

// ending is what became of a submission, in one word.
func ending(r *grader.Report) string {
	switch {
	case r.Status != grader.StatusGraded:
		return string(r.Status)
	case r.AllPassed():
		return "passed"
	}
	return "failed"
}

// finished is a batch in a process of its own, with what it took.
type finished struct {
	result
	peak int64         // bytes resident, without the processes that it started; 0 where the system does not tell
	cpu  time.Duration // with those processes
}

// batchProcess runs grade batch to its end.
func batchProcess(tb testing.TB, args ...string) finished {
	tb.Helper()
	var out, errs bytes.Buffer
	cmd := batchCommandLine(tb, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(tb, cmd.Start())
	ended := make(chan struct{})
	memory := make(chan int64, 1)
	go func() { memory <- watchMemory(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	close(ended)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(tb, err)
	}
	return finished{result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}, <-memory, cpuOf(cmd)}
}

// cpuOf is the processor time of a command that has ended, and of all that it waited for.
func cpuOf(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// batchCommandLine is a grade batch that has not begun.
func batchCommandLine(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	program := os.Getenv(envGrade)
	env := os.Environ()
	if program == "" {
		self, err := os.Executable()
		require.NoError(tb, err)
		program, env = self, append(env, envMain+"=1")
	}
	cmd := exec.Command(program, append([]string{"batch"}, args...)...)
	cmd.Env = env
	return cmd
}

// watchMemory reads the most that was resident of a process, until it has ended.
func watchMemory(pid int, ended <-chan struct{}) (peak int64) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
		if err != nil {
			return peak
		}
		for line := range strings.Lines(string(text)) {
			var kb int64
			if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
				peak = kb << 10
			}
		}
		select {
		case <-ended:
			return peak
		case <-tick.C:
		}
	}
}

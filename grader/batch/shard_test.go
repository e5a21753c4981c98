package batch

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

func TestShardsArePartition(t *testing.T) {
	count := map[int]int{}
	for i := range 2000 {
		id := fmt.Sprint("student-", i)
		in := 0
		for k := 1; k <= 7; k++ {
			if (Shard{k, 7}).Has(id) {
				in++
				count[k]++
			}
		}
		assert.Equal(t, 1, in, id)
	}
	for k, n := range count {
		assert.Greater(t, n, 200, "shard %d is much smaller than others", k)
	}
	assert.True(t, Shard{}.Has("x"))
	var where []int // which shard an id belongs to never changes
	for _, id := range []string{"alice", "bob", "carol", "dave"} {
		where = append(where, slices.IndexFunc([]int{1, 2, 3}, func(k int) bool { return Shard{k, 3}.Has(id) })+1)
	}
	assert.Equal(t, []int{3, 3, 3, 2}, where)
}

func TestParseShard(t *testing.T) {
	env := func(kv ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == name {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	for _, c := range []struct {
		text string
		env  func(string) string
		want Shard
		err  string
	}{
		{"", env(), Shard{}, ""},
		{"1/1", env(), Shard{1, 1}, ""},
		{"8/8", env(), Shard{8, 8}, ""},
		{"auto/8", env("JOB_COMPLETION_INDEX", "0"), Shard{1, 8}, ""},
		{"auto/8", env("JOB_COMPLETION_INDEX", "7"), Shard{8, 8}, ""},
		{"auto/8", env("SLURM_ARRAY_TASK_ID", "3"), Shard{3, 8}, ""},
		{"auto/8", env("SLURM_ARRAY_TASK_ID", "0", "SLURM_ARRAY_TASK_MIN", "0"), Shard{1, 8}, ""},
		{"auto/8", env("SLURM_ARRAY_TASK_ID", "14", "SLURM_ARRAY_TASK_MIN", "10", "SLURM_ARRAY_TASK_STEP", "2"), Shard{3, 8}, ""},
		{"auto/8", env(), Shard{}, "neither JOB_COMPLETION_INDEX nor"},
		{"auto/8", env("JOB_COMPLETION_INDEX", "8"), Shard{}, "no part 9 of 8"},
		{"auto/8", env("SLURM_ARRAY_TASK_ID", "x"), Shard{}, "invalid syntax"},
		{"0/8", env(), Shard{}, "the first is 1"},
		{"9/8", env(), Shard{}, "no part 9"},
		{"3", env(), Shard{}, "is not i/N"},
		{"1/0", env(), Shard{}, "is not i/N"},
		{"a/b", env(), Shard{}, "is not i/N"},
	} {
		got, err := ParseShard(c.text, c.env)
		assert.Equal(t, c.want, got, c.text)
		if c.err == "" {
			assert.NoError(t, err, c.text)
			continue
		}
		var input *InputError
		require.ErrorAs(t, err, &input, c.text)
		assert.Contains(t, err.Error(), c.err)
	}
}

// TestShardsAndMerge: three shards together are the run that was not split;
// merging again, or in another order, changes nothing.
func TestShardsAndMerge(t *testing.T) {
	c := newClass(t)
	for i := range 30 {
		c.put(fmt.Sprintf("s%02d/24-latch/latch.go", i), fmt.Sprint("package latch // ", i))
	}
	c.put("bad.zip", "x")
	c.run()
	want := results(t, c.out)
	var dirs []string
	for i := 1; i <= 3; i++ {
		dirs = append(dirs, fmt.Sprint(c.out, "-", i))
		sum := c.run(func(o *Options) { o.Out, o.Shard = dirs[i-1], Shard{i, 3} })
		assert.Positive(t, sum.Submissions)
	}
	again := c.out + "-1-again" // an index may run twice
	c.run(func(o *Options) { o.Out, o.Shard = again, Shard{1, 3} })
	merged := c.out + "-merged"
	m, err := Merge(merged, append(dirs, again))
	require.NoError(t, err)
	assert.Equal(t, Merged{Results: 31, Added: 31}, m)
	assert.Equal(t, want, results(t, merged))
	m, err = Merge(merged, []string{again, dirs[2], dirs[0], dirs[1]})
	require.NoError(t, err)
	assert.Equal(t, Merged{Results: 31}, m)
	assert.Equal(t, want, results(t, merged))
	sum := c.run(func(o *Options) { o.Out = merged })
	assert.Equal(t, 30, sum.Kept, "a run goes on in the merged folder")
	assert.Zero(t, sum.Graded)
}

func TestMergeRefusesContradictions(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	c.put("bob/24-latch/latch.go", "package latch // b")
	c.run()
	for name, x := range map[string]struct {
		spoil func(*grader.Report)
		want  string
	}{
		"verdict": {func(r *grader.Report) { r.Checks[1].Verdict, r.Checks[1].Points = grader.Failed, 0 }, "leak is passed (40) in one and failed (0) in the other"},
		"content": {func(r *grader.Report) { r.Submission.Hash = "x" }, "different content"},
		"rubric":  {func(r *grader.Report) { r.Exercise.Hash = "x" }, "different versions of the exercise"},
		"status":  {func(r *grader.Report) { r.Status = grader.StatusTimeout }, "one is graded, the other timeout"},
		"time":    {func(r *grader.Report) { r.Submission.SubmittedAt = new(time.Time) }, "time of submission"},
		"checks":  {func(r *grader.Report) { r.Checks = r.Checks[:1] }, "different checks"},
		"two ways": {func(r *grader.Report) {
			r.Checks[0].Verdict, r.Checks[1].Verdict = grader.Failed, grader.Unmeasurable
		}, "opens is passed"},
	} {
		other := copyOf(t, c.out)
		change(t, other, "alice", "24-latch", x.spoil)
		to := filepath.Join(t.TempDir(), "merged")
		_, err := Merge(to, []string{c.out, other})
		var input *InputError
		require.ErrorAs(t, err, &input, name)
		assert.Contains(t, err.Error(), x.want, name)
		assert.Contains(t, err.Error(), "alice/24-latch", name)
		assert.Empty(t, results(t, to), "something was written")
	}
}

// TestMergeTakesWhatWasMeasured: a machine that could not measure, or broke, contradicts nobody.
func TestMergeTakesWhatWasMeasured(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	c.run()
	want := results(t, c.out)
	for name, spoil := range map[string]func(*grader.Report){
		"unmeasurable": func(r *grader.Report) { r.Checks[1].Verdict, r.Checks[1].Points = grader.Unmeasurable, 0 },
		"broken":       func(r *grader.Report) { r.Status, r.Checks = grader.StatusError, nil },
	} {
		other := copyOf(t, c.out)
		change(t, other, "alice", "24-latch", spoil)
		for _, from := range [][]string{{c.out, other}, {other, c.out}} {
			to := filepath.Join(t.TempDir(), "merged")
			_, err := Merge(to, from)
			require.NoError(t, err, name)
			assert.Equal(t, want, results(t, to), name)
		}
	}
}

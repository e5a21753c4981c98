package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/course"
)

// semaphores copies a submission of 05-semaphore that the course brings with it.
func semaphores(t *testing.T, elem ...string) string {
	t.Helper()
	root, ok := course.Find(".")
	require.True(t, ok)
	code, err := os.ReadFile(filepath.Join(append(append([]string{root, "solutions", "05-semaphore"}, elem...), "semaphore.go")...))
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "05-semaphore")
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "semaphore.go"), code, 0o644))
	return dir
}

var replayLine = regexp.MustCompile(`grade replay (\S+) (\S+)/(\S+)`)

// TestReplay goes the student's way: the verdict names a schedule, replay
// shows it, the same every time, and says when the code has changed.
func TestReplay(t *testing.T) {
	scratchDir(t)
	dir := semaphores(t, "testdata", "mutants", "acquire-in-two-steps")
	verdict := grade("--only", "permits", dir)
	require.Equal(t, ExitFailed, verdict.code, verdict.err)
	said := replayLine.FindStringSubmatch(verdict.out)
	require.NotNil(t, said, verdict.out)
	assert.Contains(t, verdict.out, "schedules explored")
	args := strings.Fields(said[0])[1:]

	first := grade(args...)
	assert.Equal(t, ExitFailed, first.code, first.err)
	assert.Empty(t, first.err)
	for _, want := range []string{"05-semaphore  " + said[2], "still waits", "s.mu.Unlock()", "and never comes back", "--full shows"} {
		assert.Contains(t, first.out, want)
	}
	for range 3 {
		assert.Equal(t, first, grade(args...), "the same schedule, step by step")
	}
	assert.Equal(t, first, grade("replay", said[1], "--test", said[2], "--seed", said[3]))
	full := grade(append(args, "--full")...)
	assert.Equal(t, ExitFailed, full.code)
	assert.Greater(t, strings.Count(full.out, "\n"), strings.Count(first.out, "\n"))

	code, err := os.ReadFile(filepath.Join(dir, "semaphore.go"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "semaphore.go"), append(code, "// changed\n"...), 0o644))
	assert.Contains(t, grade(args...).err, "the seed belonged to another version of the code")
}

func TestReplayOfCodeThatIsRight(t *testing.T) {
	scratchDir(t)
	r := grade("replay", semaphores(t), "--test", "TestReleaseMeetsAcquire", "--seed", "33")
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Contains(t, r.out, "nothing goes wrong in this schedule")
}

func TestReplayBadInput(t *testing.T) {
	scratchDir(t)
	dir := semaphores(t)
	broken := semaphores(t)
	require.NoError(t, os.WriteFile(filepath.Join(broken, "semaphore.go"), []byte("package semaphore\n\nfunc New(n int) int { return n }\n"), 0o644))
	forbidden := semaphores(t)
	require.NoError(t, os.WriteFile(filepath.Join(forbidden, "semaphore.go"), []byte("package semaphore\n\nimport _ \"os/exec\"\n"), 0o644))
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no seed":        {[]string{dir}, ExitUsage, "is no schedule"},
		"no number":      {[]string{dir, "--seed", "x"}, ExitUsage, `"x" is no schedule`},
		"seed zero":      {[]string{dir, "--seed", "0"}, ExitUsage, "is no schedule"},
		"twice":          {[]string{dir, "TestNothing/3", "--seed", "3"}, ExitUsage, "named twice"},
		"unknown test":   {[]string{dir, "--seed", "3", "--test", "TestNothing"}, ExitUsage, "no test TestNothing"},
		"missing folder": {[]string{filepath.Join(dir, "nowhere"), "--seed", "3"}, ExitUsage, "there is no folder"},
		"does not build": {[]string{broken, "--seed", "3"}, ExitNotBuilt, "does not build"},
		"refused":        {[]string{forbidden, "--seed", "3"}, ExitNotBuilt, "is refused"},
	} {
		r := grade(append([]string{"replay"}, c.args...)...)
		assert.Equal(t, c.code, r.code, "%s: %s", name, r.err)
		assert.Contains(t, r.err, c.want, name)
	}
}

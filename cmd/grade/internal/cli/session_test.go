//go:build unix

package cli

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/course"
)

// terminal is a student's terminal, with grade as a process of its own in it.
type terminal struct {
	t    *testing.T
	dir  string // the current folder
	cols int
	env  []string
}

// run types a command, and behind it what it will be asked for, and returns what
// the screen showed and the exit code.
func (s *terminal) run(answers string, args ...string) (screen string, code int) {
	s.t.Helper()
	cmd := command(s.t.Context(), append([]string{"TERM=xterm-256color", "CI=", "LC_ALL=C.UTF-8"}, s.env...), args...)
	cmd.Dir = s.dir
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: uint16(s.cols)})
	require.NoError(s.t, err)
	defer tty.Close()
	_, err = io.WriteString(tty, answers)
	require.NoError(s.t, err)
	var out bytes.Buffer
	io.Copy(&out, tty) // ends with an error when the last writer is gone
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil {
		require.ErrorAs(s.t, err, &exit, out.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// wants runs a command and asserts its exit code and parts of what it shows.
func (s *terminal) wants(code int, parts []string, answers string, args ...string) string {
	s.t.Helper()
	out, got := s.run(answers, args...)
	require.Equal(s.t, code, got, "%v:\n%s", args, out)
	text := strings.Join(strings.Fields(ansi.Strip(out)), " ")
	for _, p := range parts {
		assert.Contains(s.t, text, p, args)
	}
	s.fits(out, args)
	return text
}

// fits asserts that no sentence leaves the screen. What is copied or compared
// character by character is never broken: commands, paths, code, tables.
func (s *terminal) fits(out string, args []string) {
	s.t.Helper()
	for line := range strings.SplitSeq(strings.ReplaceAll(out, "\r\n", "\n"), "\n") {
		line = ansi.Strip(line[strings.LastIndex(line, "\r")+1:])
		if !unbreakable.MatchString(line) {
			assert.LessOrEqual(s.t, lipgloss.Width(line), s.cols, "%v: %q", args, line)
		}
	}
}

var unbreakable = regexp.MustCompile(`grade[ :]|[/\\]|^ *>? *\d+ \||^  [✓✗?-] |^[│┃├└┌ ]*\S*[│┃├└┌]|^\d\d-`)

// colored matches escape sequences that set a colour.
var colored = regexp.MustCompile("\x1b\\[[0-9;]*3[0-7]m")

// TestSessionInATerminal goes the way of a student, from an empty folder outside
// of the repository to a passed exercise and back, on a real pseudo-terminal.
func TestSessionInATerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("several real gradings")
	}
	root, ok := course.Find(".")
	require.True(t, ok)
	solution := filepath.Join(root, "solutions", "05-semaphore")
	for name, s := range map[string]*terminal{
		"80 columns":              {cols: 80},
		"40 columns, NO_COLOR":    {cols: 40, env: []string{"NO_COLOR=1"}},
		"a terminal that is dumb": {cols: 80, env: []string{"TERM=dumb"}},
	} {
		t.Run(name, func(t *testing.T) {
			if s.cols == 80 && os.Getenv(envLong) == "" {
				t.Skip(envLong + "=1 goes the way on wide screens as well")
			}
			scratch := t.TempDir()
			s.t, s.dir = t, t.TempDir()
			s.env = append(s.env, "TMPDIR="+scratch)
			s.wants(ExitPassed, []string{"files written to my weft/练习", "next: cd"}, "", "init", "my weft/练习")
			s.dir = filepath.Join(s.dir, "my weft", "练习")
			mine := filepath.Join(s.dir, "exercises", "05-semaphore", "semaphore.go")
			stub := mustRead1(t, mine)
			s.wants(ExitPassed, []string{"0 of 23 passed; next: 01-threads"}, "", "list")

			put(t, mustRead1(t, filepath.Join(solution, "testdata", "mutants", "acquire-in-two-steps", "semaphore.go")), mine)
			out, code := s.run("", "exercises/05-semaphore")
			require.Equal(t, ExitFailed, code, out)
			assert.Equal(t, len(s.env) == 1, colored.MatchString(out), "colours: %q", out)
			replay := regexp.MustCompile(`grade replay (\S+) (\S+/\S+)`).FindStringSubmatch(ansi.Strip(out))
			require.NotNil(t, replay, "the command to replay, in one line: %s", out)
			s.wants(ExitPassed, []string{"05-semaphore, hint 2 of 6, about what failed last: permits"}, "", "hint", "05")
			again := s.wants(ExitFailed, []string{"47 s.mu.Unlock()", "reduced to the one switch"}, "", "replay", replay[1], replay[2])
			assert.Equal(t, again, s.wants(ExitFailed, nil, "", "replay", replay[1], replay[2]), "the same story")

			put(t, mustRead1(t, filepath.Join(solution, "semaphore.go")), mine)
			s.wants(ExitPassed, []string{"everything assessed passed"}, "", "exercises/05-semaphore")
			s.wants(ExitPassed, []string{"1 of 23 passed; next: 01-threads"}, "", "list")
			s.wants(ExitUsage, []string{"is not on this machine"}, "", "solution", "05")
			s.wants(ExitFailed, []string{"grading 01-threads"}, "", "--only", "start", "--quick")

			s.wants(ExitPassed, nil, "n\n", "reset", "05")
			assert.NotEqual(t, stub, mustRead1(t, mine), "the answer was no")
			s.wants(ExitPassed, []string{"semaphore.go is the stub again"}, "y\n", "reset", "05")
			assert.Equal(t, stub, mustRead1(t, mine))
			left, err := os.ReadDir(scratch)
			require.NoError(t, err)
			assert.Empty(t, left, "in the scratch folder")
		})
	}
}

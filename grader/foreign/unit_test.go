package foreign

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/foreign/protocol"
)

func number10(n uint64) string { return strconv.FormatUint(n, 10) }

func TestHand(t *testing.T) {
	src := `package p // the package

import (
	"testing"
	st "testing/synctest"

	"go.uber.org/goleak"
)

func TestA(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Parallel()
	t.Run("x", func(u *testing.T) { u.Parallel(); t.Run("y", nil) })
	func(t runner) { t.Run("z", nil) }(nil)
}

func TestB(*testing.T)              {}
func Testify(t *testing.T)          {}
func TestMain(m *testing.M)         {}
func (x runner) TestC(t *testing.T) {}
func helper(tt *testing.T)          { st.Test(tt, nil) }
`
	out, tests, err := hand("p_test.go", []byte(src), "m/harness")
	require.NoError(t, err)
	text := string(out)
	assert.Equal(t, []string{"TestA", "TestB"}, tests)
	for _, want := range []string{
		`package p; import weftharness "m/harness" // the package`,
		"func weft_TestA(t *testing.T) {\n\tdefer weftharness.Unless(goleak.VerifyNone)(t)\n\tweftharness.Parallel(t)\n",
		`weftharness.Sub(t, "x", func(u *testing.T) { weftharness.Parallel(u); weftharness.Sub(t, "y", nil) })`,
		`func(t runner) { t.Run("z", nil) }(nil)`,
		"func weft_TestB(*testing.T) ", "func Testify(", "func TestMain(", ") TestC(", "weftharness.Bubble(tt, nil)",
		"\nfunc TestA(t *testing.T) { weftharness.Run(t, weft_TestA) }\n", "\nvar _ = st.Wait\n",
	} {
		assert.Contains(t, text, want)
	}
	_, err = parser.ParseFile(token.NewFileSet(), "", out, 0)
	assert.NoError(t, err)
	for i, line := range strings.Split(strings.TrimSpace(src), "\n") {
		fun, _, isFunc := strings.Cut(line, "(")
		if isFunc && strings.HasPrefix(fun, "func ") {
			assert.Contains(t, strings.Split(text, "\n")[i], strings.TrimPrefix(fun, "func "), "line %d has moved", i+1)
		}
	}
	_, _, err = hand("p_test.go", []byte("package"), "m")
	assert.Error(t, err)
}

func TestSmallThings(t *testing.T) {
	assert.Equal(t, "^TestA$/^a\\.b$/^c$", pattern("TestA/a.b/c"))
	assert.Equal(t, "./a-b", quote("./a-b"))
	assert.Equal(t, `'it'\''s'`, quote("it's"))
	assert.Equal(t, "''", quote(""))
	assert.True(t, before("1.13", 1, 21))
	assert.True(t, before("", 1, 21))
	assert.False(t, before("1.25.3", 1, 25))
	for _, name := range []string{"a.go", "a_test.go", "internal/x/b_test.go"} {
		assert.Equal(t, name, decode(encode(name)))
	}
	assert.Equal(t, "2\n", lastSchedule("x\n"+protocol.Marker+"1\n1\n"+protocol.Marker+"2\n2\n"))
	assert.Equal(t, protocol.StatusLivelock, diedOf("panic: weft: livelock: goroutines"))
	assert.Equal(t, protocol.StatusOutside, diedOf("fatal error: receive on synctest channel from outside bubble"))
	assert.Equal(t, protocol.StatusPanic, diedOf("panic: boom"))
	assert.Contains(t, outside("panic: send on synctest channel from outside bubble"), "shares something")
}

func TestTailKeepsTheEnd(t *testing.T) {
	var text tail
	for range 5 {
		n, err := text.Write(bytes.Repeat([]byte("x"), maxText))
		require.NoError(t, err)
		assert.Equal(t, maxText, n)
	}
	text.Write([]byte("end"))
	assert.LessOrEqual(t, len(text.String()), 2*maxText)
	assert.True(t, strings.HasSuffix(text.String(), "end"))
}

func TestShortDuration(t *testing.T) {
	for body, want := range map[string]bool{
		"time.Sleep(20 * time.Millisecond)":          true,
		"time.Sleep(time.Microsecond * 5)":           true,
		"time.Sleep(2000 * time.Millisecond)":        false,
		"time.Sleep(2 * time.Second); f(20 * other)": false,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() {"+body+"}", 0)
		require.NoError(t, err)
		assert.Equal(t, want, shortDuration(f.Decls[0].(*ast.FuncDecl)).IsValid(), body)
	}
}

func TestListError(t *testing.T) {
	for said, want := range map[string]string{
		"no Go files in /x": "holds no Go files",
		"package x: build constraints exclude all Go files in /x": "build constraints",
		"go: go.mod file not found in current directory":          "in no module",
		"x.go:1:1: expected package":                              "do not build",
	} {
		assert.ErrorContains(t, listError("x", said), want)
	}
}

// TestRuntimeIsAdopted guards the places where adopt changes a text of ours.
func TestRuntimeIsAdopted(t *testing.T) {
	s := &session{pkg: &pkg{Module: &module{Path: "m"}}}
	read := func(name string) string {
		b, err := grader.TestSupport.ReadFile("gradetest/" + name)
		require.NoError(t, err)
		return string(s.adopt(name[strings.LastIndexByte(name, '/')+1:], b))
	}
	locks := read("vsync/vsync.go")
	assert.Contains(t, locks, `"m/weftsched_/sched"`)
	assert.NotContains(t, read("sched/getg_other.go"), "go:build")
}

func TestText(t *testing.T) {
	r := &Report{Package: "p", Race: true, Notes: []string{"p: a note"}, Tests: []Test{
		{Name: "TestA", State: Found, Seed: 7, Schedules: 7, Replay: "grade explore . --seed 7", Output: "raw\n", Findings: []grader.Finding{{
			Cause: grader.CauseAssertion, Pos: grader.Position{File: "a.go", Line: 3}, Message: "Wrong.", Got: "1", Want: "2", Help: "Look.",
			Notes: []grader.Note{{Pos: grader.Position{File: "b.go", Line: 4}, Text: "Here."}, {Text: "There."}},
		}}},
		{Name: "TestB", State: FailsAlone, Why: "it fails"}, {Name: "TestC", State: Unexplored, Why: "IO wait"},
		{Name: "TestD", State: Clean, Schedules: 1, Single: true}, {Name: "TestE", State: Skipped},
	}}
	var b bytes.Buffer
	require.NoError(t, Text(&b, r, true))
	assert.Equal(t, `✗ TestA: fails under schedule 7
    a.go:3: assertion: Wrong.
        got 1, want 2
        b.go:4: Here.
        There.
        → Look.
    again: grade explore . --seed 7
    it printed:
    | raw

✗ TestB: it fails

not explored:
    TestC: IO wait

left as it is:
    p: a note

p: 1 clean (1 of them start no goroutine), 1 failing under a schedule, 1 failing by themselves, 1 not explored, 1 skipped by themselves; 8 schedules, with the race detector
`, b.String())
}

func TestOptionsDefaults(t *testing.T) {
	var o Options
	o.defaults()
	assert.EqualValues(t, 1000, o.Seeds)
	assert.Equal(t, 10*time.Second, o.Budget)
	o.Progress("nobody listens")
}

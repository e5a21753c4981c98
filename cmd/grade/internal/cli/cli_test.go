package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
)

// envMain makes the test binary behave as the grade command, for tests that
// need a process of its own.
const envMain = "WEFT_TEST_GRADE"

func TestMain(m *testing.M) {
	if os.Getenv(envMain) != "" {
		os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(runTests(m))
}

// runTests makes the small course beforehand, in a folder that outlives every
// test's own temporary folder.
func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "course-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if _, err := course.New(dir, slug); err != nil {
		panic(err)
	}
	fixture = dir
	if schemaFile, err = filepath.Abs(filepath.Join("..", "..", "..", "..", "docs", "result.schema.json")); err != nil {
		panic(err)
	}
	return m.Run()
}

// result is what a command gave.
type result struct {
	code     int
	out, err string
}

// grade runs the command in this process.
func grade(args ...string) result {
	var out, errw bytes.Buffer
	code := Main(args, strings.NewReader(""), &out, &errw)
	return result{code, out.String(), errw.String()}
}

const slug = "24-latch"

// fixture is the folder of a course with one small exercise.
var fixture string

// schemaFile is absolute, for tests that change the folder.
var schemaFile string

// latch returns the folder of the small course.
func latch(t *testing.T) string {
	t.Helper()
	require.NotEmpty(t, fixture)
	return fixture
}

// reference is the source of the small exercise's reference.
func reference(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(latch(t), "solutions", slug, "latch.go"))
	require.NoError(t, err)
	return string(b)
}

// submit writes a submission and returns its folder, which is called as the exercise.
func submit(t *testing.T, src string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), slug)
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "latch.go"), []byte(src), 0o644))
	return dir
}

// with returns the reference with a piece of it replaced.
func with(t *testing.T, old, new string) string {
	t.Helper()
	src := reference(t)
	require.Contains(t, src, old)
	return strings.Replace(src, old, new, 1)
}

// scratch points the command's scratch folder to a folder of the test's, and
// checks afterwards that nothing was left in it.
func scratchDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Cleanup(func() { assertEmpty(t, dir) })
	return dir
}

func assertEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	assert.NoError(t, err)
	assert.Empty(t, left, "left behind in the scratch folder")
}

// gradeLatch grades a folder of the small exercise.
func gradeLatch(t *testing.T, dir string, args ...string) result {
	t.Helper()
	return grade(append([]string{"--course", latch(t), dir}, args...)...)
}

// report grades to JSON and checks the result against the schema.
func reportOf(t *testing.T, dir string, args ...string) (*grader.Report, int) {
	t.Helper()
	r := gradeLatch(t, dir, append(args, "--json")...)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(r.out))
	require.NoError(t, err, r.out+r.err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(schemaFile)
	require.NoError(t, err)
	require.NoError(t, s.Validate(doc))
	var rep grader.Report
	require.NoError(t, json.Unmarshal([]byte(r.out), &rep))
	return &rep, r.code
}

func checkOf(t *testing.T, r *grader.Report, id string) grader.CheckReport {
	t.Helper()
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no check %q", id)
	return grader.CheckReport{}
}

func TestReferencePasses(t *testing.T) {
	scratchDir(t)
	r, code := reportOf(t, submit(t, reference(t)))
	assert.Equal(t, ExitPassed, code)
	assert.Equal(t, grader.StatusGraded, r.Status)
	assert.Equal(t, 100, r.Score)
	assert.Equal(t, slug, r.Exercise.Slug)
	assert.NotEmpty(t, r.Submission.Hash)
	assert.Positive(t, r.Grader.EffectiveCPUs)
}

func TestStubFailsInAFewLines(t *testing.T) {
	scratchDir(t)
	stub := filepath.Join(latch(t), "exercises", slug)
	r := gradeLatch(t, stub)
	assert.Equal(t, ExitFailed, r.code)
	assert.Empty(t, r.err)
	assert.Contains(t, r.out, "A new latch is closed, and open after Open.")
	assert.Contains(t, r.out, filepath.Join(stub, "latch.go")+":")
	assert.Contains(t, r.out, "next: ")
	assert.Less(t, strings.Count(r.out, "\n"), 30)
	assert.NotContains(t, r.out, "\x1b", "escape codes without a terminal")
	assert.NotContains(t, r.out, "_test.go")
}

func TestPositionsAreAsTyped(t *testing.T) {
	scratchDir(t)
	dir := submit(t, with(t, "return ctx.Err()", "return nil"))
	t.Chdir(filepath.Dir(dir))
	for _, typed := range []string{slug, "." + string(filepath.Separator) + slug, dir} {
		r, code := reportOf(t, typed, "--only", "opens")
		assert.Equal(t, ExitFailed, code)
		c := checkOf(t, r, "opens")
		require.NotNil(t, c.Location)
		assert.Equal(t, filepath.Join(typed, "latch.go"), c.Location.File)
		assert.Positive(t, c.Location.Line)
	}
}

func TestMutantsOfTheTemplateAreCaught(t *testing.T) {
	scratchDir(t)
	r := grade("course", "verify", "--course", latch(t))
	assert.Equal(t, ExitPassed, r.code, r.out+r.err)
	assert.Contains(t, r.out, "problems: 0")
}

func TestVerifyFindsAWeakTest(t *testing.T) {
	scratchDir(t)
	root := t.TempDir()
	_, err := course.New(root, slug)
	require.NoError(t, err)
	mutant := filepath.Join(root, "solutions", slug, "testdata", "mutants", "polls", "latch.go")
	require.NoError(t, os.WriteFile(mutant, []byte(reference(t)), 0o644))
	r := grade("course", "verify", "--course", root, slug)
	assert.Equal(t, ExitFailed, r.code)
	assert.Contains(t, r.out, "timing must fail but is passed")
	assert.Contains(t, r.out, "no mutant is caught by this criterion alone")
}

func TestCourseNew(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "exercises"), 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(root, "solutions"), 0o755))
	r := grade("course", "new", "--course", root, "31-two-words")
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Contains(t, r.out, filepath.Join(root, "exercises", "31-two-words", "twowords.go"))
	assert.Contains(t, r.out, "next: grade course verify 31-two-words")
	r = grade("course", "new", "--course", root, "31-two-words")
	assert.Equal(t, ExitUsage, r.code)
	assert.Contains(t, r.err, "exists already")
	r = grade("course", "new", "--course", root, "Latch")
	assert.Equal(t, ExitUsage, r.code)
	assert.Contains(t, r.err, "24-latch")
}

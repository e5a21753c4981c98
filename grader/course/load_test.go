package course_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
)

const slug = "05-semaphore"

// object is JSON that a case may change before it is written.
type object = map[string]any

// raw is a small exercise as it lies on disk.
type raw struct {
	exercises, solutions fstest.MapFS
	rubric               object
}

func criterion(id string, points int, more object) object {
	c := object{"id": id, "title": "T " + id, "stage": "race", "points": points, "advice": "Do it."}
	for k, v := range more {
		c[k] = v
	}
	return c
}

func tests(names ...string) (list []any) {
	for _, n := range names {
		list = append(list, object{"name": n, "about": "New", "rule": "It holds."})
	}
	return list
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func testFile(names ...string) *fstest.MapFile {
	text := "package semaphore_test\n\nimport \"testing\"\n"
	for _, n := range names {
		text += "\nfunc " + n + "(t *testing.T) {}\n"
	}
	return file(text)
}

func sound() *raw {
	return &raw{
		exercises: fstest.MapFS{
			slug + "/README.md": file("# Semaphore\n"), slug + "/README.zh.md": file("# 信号量\n"),
			slug + "/semaphore.go": file("package semaphore\n\n// TODO\n"), slug + "/semaphore_test.go": testFile("TestVisible"),
		},
		solutions: fstest.MapFS{
			slug + "/semaphore.go": file("package semaphore\n"), slug + "/HINTS.md": file("# Hints\n\n## 1\nnudge\n\n## 2\n\nmore\n## 3 — the last\nalmost\n"),
			slug + "/main_test.go": file("package semaphore_test\n\nimport \"testing\"\n\nfunc TestMain(m *testing.M) {}\n"), slug + "/hidden_test.go": testFile("TestHidden", "TestTime"),
		},
		rubric: object{
			"schema": course.Schema, "title": "Semaphore", "topic": "one at a time", "files": []any{"semaphore.go"},
			"criteria": []any{
				criterion("permits", 50, object{"tests": tests("TestVisible", "TestHidden")}),
				criterion("race", 20, object{"check": "race", "after": []any{"permits"}}),
				criterion("leak", 10, object{"check": "leak"}),
				criterion("timing", 20, object{"stage": "timing", "tests": tests("TestTime")}),
			},
		},
	}
}

func (r *raw) criterion(i int) object { return r.rubric["criteria"].([]any)[i].(object) }

func (r *raw) source(t *testing.T) course.Source {
	t.Helper()
	text, err := json.MarshalIndent(r.rubric, "", " ")
	require.NoError(t, err)
	r.solutions[slug+"/exercise.json"] = &fstest.MapFile{Data: text}
	return course.Source{Exercises: r.exercises, Solutions: r.solutions}
}

func TestLoadSoundCourse(t *testing.T) {
	r := sound()
	r.rubric["limits"] = object{"test": "3s", "wall": "1m", "memory_mb": 64, "output_mb": 2}
	r.rubric["imports"] = []any{"net"}
	c, err := course.Load(r.source(t))
	require.NoError(t, err)
	require.NoError(t, c.Err())
	require.Len(t, c.Exercises, 1)
	ex := c.Exercises[0]
	assert.Equal(t, []string{slug, "Semaphore", "one at a time", "semaphore"}, []string{ex.Slug, ex.Title, ex.Topic, ex.Package})
	assert.Equal(t, []string{"semaphore.go"}, ex.Files)
	assert.Equal(t, []string{"net"}, ex.Imports)
	assert.Equal(t, grader.Limits{Test: 3 * time.Second, Wall: time.Minute, Memory: 64 << 20, Output: 2 << 20}, ex.Limits)
	assert.Equal(t, 100, ex.MaxPoints())
	require.Len(t, ex.Criteria, 4)
	assert.Equal(t, grader.CheckTests, ex.Criteria[0].Check, "the check when none is given")
	assert.Equal(t, grader.TestCase{Name: "TestVisible", About: "New", Rule: "It holds."}, ex.Criteria[0].Tests[0])
	assert.Equal(t, []string{"permits"}, ex.Criteria[1].After)
	assert.Len(t, ex.Hidden, 2)
	assert.Len(t, ex.Visible, 1)
	assert.Len(t, ex.Stub, 1)
	assert.NotContains(t, string(ex.Stub["semaphore.go"]), "reference", "the stub, not the reference")
}

func TestProvided(t *testing.T) {
	r := sound()
	without, err := course.LoadExercise(r.source(t), slug)
	require.NoError(t, err)
	r.rubric["provided"] = []any{"given.go"}
	r.exercises[slug+"/given.go"] = file("package semaphore\n")
	with, err := course.LoadExercise(r.source(t), slug)
	require.NoError(t, err)
	assert.Equal(t, "package semaphore\n", string(with.Provided["given.go"]))
	assert.Len(t, with.Stub, 1)
	assert.NotEqual(t, course.Hash(without), course.Hash(with), "what is provided decides verdicts too")
}

func TestLimitsOfEqualLength(t *testing.T) {
	r := sound()
	r.rubric["limits"] = object{"test": "20s", "wall": "20s"}
	ex, err := course.LoadExercise(r.source(t), slug)
	require.NoError(t, err)
	assert.Equal(t, grader.Limits{Test: 20 * time.Second, Wall: 20 * time.Second}, ex.Limits)
}

// TestEveryRule breaks one thing at a time. The message must name it and what to do.
func TestEveryRule(t *testing.T) {
	set := func(key string, v any) func(*raw) { return func(r *raw) { r.rubric[key] = v } }
	of := func(i int, key string, v any) func(*raw) { return func(r *raw) { r.criterion(i)[key] = v } }
	for name, c := range map[string]struct {
		change func(r *raw)
		want   string
	}{
		"no title":          {set("title", ""), "title and topic must not be empty"},
		"no topic":          {set("topic", ""), "title and topic must not be empty"},
		"another schema":    {set("schema", "weft/exercise/v9"), `schema is "weft/exercise/v9"; this grader reads "weft/exercise/v1"`},
		"no schema":         {set("schema", ""), `schema is ""`},
		"no files":          {set("files", []any{}), "files names no file for the student to edit"},
		"a path as file":    {set("files", []any{"../semaphore.go"}), `"../semaphore.go" is no name of a Go source file`},
		"a capital file":    {set("files", []any{"Semaphore.go"}), `"Semaphore.go" is no name of a Go source file in lower case`},
		"a test as file":    {set("files", []any{"semaphore_test.go"}), `"semaphore_test.go" is no name of a Go source file`},
		"no stub":           {func(r *raw) { delete(r.exercises, slug+"/semaphore.go") }, "exercises/05-semaphore/semaphore.go: missing: every file the student edits needs a stub"},
		"confinement":       {set("confinement", "root"), `confinement "root" is neither processes nor loopback`},
		"provided missing":  {set("provided", []any{"given.go"}), "exercise.json: provided: exercises/05-semaphore/given.go is not there"},
		"provided and own":  {set("provided", []any{"semaphore.go"}), "semaphore.go is both provided and the student's to edit"},
		"provided test":     {func(r *raw) { set("provided", []any{"semaphore_test.go"})(r) }, `provided: "semaphore_test.go" is no name of a Go source file`},
		"bad time limit":    {set("limits", object{"test": "soon"}), `limits: time: invalid duration "soon"`},
		"unknown need":      {set("needs", []any{"99-none"}), `needs "99-none", which is no exercise of this course`},
		"bad id":            {of(0, "id", "Permits!"), `criterion id "Permits!": lower-case letters, digits and hyphens`},
		"empty id":          {of(2, "id", ""), `criterion id "": lower-case`},
		"double id":         {of(2, "id", "permits"), `criterion "permits" is there twice`},
		"no criterion name": {of(0, "title", ""), `criterion "permits" needs a title and advice`},
		"no advice":         {of(0, "advice", ""), `criterion "permits" needs a title and advice`},
		"unknown stage":     {of(0, "stage", "races"), `stage "races" is none of race, timing, speedup`},
		"unknown check":     {of(0, "check", "test"), `check "test" is none of tests, race, leak`},
		"check elsewhere":   {of(2, "stage", "timing"), `criterion "leak": check "leak" is made in stage "race" only`},
		"no tests":          {of(3, "tests", []any{}), `criterion "timing" names no tests`},
		"after the unknown": {of(1, "after", []any{"nobody"}), `comes after "nobody", which is not listed before it`},
		"after itself":      {of(1, "after", []any{"race"}), `comes after "race", which is not listed before it`},
		"after a later one": {of(1, "after", []any{"timing"}), `comes after "timing", which is not listed before it`},
		"two race checks":   {of(2, "check", "race"), `exactly one criterion with check "race" and one with check "leak"`},
		"no race check":     {of(1, "check", "tests"), `exactly one criterion with check "race"`},
		"points":            {of(0, "points", 49), "points add up to 99, not 100"},
		"points below zero": {func(r *raw) { r.criterion(0)["points"], r.criterion(1)["points"] = 90, -20 }, `criterion "race" has -20 points`},
		"no such test":      {of(0, "tests", tests("TestVisible", "TestHidden", "TestNone")), `criterion "permits": there is no test TestNone`},
		"judged twice":      {of(2, "tests", tests("TestTime")), `test TestTime is judged by "leak" and by "timing"`},
		"judged by nobody":  {of(0, "tests", tests("TestHidden")), "no criterion judges test TestVisible"},
		"no rule":           {of(3, "tests", []any{object{"name": "TestTime", "about": "New"}}), "test TestTime needs a rule and says what it is about"},
		"about nothing":     {of(3, "tests", []any{object{"name": "TestTime", "rule": "It holds."}}), "test TestTime needs a rule and says what it is about"},
		"no TestMain":       {func(r *raw) { delete(r.solutions, slug+"/main_test.go") }, "no TestMain; it must call gradetest.Main(m)"},
		"colliding names":   {func(r *raw) { r.exercises[slug+"/semaphore_test.go"] = testFile("TestVisible", "TestHidden") }, "test TestHidden is there twice, hidden or visible"},
		"an inner test":     {func(r *raw) { r.solutions[slug+"/hidden_test.go"] = file("package semaphore\n") }, "tests are external, package semaphore_test"},
		"a broken test":     {func(r *raw) { r.exercises[slug+"/semaphore_test.go"] = file("package x {") }, "semaphore_test.go:1:11:"},
		"no exercise":       {func(r *raw) { r.exercises = fstest.MapFS{} }, "05-semaphore"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sound()
			c.change(r)
			got, err := course.Load(r.source(t))
			require.NoError(t, err, "one broken exercise does not make the course unreadable")
			require.ErrorContains(t, got.Err(), c.want)
			assert.True(t, strings.HasPrefix(got.Err().Error(), slug+": "), "the message names the exercise: %v", got.Err())
			assert.Contains(t, got.Broken, slug)
		})
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	r := sound()
	r.rubric["title"] = ""
	r.criterion(0)["points"] = 1
	r.criterion(3)["advice"] = ""
	_, err := course.LoadExercise(r.source(t), slug)
	for _, want := range []string{"title and topic", "points add up to 51", `"timing" needs a title and advice`} {
		assert.ErrorContains(t, err, want)
	}
}

func TestAllUnknownNeedsAreNamed(t *testing.T) {
	r := sound()
	r.rubric["needs"] = []any{"98-none", "05-semaphore", "99-none"}
	c, err := course.Load(r.source(t))
	require.NoError(t, err)
	assert.ErrorContains(t, c.Err(), `"98-none"`)
	assert.ErrorContains(t, c.Err(), `"99-none"`)
}

func TestOneBrokenExerciseLeavesTheOthers(t *testing.T) {
	r := sound()
	src := r.source(t)
	r.solutions["06-timer/exercise.json"] = file("{")
	r.solutions["Notes/exercise.json"] = file("{}")
	r.solutions["drafts/notes.txt"] = file("no exercise")
	c, err := course.Load(src)
	require.NoError(t, err)
	require.Len(t, c.Exercises, 1)
	assert.Len(t, c.Broken, 2)
	assert.ErrorContains(t, c.Broken["06-timer"], "06-timer: exercise.json: line 1: unexpected EOF")
	assert.ErrorContains(t, c.Broken["Notes"], `the folder's name is no slug`)
}

func TestNoExerciseAtAll(t *testing.T) {
	_, err := course.Load(course.Source{Exercises: fstest.MapFS{}, Solutions: fstest.MapFS{}})
	assert.ErrorContains(t, err, "no folder in solutions holds an exercise.json")
}

// TestStrictJSON: a typing mistake must not silently change a grade.
func TestStrictJSON(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown field":        {"{\n \"schema\": \"weft/exercise/v1\",\n \"titel\": \"x\",\n \"topic\": \"y\"\n}", `line 3: json: unknown field "titel"`},
		"unknown field deeper": {"{\n \"criteria\": [\n  {\"id\": \"a\",\n   \"allornothing\": true}\n ]\n}\n", `line 4: json: unknown field "allornothing"`},
		"unknown, twice":       {"{\n \"x\": 1,\n \"x\": 2}", `json: unknown field "x"`},
		"wrong type":           {"{\n \"title\": \"x\",\n \"criteria\": [\n  {\"points\": \"ten\"}\n ]\n}", "line 4: json: cannot unmarshal string"},
		"points with a half":   {"{\n\"criteria\": [{\"points\": 2.5}]}", "line 2: json: cannot unmarshal number 2.5"},
		"an array":             {"[]", "line 1: json: cannot unmarshal array"},
		"a comma too many":     {"{\n \"title\": \"x\",\n}", "line 3: invalid character '}'"},
		"a comment":            {"{\n // no\n}", "line 2: invalid character '/'"},
		"cut off":              {"{\n \"title\": \"x\"", "line 2: unexpected EOF"},
		"nothing":              {"", "line 1: EOF"},
		"trailing text":        {"{\"schema\": \"weft/exercise/v1\"}\nx", "text after the closing brace"},
		"trailing object":      {"{\"schema\": \"weft/exercise/v1\"}\n{}", "text after the closing brace"},
		"trailing brace":       {"{\"schema\": \"weft/exercise/v1\"}\n}", "text after the closing brace"},
		"trailing bracket":     {"{\"schema\": \"weft/exercise/v1\"}]", "text after the closing brace"},
	} {
		r := sound()
		r.solutions[slug+"/exercise.json"] = file(c.text)
		_, err := course.LoadExercise(course.Source{Exercises: r.exercises, Solutions: r.solutions}, slug)
		assert.ErrorContains(t, err, slug+": exercise.json: "+c.want, name)
	}
}

func TestIsSlug(t *testing.T) {
	for s, want := range map[string]bool{
		"05-semaphore": true, "03-producer-consumer": true, "24-b2": true, "00-a": true,
		"": false, "5-semaphore": false, "005-semaphore": false, "05_semaphore": false, "05-": false, "05-Semaphore": false, "05-a--b": false,
		"05-a-": false, "05-2b": false, "semaphore": false, "05-../x": false, "05-a\n": false, "05-é": false,
	} {
		assert.Equal(t, want, course.IsSlug(s), "%q", s)
	}
}

func TestTestFuncs(t *testing.T) {
	src := "package x_test\nfunc TestA(t *testing.T) {}\nfunc (s) TestMethod() {}\nfunc Testing() {}\nfunc Test() {}\nfunc Test_b(t *testing.T) {}\nfunc helper() {}\nvar TestVar = 1\nfunc TestMain(m *testing.M) {}\n"
	names, err := course.TestFuncs("x_test.go", []byte(src))
	require.NoError(t, err)
	assert.Equal(t, []string{"TestA", "Test_b", "TestMain"}, names)
}

package submission_test

import (
	"go/importer"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/submission"
)

func exercise() *grader.Exercise {
	return &grader.Exercise{Slug: "24-latch", Package: "latch", Files: []string{"latch.go", "more.go"}, Imports: []string{"os", "runtime.SetFinalizer", "runtime/debug.Stack"}}
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

func TestOpenReadsDeclaredFilesOnly(t *testing.T) {
	dir := folder(t, map[string]string{"latch.go": "package latch\n", "more.go": "package latch\n", "latch_test.go": "x", "notes.md": "x"})
	sub, findings, err := submission.Open(dir, exercise())
	require.NoError(t, err)
	assert.Empty(t, findings)
	assert.Equal(t, []string{"latch.go", "more.go"}, sub.Names)
	assert.Len(t, sub.Files, 2)
	assert.Equal(t, dir, sub.Dir)
	assert.Equal(t, filepath.Base(dir), sub.ID)
	assert.Len(t, sub.Hash, 64)
}

func TestHashFollowsNamesAndContents(t *testing.T) {
	open := func(files map[string]string) string {
		sub, _, err := submission.Open(folder(t, files), exercise())
		require.NoError(t, err)
		return sub.Hash
	}
	a := open(map[string]string{"latch.go": "package latch\n", "more.go": "package latch\n"})
	assert.Equal(t, a, open(map[string]string{"latch.go": "package latch\n", "more.go": "package latch\n", "notes.md": "ignored"}))
	assert.NotEqual(t, a, open(map[string]string{"latch.go": "package latch\n\n", "more.go": "package latch\n"}))
	assert.NotEqual(t, a, open(map[string]string{"latch.go": "package latch\npackage latch\n", "more.go": ""}))
}

func TestOpenRefuses(t *testing.T) {
	both := func(more string) map[string]string {
		return map[string]string{"latch.go": "package latch\n", "more.go": more}
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"missing":    {map[string]string{"latch.go": "package latch\n"}, "more.go is missing"},
		"undeclared": {map[string]string{"latch.go": "", "more.go": "", "x.go": ""}, "x.go is not part of this exercise: put everything into latch.go and more.go"},
		"too large":  {both(strings.Repeat("x", 128<<10+1)), "at most 131072"},
	} {
		_, findings, err := submission.Open(folder(t, c.files), exercise())
		require.NoError(t, err, name)
		require.Len(t, findings, 1, name)
		assert.Equal(t, grader.CausePolicy, findings[0].Cause, name)
		assert.Contains(t, findings[0].Message, c.want, name)
	}
}

// TestOpenTakesNothingOfWhatIsProvided: the course's own file is used; a
// changed one is pointed out, line ends aside.
func TestOpenTakesNothingOfWhatIsProvided(t *testing.T) {
	ex := exercise()
	ex.Provided = map[string][]byte{"given.go": []byte("package latch\n\nconst A = 1\n")}
	for text, want := range map[string]string{
		"package latch\n\nconst A = 1\n":       "",
		"package latch\r\n\r\nconst A = 1\r\n": "",
		"package latch\n\nconst A = 2\n":       "given.go is given and has been changed",
	} {
		sub, findings, err := submission.Open(folder(t, map[string]string{"latch.go": "package latch\n", "more.go": "package latch\n", "given.go": text}), ex)
		require.NoError(t, err)
		assert.Equal(t, []string{"latch.go", "more.go"}, sub.Names)
		assert.Equal(t, want != "", len(findings) == 1, "%q: %v", text, findings)
		for _, f := range findings {
			assert.Contains(t, f.Message, want)
		}
	}
	_, findings, err := submission.Open(folder(t, map[string]string{"latch.go": "package latch\n", "more.go": "package latch\n"}), ex)
	require.NoError(t, err)
	assert.Empty(t, findings, "it need not be handed in")
}

func TestOpenDoesNotFollowOrBlock(t *testing.T) {
	dir := folder(t, map[string]string{"latch.go": "package latch\n"})
	require.NoError(t, os.Symlink(filepath.Join(dir, "latch.go"), filepath.Join(dir, "more.go")))
	_, findings, err := submission.Open(dir, exercise())
	require.NoError(t, err)
	require.Len(t, findings, 1)
	assert.Contains(t, findings[0].Message, "symbolic link")

	dir = folder(t, map[string]string{"latch.go": "package latch\n"})
	require.NoError(t, os.Mkdir(filepath.Join(dir, "more.go"), 0o755))
	_, findings, err = submission.Open(dir, exercise())
	require.NoError(t, err)
	require.Len(t, findings, 1)
	assert.Contains(t, findings[0].Message, "no ordinary file")
}

func TestOpenErrorsSayWhatToDo(t *testing.T) {
	dir := folder(t, map[string]string{"latch.go": ""})
	for path, want := range map[string]string{
		filepath.Join(dir, "nowhere"):  "there is no folder",
		filepath.Join(dir, "latch.go"): "is a file",
	} {
		_, _, err := submission.Open(path, exercise())
		var input *submission.InputError
		require.ErrorAs(t, err, &input)
		assert.Contains(t, err.Error(), want)
		assert.NotEmpty(t, input.Hint)
	}
}

// check applies the policy to one file.
func check(src string) []grader.Finding {
	return submission.Check(&grader.Submission{Dir: "d", Names: []string{"latch.go"}, Files: map[string][]byte{"latch.go": []byte(src)}}, exercise())
}

func TestCheckAccepts(t *testing.T) {
	for _, src := range []string{
		"package latch\n\nimport (\n\t\"context\"\n\t\"os\"\n\tlocks \"sync\"\n)\n\nvar _ locks.Mutex\n\nfunc f(context.Context) { os.Exit(1) }\n",
		"// Package latch mentions //go:norace in the middle of a comment.\npackage latch\n",
		"package latch\n\nvar s = \"//go:norace\"\n",
		"package latch\n\nimport \"runtime\"\n\nvar n = runtime.GOMAXPROCS(0) + runtime.NumCPU()\n",
		"package latch\n\nimport \"context\"\n\nfunc f(ctx context.Context) bool { return ctx.Err() == context.DeadlineExceeded }\n",
		"package latch\n\ntype r struct{ Goexit func() }\n\nfunc f(runtime r) { runtime.Goexit() }\n",
		"package latch\n\nimport \"sync\"\n\nfunc f() *sync.Mutex { return &sync.Mutex{} }\n",
		"package latch\n\nimport \"math/rand/v2\"\n\nvar n = rand.IntN(3)\n",
		"package latch\n\nimport \"runtime/debug\"\n\nfunc f() []byte { return debug.Stack() }\n",
		"package latch\n\nfunc min(a, b int) int { if a < b { return a }; return b }\n",
		"package latch\n\nimport \"runtime\"\n\nfunc f() { runtime.SetFinalizer(nil, nil) }\n",
		"package latch\n\nvar x = " + strings.Repeat("(", 150) + "1" + strings.Repeat(")", 150) + "\n",
	} {
		assert.Empty(t, check(src), src)
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		src   string
		cause grader.Cause
		line  int
		want  string
	}{
		"syntax":       {"package latch\n\nfunc (\n", grader.CauseBuild, 0, "does not parse"},
		"empty":        {"", grader.CauseBuild, 1, "does not parse"},
		"package":      {"package door\n", grader.CausePolicy, 1, "this exercise is package latch"},
		"import":       {"package latch\n\nimport \"net\"\n", grader.CausePolicy, 3, "package net is not needed here"},
		"unsafe":       {"package latch\n\nimport _ \"unsafe\"\n", grader.CausePolicy, 3, "package unsafe"},
		"cgo":          {"package latch\n\nimport \"C\"\n", grader.CausePolicy, 3, "cgo"},
		"dot":          {"package latch\n\nimport . \"sync\"\n", grader.CausePolicy, 3, `"."`},
		"blank":        {"package latch\n\nimport _ \"sync\"\n", grader.CausePolicy, 3, `"_"`},
		"directive":    {"package latch\n\n//go:norace\nfunc f() {}\n", grader.CausePolicy, 3, "//go:norace"},
		"tag":          {"//go:build !race\n\npackage latch\n", grader.CausePolicy, 1, "//go:build"},
		"old tag":      {"// +build !race\n\npackage latch\n", grader.CausePolicy, 1, "not allowed"},
		"line":         {"package latch\n\n//line evil.go:1\nfunc f() {}\n", grader.CausePolicy, 3, "line directives"},
		"block line":   {"package latch\n\nfunc f() { /*line evil.go:1*/ }\n", grader.CausePolicy, 3, "line directives"},
		"body":         {"package latch\n\nfunc f()\n", grader.CausePolicy, 3, "no body"},
		"prefixes":     {"package latch\n\ntype t " + strings.Repeat("*", 300) + "int\n", grader.CausePolicy, 3, "nested"},
		"slices":       {"package latch\n\nvar x " + strings.Repeat("[]", 200) + "int\n", grader.CausePolicy, 3, "nested"},
		"nesting":      {"package latch\n\nvar x = " + strings.Repeat("(", 201) + strings.Repeat(")", 201), grader.CausePolicy, 3, "nested"},
		"goexit":       {"package latch\n\nimport \"runtime\"\n\nfunc f() { runtime.Goexit() }\n", grader.CausePolicy, 5, "runtime.Goexit is not allowed here"},
		"renamed":      {"package latch\n\nimport r \"runtime\"\n\nvar f = r.Callers\n", grader.CausePolicy, 5, "runtime.Callers"},
		"procs":        {"package latch\n\nimport \"runtime\"\n\nvar n = runtime.GOMAXPROCS(1)\n", grader.CausePolicy, 5, "runtime.GOMAXPROCS"},
		"procs value":  {"package latch\n\nimport \"runtime\"\n\nvar f = runtime.GOMAXPROCS\n", grader.CausePolicy, 5, "runtime.GOMAXPROCS"},
		"utc":          {"package latch\n\nimport \"time\"\n\nfunc f() { p := time.UTC; *p = *p }\n", grader.CausePolicy, 5, "time.UTC"},
		"assign":       {"package latch\n\nimport \"context\"\n\nfunc init() { context.DeadlineExceeded = nil }\n", grader.CausePolicy, 5, "context.DeadlineExceeded must not be changed"},
		"address":      {"package latch\n\nimport \"context\"\n\nvar p = &context.Canceled\n", grader.CausePolicy, 5, "context.Canceled must not be changed"},
		"range into":   {"package latch\n\nimport \"context\"\n\nfunc f(es []error) { for _, context.Canceled = range es {} }\n", grader.CausePolicy, 5, "context.Canceled must not be changed"},
		"deep":         {"package latch\n\nimport \"unicode\"\n\nfunc f() { unicode.Latin.R16[0].Lo++ }\n", grader.CausePolicy, 5, "unicode.Latin"},
		"is":           {"package latch\n\ntype e struct{ error }\n\nfunc (e) Is(error) bool { return true }\n", grader.CausePolicy, 5, "a method called Is"},
		"ours":         {"package latch\n\nvar weftsched = 0\n", grader.CausePolicy, 3, "weftsched is one"},
		"not named":    {"package latch\n\nimport \"runtime/debug\"\n\nfunc f() { debug.SetGCPercent(1) }\n", grader.CausePolicy, 5, "debug.SetGCPercent"},
		"seed":         {"package latch\n\nimport \"math/rand\"\n\nfunc f() { rand.Seed(1) }\n", grader.CausePolicy, 5, "rand.Seed"},
		"predeclared":  {"package latch\n\ntype int64 = int8\n", grader.CausePolicy, 3, "int64 means something else"},
		"true":         {"package latch\n\nconst (\n\tfalse = 1 > 0\n)\n", grader.CausePolicy, 4, "false means something else"},
		"after //line": {"package latch\n//line evil.go:100\nimport \"net\"\n", grader.CausePolicy, 3, "package net"},
	} {
		found := check(c.src)
		require.NotEmpty(t, found, name)
		f := found[0]
		assert.Equal(t, c.cause, f.Cause, name)
		assert.Contains(t, f.Message, c.want, name)
		assert.Equal(t, filepath.Join("d", "latch.go"), f.Pos.File, name)
		if c.line > 0 {
			assert.Equal(t, c.line, f.Pos.Line, name)
		}
	}
}

// FuzzCheck: whatever the bytes, the policy neither panics nor points elsewhere.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"package latch\n", "package latch\nimport \"C\"\n", "//line x:1\npackage latch", "package latch\nfunc f() { " + strings.Repeat("[", 300), "\x00\xff", "package latch\n//go:linkname a b\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, found := range check(string(src)) {
			if found.Message == "" || found.Pos.File != filepath.Join("d", "latch.go") || found.Pos.Line < 1 {
				t.Errorf("%+v", found)
			}
		}
	})
}

// TestVariablesOfAllowedPackagesAreErrors: what else a package shares with
// everybody must be refused by a rule, so a new Go release cannot bring a hole.
func TestVariablesOfAllowedPackagesAreErrors(t *testing.T) {
	from := importer.ForCompiler(token.NewFileSet(), "source", nil)
	failure := types.Universe.Lookup("error").Type()
	for _, p := range submission.Imports {
		pkg, err := from.Import(p)
		require.NoError(t, err)
		name := pkg.Name()
		for _, n := range pkg.Scope().Names() {
			v, ok := pkg.Scope().Lookup(n).(*types.Var)
			if !ok || !v.Exported() || types.AssignableTo(v.Type(), failure) {
				continue
			}
			src := "package latch\n\nimport " + strconv.Quote(p) + "\n\nvar x = " + name + "." + n + "\n"
			assert.NotEmpty(t, check(src), "%s.%s may be used", p, n)
		}
	}
}

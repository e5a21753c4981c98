package workspace

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

func TestWithout(t *testing.T) {
	src := `package p

import (
	"errors"
	web "net/http"
	"strings"
)

var err = errors.New("x")

// Get is gone.
func Get(h web.Handler) string {
	return strings.ToUpper("a")
}

func Stays() error { return err }
`
	out, dropped, err := without([]byte(src), heavy)
	require.NoError(t, err)
	assert.Equal(t, []string{"Get"}, dropped)
	assert.Equal(t, strings.Count(src, "\n"), strings.Count(string(out), "\n"), "lines keep their numbers")
	for _, gone := range []string{"net/http", `"strings"`, "Get("} {
		assert.NotContains(t, string(out), gone)
	}
	assert.Contains(t, string(out), "func Stays() error { return err }\n")
	assert.Contains(t, string(out), `"errors"`)

	_, _, err = without([]byte("package p\n\nimport \"net/http\"\n\nvar client http.Client\n"), heavy)
	assert.ErrorContains(t, err, "line 5: not a function")
	out, dropped, err = without([]byte("package p\n\nimport \"net\"\n\nvar l net.Listener\n"), heavy)
	require.NoError(t, err)
	assert.Empty(t, dropped)
	assert.Contains(t, string(out), "net.Listener", "what imports nothing heavy stays as it is")
}

// asserting is the tiny exercise with a test that uses testify.
func asserting(statement string) *grader.Exercise {
	ex := tiny()
	ex.Hidden = map[string][]byte{"tiny_test.go": []byte(`package tiny_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/90-tiny"
)

var teapot = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })

func TestMain(m *testing.M) { gradetest.Main(m) }

func TestOne(t *testing.T) {
	assert.Equal(t, 1, tiny.F(1))
	` + statement + `
}
`)}
	return ex
}

// TestSlim: tests that need none of testify's assertions on HTTP are linked
// without them, the others with them, and both judge.
func TestSlim(t *testing.T) {
	tools, err := FindToolchain(t.Context())
	require.NoError(t, err)
	slim := tools.slim()
	require.NotNil(t, slim, "this module needs testify too, so it is in the module cache")
	assert.Contains(t, slim.dropped, "HTTPStatusCode")
	assert.NotContains(t, slim.dropped, "Equal")
	for name, text := range slim.files {
		assert.NotContains(t, string(text), `"net/http`, name)
	}
	for _, c := range []struct {
		statement string
		replaced  bool
	}{
		{`assert.NotNil(t, teapot)`, true},
		{`assert.HTTPStatusCode(t, teapot, "GET", "/", nil, http.StatusTeapot)`, false},
	} {
		ex := asserting(c.statement)
		w := benchFor(t, ex, identity, Options{})
		require.NoError(t, w.lay())
		mod, err := os.ReadFile(w.path("mod", "go.mod"))
		require.NoError(t, err)
		assert.Equal(t, c.replaced, strings.Contains(string(mod), "replace"), "%s: %s", c.statement, mod)

		built, err := w.Build(t.Context(), []grader.Flavour{grader.FlavourPlain})
		require.NoError(t, err)
		require.Empty(t, built.Findings, c.statement)
		for src, want := range map[string]grader.TestStatus{identity: grader.TestPassed, strings.Replace(identity, "return n", "return n + 1", 1): grader.TestFailed} {
			w := benchFor(t, ex, src, Options{})
			_, err := w.Build(t.Context(), []grader.Flavour{grader.FlavourPlain})
			require.NoError(t, err)
			out, err := w.Run(t.Context(), grader.Job{Flavour: grader.FlavourPlain, Tests: []string{"TestOne"}})
			require.NoError(t, err)
			assert.Equal(t, map[string]grader.TestStatus{"TestOne": want}, statuses(out), c.statement)
		}
	}
	other := tiny()
	other.Visible = map[string][]byte{"v_test.go": []byte("package tiny_test\n\nimport \"github.com/stretchr/testify/suite\"\n\nvar _ suite.Suite\n")}
	assert.False(t, slim.serves(other), "only assert and require are made slim")
}

// TestSlimOfAnotherTestify: what is not as expected is left as it is.
func TestSlimOfAnotherTestify(t *testing.T) {
	dir := t.TempDir()
	_, err := slimModule(dir)
	assert.ErrorIs(t, err, os.ErrNotExist, "nothing is there")
	files := map[string]string{"go.mod": "module m\n", "LICENSE": "free\n", "assert/a.go": "package assert\n\nimport \"net/http\"\n\ntype H = http.Handler\n"}
	for name, text := range files {
		require.NoError(t, write(filepath.Join(dir, filepath.FromSlash(name)), []byte(text)))
	}
	_, err = slimModule(dir)
	assert.ErrorContains(t, err, "not a function")
	require.NoError(t, write(filepath.Join(dir, "assert", "a.go"), []byte("package assert\n")))
	_, err = slimModule(dir)
	assert.ErrorContains(t, err, "require")
	require.NoError(t, write(filepath.Join(dir, "require", "r.go"), []byte("package require\n\nimport _ \""+testify+"/assert\"\n")))
	s, err := slimModule(dir)
	require.NoError(t, err)
	assert.Equal(t, []string{"LICENSE", "assert/a.go", "go.mod", "require/r.go"}, slices.Sorted(maps.Keys(s.files)))
	tools := &Toolchain{env: map[string]string{"GOMODCACHE": dir}}
	assert.Nil(t, tools.slim(), "no testify of that version: gradings go on with what the go command finds")
}

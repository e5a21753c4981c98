package course

import (
	"strings"
	"testing"
	"testing/fstest"
)

// FuzzDecode feeds anything in as exercise.json: it loads or gives a message
// of one exercise, and never panics.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"", "{}", "[]", "null", `{"schema":"weft/exercise/v1"}`, `{"schema":"weft/exercise/v1"}}`, `{"titel":1}`,
		`{"schema":"weft/exercise/v1","files":["a.go",""],"needs":null,"limits":{"test":"1s","wall":"-1s"},"criteria":[{"id":"a","tests":[{}],"after":["a"]},{}]}`,
		"{\"criteria\":\n[{\"points\":1e99}]}", "{\"\\u0000\":1}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		src := Source{
			Exercises: fstest.MapFS{"05-a/a.go": {Data: []byte("package a\n")}},
			Solutions: fstest.MapFS{"05-a/exercise.json": {Data: raw}, "05-a/a_test.go": {Data: []byte("package a_test\nfunc TestMain() {}\n")}},
		}
		ex, err := LoadExercise(src, "05-a")
		if err != nil {
			if ex != nil || !strings.HasPrefix(err.Error(), "05-a: ") {
				t.Fatalf("exercise %v with error %q", ex, err)
			}
			return
		}
		if ex.MaxPoints() != 100 {
			t.Fatalf("an exercise of %d points was accepted", ex.MaxPoints())
		}
		_ = Hash(ex)
	})
}

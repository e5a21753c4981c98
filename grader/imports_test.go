package grader_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

func listed(t *testing.T) map[string]pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports", grader.ModulePath+"/...").Output()
	require.NoError(t, err)
	all := map[string]pkg{}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p pkg
		require.NoError(t, d.Decode(&p))
		all[p.ImportPath] = p
	}
	return all
}

func ours(path string) (string, bool) { return strings.CutPrefix(path, grader.ModulePath+"/") }

// allowed says which packages of ours each package of ours may import.
// Solutions are the submissions' reference and import nothing of ours.
var allowed = map[string][]string{
	"cmd/grade":                {"cmd/grade/internal/cli"},
	"cmd/grade/internal/cli":   {"grader", "grader/batch", "grader/course", "grader/cpus", "grader/foreign", "grader/report", "grader/sandbox", "grader/stage", "grader/study", "grader/submission", "grader/timeline", "grader/verify", "grader/watch", "grader/workspace", "exercises", "solutions"},
	"grader":                   {},
	"grader/batch":             {"grader", "grader/course", "grader/submission"},
	"grader/course":            {"grader"},
	"grader/cpus":              {},
	"grader/foreign":           {"grader", "grader/explore", "grader/foreign/protocol", "grader/gotest", "grader/sandbox", "grader/gradetest/vsync", "grader/timeline"},
	"grader/foreign/harness":   {"grader/foreign/protocol", "grader/gradetest/sched"},
	"grader/foreign/protocol":  {},
	"grader/gotest":            {"grader"},
	"grader/explore":           {},
	"grader/gradetest":         {"grader/cpus", "grader/gradetest/sched", "grader/gradetest/wire"},
	"grader/gradetest/sched":   {},
	"grader/gradetest/vatomic": {"grader/gradetest/sched"},
	"grader/gradetest/viter":   {"grader/gradetest/sched"},
	"grader/gradetest/vsync":   {"grader/gradetest/sched"},
	"grader/gradetest/wire":    {},
	"grader/report":            {"grader", "grader/timeline"},
	"grader/sandbox":           {"grader/cpus", "grader/sandbox/launch"},
	"grader/sandbox/launch":    {},
	"grader/stage":             {"grader", "grader/submission"},
	"grader/study":             {"grader"},
	"grader/submission":        {"grader"},
	"grader/timeline":          {},
	"grader/verify":            {"grader", "grader/course", "grader/study"},
	"grader/watch":             {},
	"grader/workspace":         {"grader", "grader/explore", "grader/gotest", "grader/sandbox", "grader/gradetest/vsync", "grader/gradetest/wire"},
	"solutions":                {},
	"exercises":                {},
}

func TestWhoImportsWhom(t *testing.T) {
	for path, p := range listed(t) {
		name, mine := ours(path)
		if !mine {
			continue
		}
		may, known := allowed[name]
		if !known && !strings.HasPrefix(name, "solutions/") {
			t.Errorf("%s: not in the table of who imports whom", name)
			continue
		}
		for _, im := range p.Imports {
			if dep, mine := ours(im); mine && !slices.Contains(may, dep) {
				t.Errorf("%s imports %s, which it may not", name, dep)
			}
		}
	}
}

func TestKernelImportsOnlyTheStandardLibrary(t *testing.T) {
	all := listed(t)
	for _, name := range []string{"grader", "grader/cpus", "grader/explore", "grader/gradetest/sched", "grader/gradetest/vatomic", "grader/gradetest/viter", "grader/gradetest/vsync", "grader/gradetest/wire"} {
		for _, im := range all[grader.ModulePath+"/"+name].Imports {
			_, mine := ours(im)
			assert.True(t, mine || all[im].Standard, "%s imports %s", name, im)
		}
	}
}

func TestOnlyTheCommandLineKnowsCobra(t *testing.T) {
	for path, p := range listed(t) {
		if name, mine := ours(path); mine && name != "cmd/grade/internal/cli" {
			assert.NotContains(t, p.Imports, "github.com/spf13/cobra", name)
		}
	}
}

// TestImportDepth counts imports of ours in a row.
func TestImportDepth(t *testing.T) {
	all := listed(t)
	var depth func(path string) int
	depth = func(path string) int {
		most := 0
		for _, im := range all[path].Imports {
			if _, mine := ours(im); mine {
				most = max(most, 1+depth(im))
			}
		}
		return most
	}
	for path := range all {
		if name, mine := ours(path); mine {
			assert.LessOrEqual(t, depth(path), 4, name)
		}
	}
}

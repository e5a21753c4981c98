package foreign

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/explore"
)

//go:embed harness/*.go protocol/*.go
var support embed.FS

// added is the folder, below the module's root, that the overlay makes the go
// command see. It is in the module itself because a package elsewhere would
// need a requirement in go.mod, go.work or vendor/modules.txt.
const added = "weftsched_"

// ours are the packages that are added, as they import one another.
var ours = map[string]string{
	"sched":    grader.ModulePath + "/grader/gradetest/sched",
	"vsync":    grader.ModulePath + "/grader/gradetest/vsync",
	"vatomic":  grader.ModulePath + "/grader/gradetest/vatomic",
	"viter":    grader.ModulePath + "/grader/gradetest/viter",
	"harness":  grader.ModulePath + "/grader/foreign/harness",
	"protocol": grader.ModulePath + "/grader/foreign/protocol",
}

// plan says what to rewrite.
type plan struct {
	leave map[string]bool // import paths that do not compile when rewritten
	// plainAtomic leaves sync/atomic as it is: its types may meet others' code.
	plainAtomic bool
	// bare rewrites no more than the test functions.
	bare bool
}

func (s *session) added(name string) string { return s.pkg.Module.Path + "/" + added + "/" + name }

func (s *session) overlayFile() string { return filepath.Join(s.tmp, "overlay.json") }

// lay writes the rewritten files and the overlay that puts them in place.
func (s *session) lay(p plan) error {
	l := &laying{s: s, plan: p, overlay: map[string]string{}}
	if err := l.runtime(); err != nil {
		return err
	}
	s.report.Rewritten, s.report.Notes = 0, s.report.Notes[:0]
	if err := l.packageFiles(s.pkg, false, s.pkg.GoFiles); err != nil {
		return err
	}
	if err := l.packageFiles(s.pkg, true, slices.Concat(s.pkg.TestGoFiles, s.pkg.XTestGoFiles)); err != nil {
		return err
	}
	for _, d := range s.pkg.others {
		if p.leave[d.ImportPath] {
			l.note("%s: left as it is: it does not compile when rewritten", d.ImportPath)
		} else if err := l.packageFiles(d, false, d.GoFiles); err != nil {
			return err
		}
	}
	if len(l.tests) == 0 {
		return &InputError{Text: s.opts.Dir + " has no test functions", Hint: "exploring runs func TestX(t *testing.T); benchmarks, fuzz tests and examples are not run"}
	}
	raw, err := json.Marshal(map[string]any{"Replace": l.overlay})
	if err != nil {
		return err
	}
	return os.WriteFile(s.overlayFile(), raw, 0o600)
}

// laying is one attempt.
type laying struct {
	s       *session
	plan    plan
	overlay map[string]string
	tests   []string
	n       int
}

func (l *laying) note(format string, args ...any) {
	l.s.report.Notes = append(l.s.report.Notes, fmt.Sprintf(format, args...))
}

// put writes a file and has it stand in for another.
func (l *laying) put(instead string, text []byte) error {
	l.n++
	copied := filepath.Join(l.s.tmp, fmt.Sprintf("%d_%s", l.n, filepath.Base(instead)))
	l.overlay[instead] = copied
	return os.WriteFile(copied, text, 0o600)
}

// runtime adds the packages that rewritten code calls.
func (l *laying) runtime() error {
	for name, importPath := range ours {
		from, dir := fs.FS(grader.TestSupport), path.Join("gradetest", name)
		if strings.Contains(importPath, "/foreign/") {
			from, dir = support, name
		}
		files, err := fs.Glob(from, dir+"/*.go")
		if err != nil {
			return err
		}
		for _, file := range files {
			text, err := fs.ReadFile(from, file)
			if err != nil {
				return err
			}
			base := path.Base(file)
			if strings.HasSuffix(base, "_test.go") || base == "getg.go" {
				continue
			}
			if err := l.put(filepath.Join(l.s.pkg.Module.Dir, added, name, base), l.s.adopt(base, text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// adopt makes a source file of ours one of the module. The assembler cannot
// work in a folder that does not exist, so goroutines are told apart by the
// portable way.
func (s *session) adopt(base string, text []byte) []byte {
	t := string(text)
	for name, importPath := range ours {
		t = strings.ReplaceAll(t, `"`+importPath+`"`, `"`+s.added(name)+`"`)
	}
	if base == "getg_other.go" {
		t = strings.Replace(t, "//go:build !amd64 && !arm64\n", "\n", 1)
	}
	return []byte(t)
}

func (l *laying) packageFiles(p *pkg, tests bool, names []string) error {
	if !tests && len(p.CgoFiles) > 0 {
		l.note("%s: left as they are, because they use cgo: %s", p.ImportPath, strings.Join(p.CgoFiles, ", "))
	}
	for _, name := range names {
		file := filepath.Join(p.Dir, name)
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if tests {
			if text, err = l.hand(file, text); err != nil {
				l.note("%s: left as it is: %v", l.s.show(file), err)
				continue
			}
		}
		out, ok := l.instrument(file, text)
		if !ok && !tests {
			continue
		}
		if err := l.put(file, out); err != nil {
			return err
		}
	}
	return nil
}

func (l *laying) hand(file string, text []byte) ([]byte, error) {
	out, found, err := hand(file, text, l.s.added("harness"))
	l.tests = append(l.tests, found...)
	return out, err
}

// instrument returns the text as it is, and false, where it cannot be rewritten.
func (l *laying) instrument(file string, text []byte) ([]byte, bool) {
	if l.plan.bare {
		return text, false
	}
	paths := explore.Paths{Sched: l.s.added("sched"), Sync: l.s.added("vsync"), Atomic: l.s.added("vatomic"), Iter: l.s.added("viter")}
	if l.plan.plainAtomic {
		paths.Atomic = "sync/atomic"
	}
	out, notes, err := explore.Instrument(file, text, paths)
	if err != nil {
		l.note("%s: left as it is: %v", l.s.show(file), err)
		return text, false
	}
	for _, n := range notes {
		l.note("%s", strings.Replace(n, file, l.s.show(file), 1))
	}
	l.s.report.Rewritten++
	return out, true
}

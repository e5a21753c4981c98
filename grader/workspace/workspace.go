// Package workspace builds and runs a submission in a scratch module: a folder
// of its own, with a go.mod and an environment that are the grader's alone,
// which is gone when the grading is over, whatever happens.
//
// The scratch module bears the course's own import path. The submission lies
// where the reference lies in the course; hidden tests lie in another folder
// and package, so that nothing in the submission can reach into them. Sources
// are deleted before the student's code runs.
package workspace

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/gotest"
	"github.com/weft-course/weft/grader/sandbox"
)

//go:embed scratch/module.txt
var scratchMod []byte

//go:embed scratch/sums.txt
var scratchSum []byte

// Options say how a workspace is made.
type Options struct {
	// TempDir holds the scratch folder; empty means the system's own.
	TempDir string
	// Limits override those of the exercise where they are not zero.
	Limits grader.Limits
	// Build bounds each command of the build; zero fields mean 90 s, 3 GB of
	// resident memory and 1 MB of errors.
	Build grader.Limits
	// Sandbox says how submissions are confined; empty is the same as [sandbox.Auto].
	Sandbox sandbox.Mode
	// CPUs is how many processors the machine really gives.
	CPUs float64
	// Alone is shared by all workspaces of a process: jobs that measure take
	// it for themselves. Nil means a lock of this workspace's own.
	Alone *sync.RWMutex
	// Progress is told what takes long. It may be nil.
	Progress func(string)
}

// Workspace is the scratch module of one grading. It implements [grader.Bench].
type Workspace struct {
	ex    *grader.Exercise
	sub   *grader.Submission
	opts  Options
	tools *Toolchain
	dir   string // the scratch folder
	lock  *flock.Flock
	src   gotest.Source

	mu    sync.Mutex
	built map[grader.Flavour]bool // binaries that are there, or cannot be; "" is vet
	out   grader.BuildOutcome     // of all builds so far
}

var _ grader.Bench = (*Workspace)(nil)

// New makes the scratch folder. Close removes it.
func New(ex *grader.Exercise, sub *grader.Submission, tools *Toolchain, opts Options) (*Workspace, error) {
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	if opts.Alone == nil {
		opts.Alone = new(sync.RWMutex)
	}
	dir, lock, err := scratch(opts.TempDir)
	if err != nil {
		return nil, &ScratchError{Err: err}
	}
	w := &Workspace{ex: ex, sub: sub, tools: tools, opts: opts, dir: dir, lock: lock, built: map[grader.Flavour]bool{}, out: grader.BuildOutcome{Missing: map[grader.Flavour]string{}}}
	w.src = gotest.Source{
		Student: grader.ModulePath + "/solutions/" + ex.Slug + "/",
		Tests:   grader.ModulePath + "/hidden/" + ex.Slug + "/",
		Package: grader.ModulePath + "/solutions/" + ex.Slug,
		Display: func(base string) string { return filepath.Join(sub.Dir, base) },
	}
	return w, nil // nothing is written before the policy has looked at it: see Build
}

// ScratchError says that the scratch folder cannot be written.
type ScratchError struct{ Err error }

func (e *ScratchError) Error() string {
	return "workspace: cannot write the scratch folder: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *ScratchError) Unwrap() error { return e.Err }

// Close removes the scratch folder.
func (w *Workspace) Close() error {
	if runtime.GOOS == "windows" { // no open file can be removed there
		w.lock.Unlock()
	}
	if err := errors.Join(remove(w.dir), w.lock.Unlock()); err != nil {
		return fmt.Errorf("workspace: %w", err)
	}
	return nil
}

func (w *Workspace) path(elem ...string) string {
	return filepath.Join(append([]string{w.dir}, elem...)...)
}

// lay writes the scratch module.
func (w *Workspace) lay() error {
	files := map[string][]byte{"go.mod": scratchMod, "go.sum": scratchSum}
	if err := addSupport(files); err != nil {
		return err
	}
	if slim := w.tools.slim(); slim != nil && slim.serves(w.ex) {
		files["go.mod"] = append(slices.Clone(scratchMod), "\nreplace "+testify+" => ./testify\n"...)
		for name, text := range slim.files {
			files["testify/"+name] = text
		}
	}
	for name, text := range w.sources() {
		files["solutions/"+w.ex.Slug+"/"+name] = text
	}
	files["solutions/"+w.ex.Slug+"/"+guardFile] = guard(w.ex.Package)
	tests, err := harnessed(w.ex)
	if err != nil {
		return err
	}
	for name, text := range tests {
		files["hidden/"+w.ex.Slug+"/"+name] = text
	}
	for name, text := range files {
		if err := write(w.path("mod", filepath.FromSlash(name)), text); err != nil {
			return err
		}
	}
	for _, d := range []string{"bin", "tmp", "run"} {
		if err := os.MkdirAll(w.path(d), 0o700); err != nil {
			return err
		}
	}
	return errors.Join(w.layVirtual(), w.layExplore(tests))
}

// sources are the files of the package under test: the student's, and those
// that the exercise provides.
func (w *Workspace) sources() map[string][]byte {
	all := maps.Clone(w.sub.Files)
	maps.Copy(all, w.ex.Provided)
	return all
}

// addSupport adds the packages that hidden tests import.
func addSupport(files map[string][]byte) error {
	return fs.WalkDir(grader.TestSupport, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(p, "_test.go") {
			return err
		}
		text, err := grader.TestSupport.ReadFile(p)
		files["grader/"+p] = text
		return err
	})
}

func write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o600)
}

// Build implements [grader.Bench]. What has been built is not built again, and
// its outcome is part of every later one.
func (w *Workspace) Build(ctx context.Context, flavours []grader.Flavour) (grader.BuildOutcome, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var missing []grader.Flavour
	for _, f := range binaries(flavours) {
		if !w.built[f] {
			missing = append(missing, f)
		}
	}
	if w.built[""] && len(missing) == 0 {
		return w.out, nil
	}
	if _, err := os.Stat(w.path("mod")); err != nil { // the last build has deleted the sources
		if err := w.lay(); err != nil {
			return grader.BuildOutcome{}, &ScratchError{Err: err}
		}
	}
	out, err := w.build(ctx, missing)
	if err != nil {
		return out, err
	}
	for _, f := range append(missing, "") {
		w.built[f] = true
	}
	maps.Copy(w.out.Missing, out.Missing)
	w.out.Findings = append(w.out.Findings, out.Findings...)
	w.out.Warnings = append(w.out.Warnings, out.Warnings...)
	return w.out, nil
}

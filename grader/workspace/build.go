package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/gotest"
	"github.com/weft-course/weft/grader/sandbox"
)

const (
	buildWall   = 90 * time.Second
	libraryWall = 15 * time.Minute
	// cachedLibraries is within what time they are compiled when they have been before.
	cachedLibraries = 2 * time.Second
	buildMemory     = 2 << 30
	buildOutput     = 1 << 20
)

// noDebug leaves out what a debugger needs from the start, and not only from
// the binary: a quarter of the linker's work.
const noDebug = "-gcflags=all=-dwarf=false"

// step is one go command of a build.
type step struct {
	flavour grader.Flavour // empty for vet
	args    []string
	noRace  bool          // an explore binary for a machine that has no race detector
	wall    time.Duration // if it differs from that of all builds
	result  sandbox.Result
	err     error
}

// build makes all binaries and vets, side by side, and deletes the sources.
func (w *Workspace) build(ctx context.Context, flavours []grader.Flavour) (grader.BuildOutcome, error) {
	w.opts.Alone.RLock()
	defer w.opts.Alone.RUnlock()
	defer os.RemoveAll(w.path("mod"))
	defer os.RemoveAll(w.path("virtual"))
	steps := w.steps(flavours)
	if !w.built[""] {
		steps = append(steps, step{args: []string{"vet", "-json", "./solutions/" + w.ex.Slug}})
	}
	w.runSteps(ctx, steps)
	if needsModules(steps) {
		w.opts.Progress("fetching testify and goleak, once")
		if err := w.tools.download(ctx, w.path("mod"), w.path("tmp")); err != nil {
			return grader.BuildOutcome{}, err
		}
		w.runSteps(ctx, steps)
	}
	if tooSlow(steps) {
		w.opts.Progress("compiling the standard library and testify, once")
		start := time.Now()
		if err := w.compileLibraries(ctx, flavours); err != nil {
			return grader.BuildOutcome{}, err
		}
		if time.Since(start) > cachedLibraries {
			w.runSteps(ctx, steps)
		}
	}
	out := grader.BuildOutcome{Missing: map[grader.Flavour]string{}}
	for i := range steps {
		if err := w.conclude(&steps[i], &out); err != nil {
			return out, err
		}
	}
	if out.Missing[grader.FlavourRace] != "" || out.Missing[grader.FlavourExplore] == noRaceReason(w.tools, "") {
		if err := w.buildWithoutRace(ctx, flavours, &out); err != nil {
			return out, err
		}
	}
	if len(out.Findings) > 0 {
		out.Warnings = nil // vet repeats what the compiler says
	}
	return out, nil
}

// tooSlow reports whether a command was stopped for the time it took.
func tooSlow(steps []step) bool {
	return slices.ContainsFunc(steps, func(s step) bool { return s.result.Reason == sandbox.ReasonTime })
}

// compileLibraries fills the build cache with all that hidden tests import and
// the student has not written. With an empty cache, on a busy machine, that
// takes longer than a submission may.
func (w *Workspace) compileLibraries(ctx context.Context, flavours []grader.Flavour) error {
	steps := w.steps(flavours)
	for i := range steps {
		steps[i].args = []string{"build", "-trimpath", noDebug}
		if !withoutRace(&steps[i]) {
			steps[i].args = append(steps[i].args, "-race")
		}
		steps[i].args = append(steps[i].args, "./grader/gradetest/...", "github.com/stretchr/testify/require", "go.uber.org/goleak")
		steps[i].wall = libraryWall
		w.runStep(ctx, &steps[i])
		switch r := steps[i].result; {
		case steps[i].err != nil:
			return steps[i].err
		case r.Reason != "":
			return fmt.Errorf("workspace: the standard library and testify could not be compiled within %v", libraryWall)
		}
	}
	return nil
}

// buildWithoutRace makes what can be judged without the race detector too:
// behaviour, and schedules.
func (w *Workspace) buildWithoutRace(ctx context.Context, flavours []grader.Flavour, out *grader.BuildOutcome) error {
	var again []step
	if !slices.Contains(binaries(flavours), grader.FlavourPlain) {
		again = append(again, w.steps([]grader.Flavour{grader.FlavourPlain})[0])
	}
	if slices.Contains(flavours, grader.FlavourExplore) {
		s := w.steps([]grader.Flavour{grader.FlavourExplore})[0]
		s.args = slices.DeleteFunc(s.args, func(a string) bool { return a == "-race" })
		s.noRace = true
		delete(out.Missing, grader.FlavourExplore)
		again = append(again, s)
	}
	w.runSteps(ctx, again)
	for i := range again {
		if err := w.conclude(&again[i], out); err != nil {
			return err
		}
	}
	return nil
}

func (w *Workspace) steps(flavours []grader.Flavour) []step {
	var steps []step
	for _, f := range binaries(flavours) {
		args := []string{"test", "-c", "-vet=off", "-trimpath", noDebug, "-ldflags=-s -w", "-o", w.binary(f)}
		switch f {
		case grader.FlavourRace:
			args = append(args, "-race")
		case grader.FlavourExplore:
			args = append(args, "-race", "-overlay", w.path("explore.json"))
		default:
			args = append(args, "-overlay", w.path("overlay.json"))
		}
		steps = append(steps, step{flavour: f, args: append(args, "./hidden/"+w.ex.Slug)})
	}
	return steps
}

// binaries drops flavours that another one's binary serves: without the race
// detector there is one, which is told at its start what its locks shall be.
func binaries(flavours []grader.Flavour) []grader.Flavour {
	var list []grader.Flavour
	for _, f := range flavours {
		if f == grader.FlavourVirtual {
			f = grader.FlavourPlain
		}
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}

func (w *Workspace) binary(f grader.Flavour) string {
	return w.path("bin", string(binaries([]grader.Flavour{f})[0])+".test")
}

func (w *Workspace) runSteps(ctx context.Context, steps []step) {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	for i := range steps {
		all.Go(func() {
			w.runStep(inner, &steps[i])
			if steps[i].err == nil && steps[i].result.Reason != "" {
				stop(errHeavy{steps[i].result.Reason}) // the others would take as much
			}
		})
	}
	all.Wait()
	for i := range steps {
		var heavy errHeavy
		if errors.As(steps[i].err, &heavy) {
			steps[i].err, steps[i].result.Reason = nil, heavy.reason
		}
	}
}

// errHeavy ends a command because another one on the same code took too much.
type errHeavy struct{ reason string }

func (errHeavy) Error() string { return "another command took too much" }

// toolProfile says how the go command is confined.
func (w *Workspace) toolProfile() sandbox.Profile {
	if w.opts.Sandbox == sandbox.Off {
		return ""
	}
	return sandbox.Tool
}

// runStep runs one command. Only the race detector needs cgo; without it
// binaries link faster, and no C compiler is needed.
func (w *Workspace) runStep(ctx context.Context, s *step) {
	env := w.tools.buildEnv(w.path("tmp"))
	if withoutRace(s) {
		env = append(env, "CGO_ENABLED=0")
	}
	bounds := w.buildBounds()
	s.result, s.err = sandbox.Run(ctx, sandbox.Process{
		Path: w.tools.Go, Args: s.args, Dir: w.path("mod"), Env: env,
		Wall: cmp.Or(s.wall, bounds.Wall), Memory: bounds.Memory, Output: bounds.Output, Profile: w.toolProfile(),
	})
}

func withoutRace(s *step) bool {
	return s.noRace || s.flavour != grader.FlavourRace && s.flavour != grader.FlavourExplore
}

func (w *Workspace) buildBounds() grader.Limits {
	b := w.opts.Build
	return grader.Limits{Wall: cmp.Or(b.Wall, buildWall), Memory: cmp.Or(b.Memory, buildMemory), Output: cmp.Or(b.Output, buildOutput)}
}

var moduleMissing = regexp.MustCompile(`module lookup disabled by GOPROXY=off|missing go\.sum entry|no required module provides package|import lookup disabled by -mod=readonly`)

func needsModules(steps []step) bool {
	for _, s := range steps {
		if s.err == nil && s.result.Code != 0 && moduleMissing.MatchString(s.result.Output) {
			return true
		}
	}
	return false
}

var noRace = regexp.MustCompile(`-race requires cgo|-race is not supported on|C compiler "[^"]*" not found|-race is only supported on`)

// tooLarge is what compiler and linker say of code that asks for more than there can be.
var tooLarge = regexp.MustCompile(`too large|too much data|too big|file size limit exceeded|file too large|relocation target .* not defined|signal: killed|out of memory|cannot allocate memory`)

// conclude reads what one command said.
func (w *Workspace) conclude(s *step, out *grader.BuildOutcome) error {
	r := s.result
	switch {
	case s.err != nil:
		return s.err
	case s.flavour == "":
		out.Warnings = gotest.Vet(r.Output, w.src)
		return nil
	case r.Reason != "":
		if len(out.Findings) == 0 {
			out.Findings = append(out.Findings, tooHeavy(r.Reason, w.buildBounds()))
		}
		return nil
	case r.Code == 0 || len(out.Findings) > 0: // every flavour says the same
		return nil
	case s.flavour == grader.FlavourExplore && !noRace.MatchString(r.Output):
		// that the rewritten code does not build is our fault, not the student's
		out.Missing[s.flavour] = "the code could not be rewritten so that its schedules can be explored: " + firstLine(r.Output)
		return nil
	case (s.flavour == grader.FlavourRace || s.flavour == grader.FlavourExplore) && noRace.MatchString(r.Output):
		out.Missing[s.flavour] = noRaceReason(w.tools, r.Output)
		return nil
	case strings.Contains(r.Output, "no space left on device"):
		return &ScratchError{Err: fmt.Errorf("no space left on device")}
	}
	// errors in the copies with another import of sync stand at the same lines as in the originals
	output := strings.ReplaceAll(filepath.ToSlash(r.Output), "../virtual/", "solutions/"+w.ex.Slug+"/")
	if out.Findings = gotest.Build(output, w.src); len(out.Findings) == 0 && tooLarge.MatchString(output) {
		out.Findings = []grader.Finding{{Cause: grader.CauseBuild, Message: "the program is too large to be linked", Help: "look for enormous arrays and constants"}}
	}
	if len(out.Findings) == 0 {
		return fmt.Errorf("workspace: go %s failed: %s", s.args[0], strings.TrimSpace(r.Output))
	}
	return nil
}

// firstLine is the first line of a compiler's output that names a place.
func firstLine(output string) string {
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return "no reason given"
}

func noRaceReason(t *Toolchain, output string) string {
	if strings.Contains(output, "not supported") || strings.Contains(output, "only supported") {
		return fmt.Sprintf("the race detector does not exist for %s/%s", t.Env("GOOS"), t.Env("GOARCH"))
	}
	return "the race detector needs a C compiler and CGO_ENABLED=1; grade doctor says how to get one"
}

func tooHeavy(reason string, b grader.Limits) grader.Finding {
	what := map[string]string{
		sandbox.ReasonTime:   fmt.Sprintf("the code did not compile within %v", b.Wall),
		sandbox.ReasonMemory: fmt.Sprintf("the compiler needed more than %d MB for the code", b.Memory>>20),
		sandbox.ReasonOutput: fmt.Sprintf("the compiler printed more than %d KB of errors", b.Output>>10),
	}[reason]
	return grader.Finding{Cause: grader.CauseBuild, Message: what, Help: "look for enormous constants, arrays, or types that contain one another"}
}

package foreign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

func (s *session) binary() string { return filepath.Join(s.tmp, "explore.test.exe") }

// attempts bounds how often a build is tried again with less rewritten.
const attempts = 8

var noRace = regexp.MustCompile(`-race requires cgo|-race is not supported on|C compiler "[^"]*" not found|-race is only supported on`)

// build makes the binary. What does not compile when rewritten is left as it
// is, step by step: other packages first, then sync/atomic, then everything.
func (s *session) build(ctx context.Context) error {
	p := plan{leave: map[string]bool{}}
	var said string
	for range attempts {
		if err := s.lay(p); err != nil {
			return err
		}
		s.opts.Progress("building")
		var err error
		if said, err = s.compile(ctx, true); err != nil || said == "" {
			s.degraded(p)
			return err
		}
		if s.report.Race && noRace.MatchString(said) {
			s.report.Race = false
			s.opts.Progress("building without the race detector")
			continue
		}
		if strings.Contains(said, "GOMODCACHE") {
			return &InputError{Text: s.opts.Dir + " lies in the module cache, whose files the go command does not let anybody replace", Hint: "copy the module somewhere else, with cp -r and chmod -R u+w"}
		}
		if original, err := s.compile(ctx, false); err != nil {
			return err
		} else if original != "" {
			return &BuildError{Output: original}
		}
		if !s.less(&p, said) {
			break
		}
	}
	return fmt.Errorf("foreign: the package builds, but not when its tests are handed to the harness: %s", said)
}

// degraded says what a build that succeeded does without.
func (s *session) degraded(p plan) {
	add := func(text string) { s.report.Notes = append(s.report.Notes, text) }
	if s.opts.Race && !s.report.Race {
		add("without the race detector: it needs cgo, a C compiler and a platform that has one; grade doctor says more")
	}
	if p.plainAtomic {
		add("no yields around atomic operations: the package does not compile with them")
	}
	if p.bare {
		add("NOTHING was rewritten, because the package does not compile when it is: each test ran in a bubble, but no schedules were explored")
	}
}

// less takes back part of the rewriting and reports whether there was any left.
func (s *session) less(p *plan, said string) bool {
	found := false
	for _, d := range s.pkg.others {
		if !p.leave[d.ImportPath] && regexp.MustCompile(`(?m)^# `+regexp.QuoteMeta(d.ImportPath)+`( |$)`).MatchString(said) {
			p.leave[d.ImportPath], found = true, true
		}
	}
	switch {
	case found:
	case !p.plainAtomic:
		p.plainAtomic = true
	case !p.bare:
		p.bare = true
		s.opts.Seeds = 1
	default:
		return false
	}
	return true
}

// compile returns what the go command said, nothing if it succeeded.
func (s *session) compile(ctx context.Context, rewritten bool) (string, error) {
	args := []string{"test", "-c", "-vet=off"}
	if s.report.Race {
		args = append(args, "-race")
	}
	if s.opts.Tags != "" {
		args = append(args, "-tags="+s.opts.Tags)
	}
	if rewritten {
		args = append(args, "-overlay", s.overlayFile(), "-o", s.binary())
		args = append(args, s.language()...)
	} else {
		args = append(args, "-o", os.DevNull)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, ".")...)
	cmd.Dir = s.opts.Dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err == nil:
		return "", nil
	case !errors.As(err, &exit):
		return "", fmt.Errorf("foreign: %w", err)
	}
	return strings.TrimSpace(out.String()) + "\n", nil
}

// language lifts the language of a module older than generics, which rewritten
// code calls. Loops keep the meaning they have: that changed with 1.22.
func (s *session) language() []string {
	m := s.pkg.Module
	var flags []string
	if before(m.GoVersion, 1, 21) {
		flags = append(flags, "-gcflags="+m.Path+"/...=-lang=go1.21")
	}
	if before(m.GoVersion, 1, 25) {
		flags = append(flags, "-gcflags="+m.Path+"/"+added+"/...=-lang=go1.25")
	}
	return flags
}

func before(version string, major, minor int) bool {
	var a, b int
	if n, _ := fmt.Sscanf(version, "%d.%d", &a, &b); n < 2 {
		return true
	}
	return a < major || a == major && b < minor
}

package foreign

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// module is what the go command says of a module.
type module struct {
	Path      string
	Dir       string
	GoVersion string
	Main      bool
}

// pkg is what the go command says of a package. It has chosen the files by
// build tags and platform.
type pkg struct {
	Dir, ImportPath, Name, ForTest string
	Standard                       bool
	Module                         *module
	GoFiles, CgoFiles              []string
	TestGoFiles, XTestGoFiles      []string

	others []*pkg // of the same module, that it or its tests import
}

// list asks the go command about the package in the folder.
func list(ctx context.Context, o Options) (*pkg, error) {
	if info, err := os.Stat(o.Dir); err != nil || !info.IsDir() {
		return nil, &InputError{Text: o.Dir + ": no such folder", Hint: "give the folder of a Go package: grade explore ./internal/cache"}
	}
	found, err := goList(ctx, o, ".")
	if err != nil {
		return nil, err
	}
	p := found[0]
	if err := p.usable(o.Dir); err != nil {
		return nil, err
	}
	deps, err := goList(ctx, o, "-deps", "-test", ".")
	if err != nil {
		return nil, err
	}
	for _, d := range deps {
		if d.Module != nil && d.Module.Path == p.Module.Path && d.ForTest == "" && d.ImportPath != p.ImportPath && !strings.HasSuffix(d.ImportPath, ".test") {
			p.others = append(p.others, d)
		}
	}
	return p, nil
}

func (p *pkg) usable(dir string) error {
	switch {
	case p.Standard:
		return &InputError{Text: dir + " is a package of the standard library", Hint: "copy it into a module of its own to explore it"}
	case p.Module == nil || p.Module.Dir == "":
		return &InputError{Text: dir + " is in no module", Hint: "run go mod init there first"}
	case len(p.TestGoFiles)+len(p.XTestGoFiles) == 0:
		return &InputError{Text: dir + " has no tests", Hint: "exploring runs a package's own tests; write one that starts the goroutines in question"}
	}
	return nil
}

func goList(ctx context.Context, o Options, args ...string) ([]*pkg, error) {
	full := []string{"list", "-json=Dir,ImportPath,Name,ForTest,Standard,Module,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles"}
	if o.Tags != "" {
		full = append(full, "-tags="+o.Tags)
	}
	cmd := exec.CommandContext(ctx, "go", append(full, args...)...)
	cmd.Dir = o.Dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	raw, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("foreign: %w", err)
	case err != nil:
		return nil, listError(o.Dir, errs.String())
	}
	var all []*pkg
	for d := json.NewDecoder(bytes.NewReader(raw)); ; {
		p := &pkg{}
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("foreign: go list: %w", err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, &InputError{Text: o.Dir + " holds no Go package"}
	}
	return all, nil
}

// listError words what go list failed of.
func listError(dir, said string) error {
	said = strings.TrimSpace(strings.ReplaceAll(said, "\n\t", " "))
	has := func(text string) bool { return strings.Contains(said, text) }
	switch {
	case has("no Go files in"):
		return &InputError{Text: dir + " holds no Go files", Hint: "give the folder of a package, not of a module with packages below"}
	case has("build constraints exclude all Go files"):
		return &InputError{Text: said, Hint: "choose files with --tags, or with GOOS and GOARCH in the environment"}
	case has("go.mod file not found"), has("cannot find main module"), has("outside main module"):
		return &InputError{Text: dir + " is in no module: " + said, Hint: "run go mod init there first"}
	}
	return &BuildError{Output: said}
}

package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/weft-course/weft/grader/sandbox"
)

// CheckModules looks whether the module cache holds what hidden tests import,
// and fetches it when fetch is set.
func CheckModules(ctx context.Context, tools *Toolchain, fetch bool) (err error) {
	dir, err := os.MkdirTemp("", "weft-modules-")
	if err != nil {
		return &ScratchError{Err: err}
	}
	defer func() { err = errors.Join(err, remove(dir)) }()
	for name, text := range map[string][]byte{"mod/go.mod": scratchMod, "mod/go.sum": scratchSum, "mod/need.go": []byte(needs)} {
		if err := write(filepath.Join(dir, filepath.FromSlash(name)), text); err != nil {
			return &ScratchError{Err: err}
		}
	}
	if fetch {
		return tools.download(ctx, filepath.Join(dir, "mod"), dir)
	}
	r, err := sandbox.Run(ctx, sandbox.Process{
		Path: tools.Go, Args: []string{"list", "-deps", "."}, Dir: filepath.Join(dir, "mod"), Env: tools.buildEnv(dir), Wall: buildWall, Output: buildOutput,
	})
	if err != nil {
		return err
	}
	if r.Code != 0 {
		first, _, _ := strings.Cut(strings.TrimSpace(r.Output), "\n")
		return fmt.Errorf("the libraries that tests use are missing: %s", first)
	}
	return nil
}

const needs = `package need

import (
	_ "github.com/stretchr/testify/assert"
	_ "github.com/stretchr/testify/require"
	_ "go.uber.org/goleak"
)
`

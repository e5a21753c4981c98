package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// OldestGo is the oldest Go release that works.
const OldestGo = "go1.25"

// Toolchain is the Go installation that builds submissions.
type Toolchain struct {
	Go  string // path of the go command
	env map[string]string

	slimming    sync.Mutex
	slimTestify *slimmed // see slim
}

// ToolchainError says that Go cannot be used. Hint says what to do.
type ToolchainError struct {
	Msg, Hint string
	Err       error
}

func (e *ToolchainError) Error() string {
	if e.Err != nil {
		return e.Msg + ": " + e.Err.Error()
	}
	return e.Msg
}

// Unwrap returns the cause.
func (e *ToolchainError) Unwrap() error { return e.Err }

// FindToolchain looks for the go command on PATH and asks it how it is set up.
func FindToolchain(ctx context.Context) (*Toolchain, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, &ToolchainError{
			Msg:  "the go command is not on your PATH",
			Hint: "install Go " + strings.TrimPrefix(OldestGo, "go") + " or newer from https://go.dev/dl, open a new terminal, and check with: go version",
		}
	}
	cmd := exec.CommandContext(ctx, path, "env", "-json", "GOROOT", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOVERSION", "CGO_ENABLED", "CC", "GOOS", "GOARCH")
	cmd.Dir = os.TempDir() // away from any go.mod or go.work
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off")
	raw, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, &ToolchainError{Msg: "the go command does not work", Hint: "run: go env", Err: err}
	}
	t := &Toolchain{Go: path, env: map[string]string{}}
	if err := json.Unmarshal(raw, &t.env); err != nil {
		return nil, &ToolchainError{Msg: "go env gave no JSON", Hint: "run: go env -json", Err: err}
	}
	if v := t.Version(); version.IsValid(v) && version.Compare(v, OldestGo) < 0 {
		return nil, &ToolchainError{Msg: fmt.Sprintf("%s is too old; Weft needs %s or newer", v, OldestGo), Hint: "install a newer Go from https://go.dev/dl"}
	}
	return t, nil
}

// Version returns the release, as "go1.26.1".
func (t *Toolchain) Version() string { return strings.Fields(t.env["GOVERSION"] + " ")[0] }

// Env returns a setting of go env.
func (t *Toolchain) Env(name string) string { return t.env[name] }

// passed are the variables of our own environment that a build may see:
// without them compilers and linkers are not found on some systems.
var passed = []string{"PATH", "SYSTEMROOT", "SystemRoot", "SystemDrive", "ProgramFiles", "ProgramData", "LIBRARY_PATH", "CPATH", "SDKROOT", "DEVELOPER_DIR"}

// buildEnv is the environment of a build, made from nothing: no GOFLAGS, no
// workspace, no other toolchain, no network.
func (t *Toolchain) buildEnv(tmp string) []string {
	// There is no HOME: in a new one, every go command would start another one in
	// the background, for telemetry, which goes on writing there.
	env := []string{
		"USERPROFILE=" + tmp, "LOCALAPPDATA=" + tmp, "TMPDIR=" + tmp, "TEMP=" + tmp, "TMP=" + tmp, "GOTMPDIR=" + tmp, "LANG=C.UTF-8",
		"GOENV=off", "GOWORK=off", "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOFLAGS=-mod=readonly",
		"GOGC=400", // compiler and linker live for half a second: 15 % faster
	}
	for _, k := range []string{"GOROOT", "GOCACHE", "GOMODCACHE", "CGO_ENABLED", "CC"} {
		env = append(env, k+"="+t.env[k])
	}
	for _, k := range passed {
		if v := os.Getenv(k); v != "" {
			env = append(env, k+"="+v)
		}
	}
	return env
}

// download fetches the libraries that hidden tests use, once for a machine,
// with the user's own proxy. Nothing of the submission takes part in it.
func (t *Toolchain) download(ctx context.Context, dir, tmp string) error {
	cmd := exec.CommandContext(ctx, t.Go, "mod", "download")
	cmd.Dir = dir
	cmd.Env = append(t.buildEnv(tmp), "GOPROXY="+t.env["GOPROXY"], "GOSUMDB="+t.env["GOSUMDB"], "GONOSUMDB="+t.env["GONOSUMDB"])
	if out, err := cmd.CombinedOutput(); err != nil {
		return &ToolchainError{
			Msg:  "the libraries that the tests use (testify, goleak) are not in the module cache and cannot be fetched",
			Hint: "connect to the network once and run: grade doctor --fetch",
			Err:  fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out))),
		}
	}
	return nil
}

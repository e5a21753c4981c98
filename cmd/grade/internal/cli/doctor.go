package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader/cpus"
	"github.com/weft-course/weft/grader/sandbox"
	"github.com/weft-course/weft/grader/watch"
	"github.com/weft-course/weft/grader/workspace"
)

func doctorCommand(s streams) *cobra.Command {
	var fetch bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine can and cannot judge, and how to mend it",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return doctor(cmd.Context(), s.out, fetch) },
	}
	cmd.Flags().BoolVar(&fetch, "fetch", false, "fetch the libraries that tests use into the module cache")
	return cmd
}

// finding of the doctor: what was looked at, whether it is well, and the fix.
type symptom struct {
	ok   bool
	text string
	fix  string
}

// doctor looks at everything a grading needs. It fails when grading is not possible at all.
func doctor(ctx context.Context, w io.Writer, fetch bool) error {
	tools, err := workspace.FindToolchain(ctx)
	if err != nil {
		var te *workspace.ToolchainError
		errors.As(err, &te)
		show(w, symptom{text: te.Error(), fix: te.Hint})
		return exitError{ExitBroken}
	}
	list := []symptom{{ok: true, text: fmt.Sprintf("Go: %s at %s", tools.Version(), tools.Go)}, compiler(tools), processors(), scratch()}
	modules := symptom{ok: true, text: "module cache: has the libraries that tests use"}
	if err := workspace.CheckModules(ctx, tools, fetch); err != nil {
		modules = symptom{text: "module cache: " + err.Error(), fix: "connect to the network once and run: grade doctor --fetch"}
	}
	list = append(append(list, modules, fileEvents()), confinement()...)
	for _, x := range list {
		show(w, x)
	}
	if !modules.ok || !list[3].ok {
		return exitError{ExitBroken}
	}
	return nil
}

func show(w io.Writer, s symptom) {
	mark := "✓"
	if !s.ok {
		mark = "!"
	}
	fmt.Fprintf(w, "%s %s\n", mark, s.text)
	if !s.ok && s.fix != "" {
		fmt.Fprintf(w, "    → %s\n", s.fix)
	}
}

// compiler says whether the race detector can be had.
func compiler(t *workspace.Toolchain) symptom {
	cc := t.Env("CC")
	_, err := exec.LookPath(cc)
	switch {
	case runtime.GOOS == "darwin":
		return symptom{ok: true, text: "race detector: available"}
	case t.Env("CGO_ENABLED") == "0":
		return symptom{text: "race detector: not available, because CGO_ENABLED is 0 or there is no C compiler; the race criterion is then not run", fix: "install a C compiler (Debian, Ubuntu: sudo apt install gcc; Fedora: sudo dnf install gcc) and unset CGO_ENABLED"}
	case err != nil:
		return symptom{text: fmt.Sprintf("race detector: not available, because the C compiler %q is not found", cc), fix: "install it, or name another one in CC"}
	}
	return symptom{ok: true, text: "race detector: available, with the C compiler " + cc}
}

func processors() symptom {
	n := cpus.Effective()
	text := fmt.Sprintf("processors: %.3g of %d", n, runtime.NumCPU())
	if n < 1.5 {
		return symptom{text: text + "; speed-up cannot be measured with less than two, and costs nothing then", fix: "raise the container's CPU limit, or run on another machine"}
	}
	return symptom{ok: true, text: text}
}

func scratch() symptom {
	dir, err := os.MkdirTemp("", "weft-doctor-")
	if err == nil {
		err = errors.Join(os.WriteFile(filepath.Join(dir, "probe"), make([]byte, 1<<20), 0o600), os.RemoveAll(dir))
	}
	if err != nil {
		return symptom{text: "scratch folder: " + err.Error(), fix: "free some space, or name another folder in TMPDIR"}
	}
	return symptom{ok: true, text: "scratch folder: " + os.TempDir() + " can be written"}
}

// fileEvents says whether grade watch is told of saved files.
func fileEvents() symptom {
	dir, err := os.MkdirTemp("", "weft-doctor-")
	if err == nil {
		err = errors.Join(watch.Check(dir), os.RemoveAll(dir))
	}
	if err != nil {
		return symptom{
			text: "file watching: " + err.Error() + "; grade watch looks at the files four times a second instead",
			fix:  "nothing needs to be done; on Linux, more may be allowed: sudo sysctl fs.inotify.max_user_instances=512",
		}
	}
	return symptom{ok: true, text: "file watching: saved files are told of at once"}
}

// confinement says what holds a submission back, a line for each layer.
func confinement() (list []symptom) {
	for _, l := range sandbox.Layers() {
		x := symptom{ok: l.Missing == "", text: "confinement: " + l.Name + ": " + l.Does}
		if !x.ok {
			x.text = "confinement: no " + l.Name + " (" + l.Does + "): " + l.Missing
		}
		if !x.ok && strings.HasSuffix(l.Name, "namespace") {
			x.fix = "Ubuntu: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; in a container, allow it user namespaces; the other layers work without"
		}
		list = append(list, x)
	}
	return list
}

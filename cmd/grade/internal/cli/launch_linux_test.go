package cli

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/sandbox/launch"
)

// TestLauncherIsFirst: a grading starts this executable a dozen times as the
// launcher of other programs. If what draws and colours were initialised before,
// that would take ten times as long.
func TestLauncherIsFirst(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Args = []string{launch.Name, launch.TryNamespaces}
	cmd.Env = []string{"GODEBUG=inittrace=1"}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "init runtime", "the trace of initialisations is there")
	for _, late := range []string{"chroma", "bluemonday", "goldmark", "weft/grader/sandbox @"} {
		assert.NotContains(t, string(out), late)
	}
}

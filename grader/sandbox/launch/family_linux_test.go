package launch

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestChildren: with the kernel's lists and without, the same processes are found.
func TestChildren(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "cat & echo; cat; wait")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 1)) // now the one in the background has been started
	require.NoError(t, err)
	child := cmd.Process.Pid

	assert.Contains(t, searchChildren(os.Getpid()), child)
	assert.Contains(t, children(os.Getpid()), child)
	assert.NotEmpty(t, searchChildren(child), "the one in the background")
	assert.NotContains(t, searchChildren(child), child)
	assert.Subset(t, Descendants(os.Getpid()), append(searchChildren(child), child))
	assert.Empty(t, searchChildren(1<<22+1), "no process has such a number")

	require.NoError(t, in.Close())
	require.NoError(t, cmd.Wait())
}

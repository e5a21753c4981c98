package workspace

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSweep: what a killed grader has left is removed by the next one, and
// what a living one uses is not.
func TestSweep(t *testing.T) {
	temp := t.TempDir()
	mine, lock, err := scratch(temp)
	require.NoError(t, err)
	folder := func(name string, locked bool, age time.Duration) string {
		dir := filepath.Join(temp, name)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "run", "closed"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "run", "closed", "x"), nil, 0o400))
		require.NoError(t, os.Chmod(filepath.Join(dir, "run", "closed"), 0o500))
		if locked {
			require.NoError(t, os.WriteFile(filepath.Join(dir, lockFile), nil, 0o600))
		}
		then := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(dir, then, then))
		return dir
	}
	gone := []string{folder("weft-scratch-1-dead", true, 0), folder("weft-scratch-1-half", false, 0), folder("weft-new-1-old", false, 2*time.Hour)}
	kept := []string{mine, folder("weft-new-1-young", false, time.Minute), folder("weft-other", true, 2*time.Hour), folder("else", true, 0)}

	second, other, err := scratch(temp)
	require.NoError(t, err)
	for _, dir := range gone {
		assert.NoDirExists(t, dir)
	}
	for _, dir := range append(kept, second) {
		assert.DirExists(t, dir)
	}
	require.NoError(t, lock.Unlock())
	require.NoError(t, other.Unlock())
	sweep(temp)
	assert.NoDirExists(t, mine)
	assert.NoDirExists(t, second)
}

// TestRemoveWhileSomebodyWrites: what was killed may write a little longer.
func TestRemoveWhileSomebodyWrites(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scratch")
	var writer sync.WaitGroup
	begun, removed := make(chan struct{}), make(chan struct{})
	writer.Go(func() {
		for i := range 2000 {
			os.MkdirAll(filepath.Join(dir, "tmp", strconv.Itoa(i%7)), 0o700)
			if i == 20 {
				close(begun)
			}
		}
		<-removed
	})
	<-begun
	err := remove(dir)
	close(removed)
	writer.Wait()
	require.NoError(t, err)
}

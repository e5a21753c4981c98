package batch

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestManifestIsWrittenInPieces: it looks as if it had been written at once,
// with no result, one and several.
func TestManifestIsWrittenInPieces(t *testing.T) {
	c := newClass(t)
	for i := range 40 {
		c.put(fmt.Sprintf("s%02d/24-latch/latch.go", i), "package latch")
		c.put(fmt.Sprintf("s%02d/25-gate/gate.go", i), "package gate")
	}
	seen := map[int]bool{}
	for i := range 20 {
		c.run(func(o *Options) { o.Out, o.Shard = fmt.Sprint(o.Out, i), Shard{1 + i, 20} })
		text, err := os.ReadFile(filepath.Join(fmt.Sprint(c.out, i), ownFolder, "batch.json"))
		require.NoError(t, err)
		var m Manifest
		require.NoError(t, json.Unmarshal(text, &m))
		want, err := json.MarshalIndent(m, "", "  ")
		require.NoError(t, err)
		assert.Equal(t, string(want)+"\n", string(text))
		seen[len(m.Results)] = true
	}
	assert.True(t, seen[0] && seen[2] && seen[4], "results of shards: %v", seen)
}

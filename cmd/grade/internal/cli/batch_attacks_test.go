//go:build linux

package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// addAttacks mixes the attacks in the folder that the environment names among
// the submissions. They run in the box only.
func addAttacks(t *testing.T, m *mix) {
	t.Helper()
	from := os.Getenv(envSoakAttacks)
	if from == "" {
		return
	}
	require.NotEmpty(t, os.Getenv(envBox), "attacks run in the box only: .ci/soak-batch makes it")
	files, err := filepath.Glob(filepath.Join(from, "*", "attack.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "%s holds no attacks", from)
	for i, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		a := attack{dir: filepath.Dir(file)}
		require.NoError(t, json.Unmarshal(raw, &a), file)
		t.Run(filepath.Base(a.dir), func(t *testing.T) {
			dir := a.lay(t)
			id := fmt.Sprintf("x%04d", i+1)
			require.NoError(t, os.Mkdir(filepath.Join(m.from, id), 0o755))
			require.NoError(t, os.Rename(dir, filepath.Join(m.from, id, filepath.Base(dir))))
			m.list = append(m.list, handedIn{id: id, slug: a.Exercise, outcomes: a.Want})
			t.Logf("is %s", id)
		})
	}
}

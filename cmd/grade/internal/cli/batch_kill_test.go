package cli

import (
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// maxKills is how often a batch is killed before it is left alone, so that the
// test ends.
const maxKills = 5

// killContents is how many different things to grade [killClass] holds.
const killContents = 4

// killClass writes a small class: folders and archives, right, not compiling,
// not parsing, not readable, and two that hand in the same.
func killClass(t *testing.T) (in string) {
	in = filepath.Join(t.TempDir(), "in")
	handIn(t, in, "s1", reference(t))
	handIn(t, in, "s2", strings.Replace(reference(t), "package latch", "package latch\n\nvar unknown missing", 1))
	handIn(t, in, "s3", "package latch\n}")
	m := &mix{tb: t, from: in}
	m.write("s4.zip", zipped(t, map[string][]byte{slug + "/latch.go": []byte(reference(t))}))
	m.write("s5.tar.gz", tarred(t, map[string][]byte{"work/" + slug + "/latch.go": []byte("package latch\nfunc (")}))
	m.write("s6.zip", zipped(t, map[string][]byte{"../latch.go": nil}))
	return in
}

// TestKilledBatch kills the real grade batch at moments that a seed chooses,
// and starts it again until it is through: no result is lost, none that stood
// is made again, and all are those of a run that nobody killed. WEFT_SEED
// repeats a run that failed.
func TestKilledBatch(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	scratch := scratchDir(t)
	in := killClass(t)
	args := func(out string) []string {
		return []string{in, "--out", out, "--course", latch(t), "--quick", "--only", "opens"}
	}
	calm := filepath.Join(t.TempDir(), "calm")
	start := time.Now()
	r := batchProcess(t, args(calm)...)
	took := time.Since(start)
	require.Equal(t, ExitNotBuilt, r.code, r.err)
	want := normalised(t, calm)
	require.Len(t, want, 6)
	require.Len(t, stored(t, calm, "cache"), killContents)

	seed := uint64(fromEnv(envSeed, int(rand.Uint32())))
	t.Logf("WEFT_SEED=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	out := filepath.Join(t.TempDir(), "out")
	kills := 0
	for ; kills < maxKills; kills++ {
		before, kept := stored(t, out, "cache"), stored(t, out, "results")
		after := time.Duration(rng.Int64N(int64(took)))
		if !killedAfter(t, after, args(out)...) {
			break // it was faster, and is through
		}
		unchanged(t, before, stored(t, out, "cache"))
		unchanged(t, kept, stored(t, out, "results"))
		for name, text := range normalised(t, out) {
			assert.Equal(t, want[name], text, "half a result, or a wrong one: %s", name)
		}
	}
	before := stored(t, out, "cache")
	r = batchProcess(t, args(out)...)
	assert.Equal(t, ExitNotBuilt, r.code, r.err)
	assert.Contains(t, r.out, "; graded: "+strconv.Itoa(killContents-len(before))+";", "%d of %d were graded before", len(before), killContents)
	unchanged(t, before, stored(t, out, "cache"))
	assert.Equal(t, want, normalised(t, out))
	assert.NoDirExists(t, filepath.Join(out, "_weft", "tmp"))
	t.Logf("killed %d times", kills)
	nothingLeft(t, scratch)
}

// killedAfter starts a batch and kills it, if it has not ended by then.
func killedAfter(t *testing.T, after time.Duration, args ...string) bool {
	t.Helper()
	cmd := batchCommandLine(t, args...)
	require.NoError(t, cmd.Start())
	kill := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer kill.Stop()
	if err := cmd.Wait(); err == nil {
		return false
	}
	return !cmd.ProcessState.Exited()
}

// nothingLeft asserts that the next gradings remove what killed runs had begun,
// as soon as the last compiler that outlived its grader has ended.
func nothingLeft(t *testing.T, scratch string) {
	t.Helper()
	in := filepath.Dir(submit(t, "package latch\n\nvar unknown missing"))
	for end := time.Now().Add(time.Minute); ; {
		left, err := filepath.Glob(filepath.Join(scratch, "weft-scratch-*"))
		require.NoError(t, err)
		if len(left) == 0 {
			return
		}
		require.True(t, time.Now().Before(end), "left behind: %v", left)
		batchProcess(t, in, "--out", filepath.Join(t.TempDir(), "out"), "--course", latch(t), "--exercise", slug)
	}
}

// stored lists what a folder of results holds: its cache, or its results.
func stored(t *testing.T, out, what string) map[string]fs.FileInfo {
	t.Helper()
	pattern := filepath.Join(out, "*", "*.json")
	if what == "cache" {
		pattern = filepath.Join(out, "_weft", "cache", "*", "*")
	}
	names, err := filepath.Glob(pattern)
	require.NoError(t, err)
	all := map[string]fs.FileInfo{}
	for _, name := range names {
		if info, err := os.Stat(name); assert.NoError(t, err) && filepath.Base(name) != "batch.json" {
			all[name] = info
		}
	}
	return all
}

// unchanged checks that each file that was there is there, the very same.
func unchanged(t *testing.T, before, now map[string]fs.FileInfo) {
	t.Helper()
	for name, was := range before {
		is := now[name]
		if assert.NotNil(t, is, "%s is lost", name) {
			assert.True(t, os.SameFile(was, is) && was.ModTime().Equal(is.ModTime()), "%s was written again", name)
		}
	}
}

// normalised reads all results, without what differs from run to run: times.
func normalised(t *testing.T, out string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name := range stored(t, out, "results") {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		var r grader.Report
		require.NoError(t, json.Unmarshal(text, &r), name)
		r.ElapsedMS, r.Measures = 0, nil
		text, err = json.MarshalIndent(r, "", " ")
		require.NoError(t, err)
		rel, err := filepath.Rel(out, name)
		require.NoError(t, err)
		all[filepath.ToSlash(rel)] = string(text)
	}
	return all
}

package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParentGroups(t *testing.T) {
	v1 := "7:memory:/a\n6:pids:/\n5:cpu:/a\n3:pids,other:/\n0::/a\nnonsense\n"
	for name, c := range map[string]struct {
		table string
		have  []string // files of the mount
		want  []string
	}{
		"none":               {"", nil, nil},
		"not mounted":        {v1, nil, nil},
		"version 2":          {"0::/a/b\n", []string{"cgroup.controllers", "cgroup.procs", "a/b/cgroup.procs"}, []string{"a/b"}},
		"version 2 from out": {"0::/../elsewhere\n", []string{"cgroup.controllers", "cgroup.procs"}, []string{"."}},
		"version 1":          {v1, []string{"memory/a/cgroup.procs", "pids/cgroup.procs", "cpu/a/cgroup.procs"}, []string{"memory/a", "pids"}},
		"both":               {v1, []string{"memory/cgroup.procs", "unified/cgroup.procs", "unified/a/cgroup.procs"}, []string{"memory", "unified/a"}},
	} {
		mount := t.TempDir()
		for _, f := range c.have {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(mount, f)), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(mount, f), nil, 0o600))
		}
		var got []string
		for _, dir := range parentGroups(c.table, mount) {
			rel, err := filepath.Rel(mount, dir)
			require.NoError(t, err)
			got = append(got, rel)
		}
		assert.Equal(t, c.want, got, name)
	}
}

// inGroup runs a shell command in a group and returns what it prints.
func inGroup(t *testing.T, g cgroup, command string) string {
	t.Helper()
	script := ""
	for _, file := range g.procs() {
		script += "echo 0 > " + file + " || exit 1\n"
	}
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command("/bin/sh", "-c", script+command)
	cmd.Env = append(os.Environ(), "SELF="+self)
	out, _ := cmd.CombinedOutput()
	return string(out)
}

// controller skips the test unless a group has the file, which a controller brings.
func controller(t *testing.T, g cgroup, files ...string) {
	t.Helper()
	for _, dir := range g.dirs {
		for _, f := range files {
			if exists(filepath.Join(dir, f)) {
				return
			}
		}
	}
	t.Skipf("no group here has %s", strings.Join(files, " or "))
}

func group(t *testing.T) cgroup {
	t.Helper()
	needs(t, "cgroup")
	g, err := newCgroup(1 << 20)
	require.NoError(t, err)
	t.Cleanup(g.remove)
	return g
}

func TestGroupBoundsMemory(t *testing.T) {
	g := group(t)
	controller(t, g, "memory.max", "memory.limit_in_bytes")
	assert.Equal(t, "done\n", inGroup(t, g, "echo done"))
	assert.Empty(t, g.exceeded())
	assert.NotContains(t, inGroup(t, g, envProbe+"=hoard $SELF && echo held"), "held")
	assert.Equal(t, ReasonMemory, g.exceeded())
}

func TestGroupBoundsTasks(t *testing.T) {
	g := group(t)
	controller(t, g, "pids.max")
	for _, dir := range g.dirs {
		g.bound(dir, "pids.max", 10)
	}
	inGroup(t, g, "for i in 1 2 3; do sleep 0 & done; wait")
	assert.Empty(t, g.exceeded())
	inGroup(t, g, "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1000 >/dev/null 2>&1 & done 2>/dev/null")
	assert.Equal(t, ReasonProcesses, g.exceeded())
}

func TestGroupIsEndedTogether(t *testing.T) {
	g := group(t)
	inGroup(t, g, "setsid sleep 1000 >/dev/null 2>&1 &")
	dirs := g.dirs
	members, err := os.ReadFile(filepath.Join(dirs[0], "cgroup.procs"))
	require.NoError(t, err)
	assert.Len(t, strings.Fields(string(members)), 1, "the sleep")
	g.remove()
	for _, dir := range dirs {
		assert.NoDirExists(t, dir)
	}
}

func TestRunLeavesNoGroup(t *testing.T) {
	needs(t, "cgroup", "seccomp")
	parents, err := hierarchies()
	require.NoError(t, err)
	for _, profile := range []Profile{Tool, Pure, Processes, Loopback} {
		probe(t, profile, "nothing", "")
	}
	for _, parent := range parents {
		left, err := filepath.Glob(filepath.Join(parent, groupName()+"*"))
		require.NoError(t, err)
		assert.Empty(t, left)
	}
}

func TestGroupsOfTheDeadAreSwept(t *testing.T) {
	parent := t.TempDir()
	old := filepath.Join(parent, cgroupPrefix+"999999999-1") // more than the kernel counts to
	mine := filepath.Join(parent, groupName()+"1")
	require.NoError(t, os.Mkdir(old, 0o700))
	require.NoError(t, os.Mkdir(mine, 0o700))
	sweepGroups(parent)
	assert.NoDirExists(t, old)
	assert.DirExists(t, mine)
}

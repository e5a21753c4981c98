package cpus

import (
	"io/fs"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
)

func files(kv ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = &fstest.MapFile{Data: []byte(kv[i+1])}
	}
	return m
}

func TestEffective(t *testing.T) {
	for name, c := range map[string]struct {
		root     fs.FS
		affinity int
		want     float64
	}{
		"no cgroups":     {files(), 8, 8},
		"v2 without":     {files("proc/self/cgroup", "0::/a\n", "sys/fs/cgroup/a/cpu.max", "max 100000\n"), 8, 8},
		"v2 half":        {files("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", "50000 100000\n"), 8, 0.5},
		"v2 parent":      {files("proc/self/cgroup", "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max", "max 100000", "sys/fs/cgroup/a/cpu.max", "150000 100000"), 8, 1.5},
		"v2 container":   {files("proc/self/cgroup", "0::/docker/xyz\n", "sys/fs/cgroup/cpu.max", "200000 100000"), 8, 2},
		"v2 beyond":      {files("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", "1600000 100000"), 8, 8},
		"v1":             {files("proc/self/cgroup", "4:memory:/x\n3:cpu,cpuacct:/x\n", "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "250000\n", "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n"), 8, 2.5},
		"v1 no limit":    {files("proc/self/cgroup", "3:cpu:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"), 8, 8},
		"v1 cpuset only": {files("proc/self/cgroup", "3:cpuset:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "1000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"), 8, 8},
		"nonsense":       {files("proc/self/cgroup", "what\n0::/\n", "sys/fs/cgroup/cpu.max", "a b"), 3, 3},
	} {
		assert.Equal(t, c.want, effective(c.root, c.affinity), name)
	}
	got := Effective()
	assert.Greater(t, got, 0.0)
	assert.LessOrEqual(t, got, float64(runtime.NumCPU()))
}

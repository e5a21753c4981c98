// Package cpus says how many processors this process really gets, which in a
// container or under a batch system is often less than the machine has.
package cpus

import (
	"io/fs"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// Effective returns the least of the processors that the process may run on
// (its affinity) and the quotas of its cgroups, version 1 or 2. Half a
// processor is 0.5.
func Effective() float64 { return effective(os.DirFS("/"), runtime.NumCPU()) }

// effective reads below root; affinity is what the system says beforehand.
func effective(root fs.FS, affinity int) float64 {
	n := float64(affinity)
	for _, q := range quotas(root) {
		if q > 0 && q < n {
			n = q
		}
	}
	return n
}

// quotas returns the limits of this process's cgroups and of all above them.
func quotas(root fs.FS) (list []float64) {
	table, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(table)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		switch {
		case parts[0] == "0" && parts[1] == "":
			list = append(list, upwards(root, "sys/fs/cgroup", parts[2], quotaV2)...)
			list = append(list, upwards(root, "sys/fs/cgroup/unified", parts[2], quotaV2)...)
		case contains(parts[1], "cpu"):
			list = append(list, upwards(root, "sys/fs/cgroup/cpu", parts[2], quotaV1)...)
			list = append(list, upwards(root, "sys/fs/cgroup/cpu,cpuacct", parts[2], quotaV1)...)
		}
	}
	return list
}

func contains(controllers, name string) bool {
	for c := range strings.SplitSeq(controllers, ",") {
		if c == name {
			return true
		}
	}
	return false
}

// upwards reads the quota of a group and of each of its ancestors. In a
// container the path in /proc may lie outside of what is mounted, so the mount
// point itself always counts.
func upwards(root fs.FS, mount, group string, read func(fs.FS, string) (float64, bool)) (list []float64) {
	for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
		if q, ok := read(root, path.Join(mount, dir)); ok {
			list = append(list, q)
		}
		if dir == "/" {
			return list
		}
	}
}

// quotaV2 reads cpu.max: "150000 100000" is one and a half processors, "max" none.
func quotaV2(root fs.FS, dir string) (float64, bool) {
	text, err := fs.ReadFile(root, path.Join(dir, "cpu.max"))
	fields := strings.Fields(string(text))
	if err != nil || len(fields) != 2 {
		return 0, false
	}
	return ratio(fields[0], fields[1])
}

// quotaV1 reads cpu.cfs_quota_us and cpu.cfs_period_us; -1 is no limit.
func quotaV1(root fs.FS, dir string) (float64, bool) {
	quota, err1 := fs.ReadFile(root, path.Join(dir, "cpu.cfs_quota_us"))
	period, err2 := fs.ReadFile(root, path.Join(dir, "cpu.cfs_period_us"))
	if err1 != nil || err2 != nil {
		return 0, false
	}
	return ratio(strings.TrimSpace(string(quota)), strings.TrimSpace(string(period)))
}

func ratio(quota, period string) (float64, bool) {
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return 0, false
	}
	return q / p, true
}

//go:build !linux

package sandbox

import ps "github.com/shirou/gopsutil/v4/process"

// descendants lists the children of pid, their children and so on.
func descendants(pid int) (all []int) {
	found, err := (&ps.Process{Pid: int32(pid)}).Children()
	if err != nil {
		return nil
	}
	for _, p := range found {
		all = append(append(all, int(p.Pid)), descendants(int(p.Pid))...)
	}
	return all
}

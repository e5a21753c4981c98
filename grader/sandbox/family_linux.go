package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	ps "github.com/shirou/gopsutil/v4/process"
)

// children lists the processes that p started. The kernel keeps the list for
// each thread; where it was built without that, all processes of the machine
// are looked at, which done often cost a tenth of a grading.
func children(p *ps.Process) ([]*ps.Process, error) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.Pid))
	if len(lists) == 0 {
		return p.Children()
	}
	var found []*ps.Process
	for _, list := range lists {
		pids, _ := os.ReadFile(list) // the thread may have ended
		for _, text := range strings.Fields(string(pids)) {
			if pid, err := strconv.ParseInt(text, 10, 32); err == nil {
				found = append(found, &ps.Process{Pid: int32(pid)})
			}
		}
	}
	return found, nil
}

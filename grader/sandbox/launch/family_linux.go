package launch

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Descendants lists the children of pid, their children and so on.
func Descendants(pid int) (all []int) {
	for _, child := range children(pid) {
		all = append(append(all, child), Descendants(child)...)
	}
	return all
}

// children lists the processes that pid started. The kernel keeps the list for
// each thread; where it was built without that, all processes of the machine
// are looked at, which done often cost a tenth of a grading.
func children(pid int) (pids []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if len(lists) == 0 {
		return searchChildren(pid)
	}
	for _, list := range lists {
		text, _ := os.ReadFile(list) // the thread may have ended
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// searchChildren looks for the children of pid among all processes.
func searchChildren(pid int) (pids []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range all {
		text, _ := os.ReadFile(name)
		// "pid (name) state parent ...", where the name may hold anything, see proc_pid_stat(5)
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if len(fields) < 2 || string(fields[1]) != strconv.Itoa(pid) {
			continue
		}
		if child, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			pids = append(pids, child)
		}
	}
	return pids
}

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// cgroupPrefix begins the names of our control groups; our process id follows.
	cgroupPrefix = "weft-"
	// maxTasks bounds the threads of a group, which is what the kernel counts.
	// Only what starts processes in a loop gets there before it is noticed.
	maxTasks = 32 * MaxProcesses
	// groupMemory is how much more than a program may use its group may hold, so
	// that who is noticed to be over the limit is told so, and the kernel ends
	// only who is faster than that.
	groupMemory = 64 << 20
	// killPatience is how long the members of a group may take to end.
	killPatience = 5 * time.Second
)

// cgroup is a control group that a program and all its descendants live in.
// It has a folder in each of the kernel's hierarchies that we may use. The zero
// value is none. See cgroups(7).
type cgroup struct{ dirs []string }

// hierarchies lists the folders in which we can make control groups, of version
// 2, and of the controllers pids and memory of version 1. It tries them once.
var hierarchies = sync.OnceValues(func() (usable []string, err error) {
	table, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	err = errors.New("the system has none that could bound anything")
	for _, dir := range parentGroups(string(table), "/sys/fs/cgroup") {
		sweepGroups(dir)
		probe, tried := os.MkdirTemp(dir, groupName())
		if tried != nil {
			err = fmt.Errorf("this user cannot make any: %w", tried)
			continue
		}
		os.Remove(probe)
		usable = append(usable, dir)
	}
	if len(usable) > 0 {
		err = nil
	}
	return usable, err
})

// parentGroups returns the folders of this process's groups, from the text of
// /proc/self/cgroup. In a container the paths there may lie outside of what is
// mounted; the mount point itself is then the group.
func parentGroups(table, mount string) (dirs []string) {
	for line := range strings.Lines(table) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root := filepath.Join(mount, parts[1])
		switch {
		case parts[0] == "0" && parts[1] == "" && !exists(filepath.Join(root, "cgroup.controllers")):
			root = filepath.Join(mount, "unified")
		case parts[0] != "0" && parts[1] != "pids" && parts[1] != "memory":
			continue
		}
		dir := filepath.Join(root, parts[2])
		if !exists(filepath.Join(dir, "cgroup.procs")) {
			dir = root
		}
		if exists(filepath.Join(dir, "cgroup.procs")) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func groupName() string { return cgroupPrefix + strconv.Itoa(os.Getpid()) + "-" }

// sweepGroups removes the groups of graders that were killed. A group that
// somebody lives in cannot be removed.
func sweepGroups(parent string) {
	old, _ := filepath.Glob(filepath.Join(parent, cgroupPrefix+"*"))
	for _, dir := range old {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), cgroupPrefix), "-")
		if !exists("/proc/" + pid) {
			os.Remove(dir)
		}
	}
}

// newCgroup makes a group whose members may together hold memory bytes, 0 for
// any number; none where no group can be made.
func newCgroup(memory int64) (g cgroup, err error) {
	parents, _ := hierarchies()
	for _, parent := range parents {
		dir, err := os.MkdirTemp(parent, groupName())
		if err != nil {
			g.remove()
			return cgroup{}, fmt.Errorf("sandbox: cgroup: %w", err)
		}
		g.dirs = append(g.dirs, dir)
		g.bound(dir, "pids.max", maxTasks)
		if memory > 0 {
			limit := memory + memory/4 + groupMemory
			g.bound(dir, "memory.max", limit)
			g.bound(dir, "memory.swap.max", 0)
			g.bound(dir, "memory.limit_in_bytes", limit)
		}
	}
	return g, nil
}

// bound sets what a group has; not every hierarchy has every controller.
func (g cgroup) bound(dir, what string, n int64) {
	if file := filepath.Join(dir, what); exists(file) {
		os.WriteFile(file, strconv.AppendInt(nil, n, 10), 0)
	}
}

// procs are the files to write to in order to join.
func (g cgroup) procs() (files []string) {
	for _, dir := range g.dirs {
		files = append(files, filepath.Join(dir, "cgroup.procs"))
	}
	return files
}

// exceeded says which bound the kernel has enforced, or "".
func (g cgroup) exceeded() string {
	for _, dir := range g.dirs {
		switch {
		case event(dir, "memory.events", "oom_kill") || event(dir, "memory.oom_control", "oom_kill"):
			return ReasonMemory
		case event(dir, "pids.events", "max"):
			return ReasonProcesses
		}
	}
	return ""
}

// event reports whether a line "name N" of a file has an N above 0.
func event(dir, file, name string) bool {
	text, _ := os.ReadFile(filepath.Join(dir, file))
	for line := range strings.Lines(string(text)) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok && n != "0" {
			return true
		}
	}
	return false
}

// killGroup ends the members of a group: at one stroke where the kernel can.
func killGroup(dir string) {
	if file := filepath.Join(dir, "cgroup.kill"); exists(file) {
		os.WriteFile(file, []byte("1"), 0)
		return
	}
	members, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	for _, word := range strings.Fields(string(members)) {
		if pid, err := strconv.Atoi(word); err == nil {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// remove ends whoever is left in the group, and removes it.
func (g cgroup) remove() {
	for end := time.Now().Add(killPatience); len(g.dirs) > 0 && time.Now().Before(end); {
		killGroup(g.dirs[0])
		if err := os.Remove(g.dirs[0]); err == nil || errors.Is(err, os.ErrNotExist) {
			g.dirs = g.dirs[1:]
			continue
		}
		time.Sleep(time.Millisecond)
	}
}

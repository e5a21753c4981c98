package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"github.com/weft-course/weft/grader/sandbox/launch"
)

// layers lists what a machine may have, in the order in which it is put on.
func layers() []layer {
	all := []Profile{Pure, Processes, Loopback}
	several := []Profile{Processes, Loopback}
	return []layer{
		{Layer{Name: "no-new-privileges", Does: "no program gains rights by starting another one", Used: all, Needed: all}, present},
		{Layer{Name: "limits", Does: "bounded memory, processor time, file sizes and descriptors", Used: all, Needed: all}, present},
		{Layer{Name: "Landlock", Does: "no file but its own executable and what the C library needs; nothing is written", Used: all, Needed: all},
			func() string { return lacks(launch.LandlockABI() >= 1, "Linux 5.13 or newer, built with it") }},
		{Layer{Name: "seccomp", Does: "system calls that computing needs, no others", Used: all, Needed: all},
			func() string { return lacks(launch.SeccompWorks(), "a filter of system calls for this processor") }},
		{Layer{Name: "cgroup", Does: "a program and all that it starts are bounded and ended together by the kernel", Used: all},
			func() string { _, err := hierarchies(); return reason(err) }},
		{Layer{Name: "supervisor", Does: "what a program leaves behind is found and ended", Used: several, Needed: several}, present},
		{Layer{Name: "signal scope", Does: "no signal reaches a process outside", Used: several, Needed: []Profile{Processes}},
			func() string {
				return lacks(launch.LandlockABI() >= 6 || pidNamespaces() == nil, "Linux 6.12 (Landlock ABI 6), or process namespaces")
			}},
		{Layer{Name: "process namespace", Does: "processes outside cannot even be seen, and nothing outlives the first one", Used: several},
			func() string { return reason(pidNamespaces()) }},
		{Layer{Name: "network namespace", Does: "there is no network but loopback", Used: several, Needed: []Profile{Loopback}},
			func() string { return reason(netNamespaces()) }},
	}
}

func present() string { return "" }

func lacks(have bool, needs string) string {
	if have {
		return ""
	}
	return "it needs " + needs
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// pidNamespaces and netNamespaces try whether a process can be started in
// namespaces of its own.
var (
	pidNamespaces = sync.OnceValue(func() error { return namespaces(syscall.CLONE_NEWPID) })
	netNamespaces = sync.OnceValue(func() error { return namespaces(syscall.CLONE_NEWPID | syscall.CLONE_NEWNET) })
)

func namespaces(flags uintptr) error {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{launch.Name, launch.TryNamespaces}
	cmd.SysProcAttr = namespaceAttr(flags)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the system does not allow namespaces here: %w%s", err, out)
	}
	return nil
}

// namespaceAttr asks for new namespaces, and for one of users unless we are root.
func namespaceAttr(flags uintptr) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: flags}
	if os.Geteuid() != 0 {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	return a
}

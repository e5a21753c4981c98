package launch

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Name is the name under which this executable confines itself and becomes
// another program. Its only argument is a [Spec] as JSON, or [TryNamespaces].
const Name = "weft-sandbox"

// TryNamespaces asks the launcher to do nothing: it has been started, in namespaces.
const TryNamespaces = "try-namespaces"

// Bounds of programs that start processes, in threads.
const (
	MoreTasks  = 1024 // about how many such a program and what it starts may have
	SpareTasks = 128  // how many it leaves to us
)

// Bounds of confined programs that no exercise needs to change.
const (
	// maxFile bounds one file, bytes; maxToolFile one that a tool writes.
	maxFile     = 16 << 20
	maxToolFile = 256 << 20
	// maxFiles is how many descriptors a process may have, enough for a thousand connections and their peers.
	maxFiles = 4096
)

// exitLaunch is the launcher's exit status when it has failed.
const exitLaunch = 125

// Spec is what the launcher is told.
type Spec struct {
	Path      string   `json:"path"`
	Args      []string `json:"args"`
	Env       []string `json:"env"` // the program's: the launcher itself has none
	Profile   Profile  `json:"profile"`
	Writable  []string `json:"writable,omitempty"`
	Data      int64    `json:"data,omitempty"`   // bytes of writable memory, address space and not resident
	CPU       int64    `json:"cpu,omitempty"`    // seconds
	Status    int      `json:"status"`           // descriptor on which to say what went wrong
	Groups    []string `json:"groups,omitempty"` // control groups to join, as the files to write to
	Supervise bool     `json:"supervise,omitempty"`
	Loopback  bool     `json:"loopback,omitempty"` // bring the interface of the new namespace up
}

func init() {
	if len(os.Args) != 2 || os.Args[0] != Name {
		return
	}
	runtime.LockOSThread()
	if os.Args[1] == TryNamespaces {
		os.Exit(0)
	}
	var s Spec
	if err := json.Unmarshal([]byte(os.Args[1]), &s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitLaunch)
	}
	if err := join(s.Groups); err != nil {
		s.fail(err)
	}
	if s.Supervise {
		s.fail(s.supervise())
	} else {
		s.fail(s.become())
	}
}

// fail says why the program does not run, and exits. A nil err means that it has run.
func (s *Spec) fail(err error) {
	if err == nil {
		os.Exit(0)
	}
	syscall.Write(s.Status, []byte("error "+err.Error()+"\n"))
	os.Exit(exitLaunch)
}

// become takes away what the program shall not have, and turns into it.
func (s *Spec) become() error {
	unix.CloseOnExec(s.Status)
	if err := s.limit(); err != nil {
		return err
	}
	if s.Profile != Tool {
		if err := s.confine(); err != nil {
			return err
		}
	}
	return fmt.Errorf("exec: %w", unix.Exec(s.Path, append([]string{s.Path}, s.Args...), s.Env))
}

// confine takes away the rights that a program we do not trust shall not have.
func (s *Spec) confine() error {
	if err := dropCapabilities(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no-new-privileges: %w", err)
	}
	if abi := LandlockABI(); abi > 0 {
		if err := s.landlock(abi); err != nil {
			return fmt.Errorf("landlock: %w", err)
		}
	}
	if SeccompWorks() {
		if err := s.seccomp(); err != nil {
			return fmt.Errorf("seccomp: %w", err)
		}
	}
	return nil
}

// limit sets resource limits, for good.
func (s *Spec) limit() error {
	size, files, tasks := int64(maxFile), int64(maxFiles), int64(0)
	switch s.Profile {
	case Tool:
		size, files = maxToolFile, 0
	case Processes, Loopback:
		tasks = roomForTasks()
	}
	for what, most := range map[int]int64{
		unix.RLIMIT_CORE: 0, unix.RLIMIT_DATA: s.Data, unix.RLIMIT_CPU: s.CPU, unix.RLIMIT_FSIZE: size, unix.RLIMIT_NOFILE: files, unix.RLIMIT_NPROC: tasks,
	} {
		if most == 0 && what != unix.RLIMIT_CORE {
			continue
		}
		var now unix.Rlimit
		if err := unix.Getrlimit(what, &now); err != nil {
			return fmt.Errorf("limits: %w", err)
		}
		n := min(uint64(most), now.Max)
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			return fmt.Errorf("limits: %w", err)
		}
	}
	return nil
}

// join enters control groups.
func join(groups []string) error {
	for _, file := range groups {
		if err := os.WriteFile(file, []byte("0"), 0); err != nil {
			return fmt.Errorf("cgroup: %w", err)
		}
	}
	return nil
}

// roomForTasks returns a limit on the threads of this user, all processes
// together, at which programs that start processes without end get no more, and
// we, whose limit is higher, still do: without a thread nobody could end them.
// It returns 0, which means no limit, where there is no such number. The kernel
// does not apply it to root.
func roomForTasks() int64 {
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &now); err != nil {
		return 0
	}
	used := TasksOf(os.Getuid())
	most := used + MoreTasks
	if now.Max != unix.RLIM_INFINITY {
		most = min(most, int64(now.Max)-SpareTasks)
	}
	if most <= used {
		return 0
	}
	return most
}

// TasksOf counts the threads of a user's processes.
func TasksOf(uid int) (n int64) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		var who unix.Stat_t
		if unix.Stat(dir, &who) == nil && int(who.Uid) == uid {
			tasks, _ := os.ReadDir(dir + "/task")
			n += int64(len(tasks))
		}
	}
	return n
}

// dropCapabilities leaves none, so that being root, here or in a namespace of
// users, means nothing.
func dropCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var have [2]unix.CapUserData
	if err := unix.Capget(&header, &have[0]); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	if have[0].Permitted|have[1].Permitted == 0 {
		return nil
	}
	for c := uintptr(0); unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0) == nil; c++ {
	}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	return nil
}

// supervise runs the program as a child and ends all that it leaves behind. It
// is the first process of a namespace, or the one that orphans are given to. Its
// standard input is held open by the grader: at its end the grader is gone.
func (s *Spec) supervise() error {
	unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	if s.Loopback {
		if err := loopbackUp(); err != nil {
			return fmt.Errorf("loopback: %w", err)
		}
	}
	pid, err := s.startInner()
	if err != nil {
		return err
	}
	go func() {
		var b [1]byte
		os.Stdin.Read(b[:])
		syscall.Kill(-pid, syscall.SIGKILL)
		sweep()
		os.Exit(0)
	}()
	end, err := waitFor(pid)
	if err != nil {
		return fmt.Errorf("wait: %w", err)
	}
	left := sweep()
	code := end.ExitStatus() // -1 after a signal
	syscall.Write(s.Status, fmt.Appendf(nil, "exit %d left %d\n", code, left))
	return nil
}

// waitFor waits for the end of pid, and takes in orphans until then. Whoever is
// left of its process group is ended at one stroke, which no fork outruns, while
// the number of the group still belongs to it.
func waitFor(pid int) (end syscall.WaitStatus, err error) {
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOWAIT, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return 0, err
		}
		// x/sys has no name for this field: it follows three ints, where a pointer may lie
		ended := int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), (12+unsafe.Sizeof(pid)-1)/unsafe.Sizeof(pid)*unsafe.Sizeof(pid))))
		if ended == pid {
			syscall.Kill(-pid, syscall.SIGKILL)
		}
		if _, err := syscall.Wait4(ended, &end, 0, nil); err == nil && ended == pid {
			return end, nil
		}
	}
}

// startInner starts the launcher again, which becomes the program.
func (s *Spec) startInner() (pid int, err error) {
	inner := *s
	inner.Supervise, inner.Groups = false, nil
	text, err := json.Marshal(inner)
	if err != nil {
		return 0, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	files := []uintptr{null.Fd(), 1, 2}
	for fd := 3; fd <= s.Status; fd++ {
		files = append(files, uintptr(fd))
	}
	pid, err = syscall.ForkExec("/proc/self/exe", []string{Name, string(text)}, &syscall.ProcAttr{
		Files: files, Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	})
	for fd := 3; fd < s.Status; fd++ { // the program's alone: their ends tell of its own
		syscall.Close(fd)
	}
	return pid, err
}

// loopbackUp brings the loopback interface of a new network namespace up.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// sweep ends every descendant and says how many it found. It is done when the
// kernel knows of no child of ours, dead or alive: lists of children may have gaps.
func sweep() (n int) {
	if os.Getpid() == 1 { // in a namespace of processes, all the others are ours
		syscall.Kill(-1, syscall.SIGKILL)
		n, _ = reap(0)
		return n
	}
	for {
		left := Descendants(os.Getpid())
		for _, pid := range left { // stopped first, so that none can start another in the meantime
			syscall.Kill(pid, syscall.SIGSTOP)
		}
		for _, pid := range left {
			if g, err := syscall.Getpgid(pid); err == nil && g != syscall.Getpgrp() {
				syscall.Kill(-g, syscall.SIGKILL)
			}
			syscall.Kill(pid, syscall.SIGKILL)
		}
		ended, none := reap(syscall.WNOHANG)
		n += ended
		if none {
			return n
		}
		time.Sleep(time.Millisecond) // those killed take a moment to end
	}
}

// reap takes the children that have ended, or waits for all without WNOHANG. It
// says how many there were, and whether none is left.
func reap(options int) (n int, none bool) {
	for {
		pid, err := syscall.Wait4(-1, nil, options, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case pid <= 0:
			return n, errors.Is(err, syscall.ECHILD)
		default:
			n++
		}
	}
}

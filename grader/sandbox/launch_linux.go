package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// launcher is the name under which this executable confines itself and becomes
// another program.
const launcher = "weft-sandbox"

// tryNamespaces asks the launcher to do nothing: it has been started, in namespaces.
const tryNamespaces = "try-namespaces"

// exitLaunch is the launcher's exit status when it has failed.
const exitLaunch = 125

// spec is what the launcher is told.
type spec struct {
	Path      string   `json:"path"`
	Args      []string `json:"args"`
	Env       []string `json:"env"` // the program's: the launcher itself has none
	Profile   Profile  `json:"profile"`
	Writable  []string `json:"writable,omitempty"`
	Data      int64    `json:"data,omitempty"`   // bytes of writable memory, address space and not resident
	CPU       int64    `json:"cpu,omitempty"`    // seconds
	Status    int      `json:"status"`           // descriptor on which to say what went wrong
	Groups    []string `json:"groups,omitempty"` // control groups to join
	Supervise bool     `json:"supervise,omitempty"`
	Loopback  bool     `json:"loopback,omitempty"` // bring the interface of the new namespace up
}

func init() {
	if len(os.Args) != 2 || os.Args[0] != launcher {
		return
	}
	runtime.LockOSThread()
	if os.Args[1] == tryNamespaces {
		os.Exit(0)
	}
	var s spec
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
func (s *spec) fail(err error) {
	if err == nil {
		os.Exit(0)
	}
	syscall.Write(s.Status, []byte("error "+err.Error()+"\n"))
	os.Exit(exitLaunch)
}

// become takes away what the program shall not have, and turns into it.
func (s *spec) become() error {
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
func (s *spec) confine() error {
	if err := dropCapabilities(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no-new-privileges: %w", err)
	}
	if abi := landlockABI(); abi > 0 {
		if err := s.landlock(abi); err != nil {
			return fmt.Errorf("landlock: %w", err)
		}
	}
	if seccompWorks() {
		if err := s.seccomp(); err != nil {
			return fmt.Errorf("seccomp: %w", err)
		}
	}
	return nil
}

// limit sets resource limits, for good.
func (s *spec) limit() error {
	size, files := int64(maxFile), int64(maxFiles)
	if s.Profile == Tool {
		size, files = maxToolFile, 0
	}
	for what, most := range map[int]int64{
		unix.RLIMIT_CORE: 0, unix.RLIMIT_DATA: s.Data, unix.RLIMIT_CPU: s.CPU, unix.RLIMIT_FSIZE: size, unix.RLIMIT_NOFILE: files,
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
func (s *spec) supervise() error {
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
		sweep()
		os.Exit(0)
	}()
	var end syscall.WaitStatus
	for {
		var one syscall.WaitStatus
		got, err := syscall.Wait4(-1, &one, 0, nil)
		if got == pid {
			end = one
			break
		}
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("wait: %w", err)
		}
	}
	left := sweep()
	code := end.ExitStatus() // -1 after a signal
	syscall.Write(s.Status, fmt.Appendf(nil, "exit %d left %d\n", code, left))
	return nil
}

// startInner starts the launcher again, which becomes the program.
func (s *spec) startInner() (pid int, err error) {
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
	pid, err = syscall.ForkExec("/proc/self/exe", []string{launcher, string(text)}, &syscall.ProcAttr{
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

// sweep ends every descendant and says how many it found.
func sweep() (n int) {
	if os.Getpid() == 1 { // in a namespace of processes, all the others are ours
		syscall.Kill(-1, syscall.SIGKILL)
		return reap(0)
	}
	for {
		left := descendants(os.Getpid())
		if len(left) == 0 {
			return n
		}
		for _, pid := range left { // stopped first, so that none can start another in the meantime
			syscall.Kill(pid, syscall.SIGSTOP)
		}
		for _, pid := range left {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		n += reap(syscall.WNOHANG)
		time.Sleep(time.Millisecond) // those killed take a moment to end
	}
}

// reap takes the children that have ended, or waits for all without WNOHANG.
func reap(options int) (n int) {
	for {
		pid, err := syscall.Wait4(-1, nil, options, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case pid <= 0:
			return n
		default:
			n++
		}
	}
}

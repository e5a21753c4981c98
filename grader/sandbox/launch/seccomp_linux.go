package launch

import (
	"os"
	"slices"
	"strings"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// The system calls that each profile has. Names that a processor does not know
// are left out.
const (
	// pureCalls are what the Go runtime, the race detector and the C library need
	// to compute, to wait and to write to descriptors that are open.
	pureCalls = `read write pread64 pwrite64 readv writev open openat close fstat newfstatat fstatat statx lseek
mmap mprotect munmap mremap brk madvise mincore rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack rt_sigpending
access faccessat faccessat2 pipe pipe2 dup dup2 dup3 nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time
getpid gettid getppid getuid geteuid getgid getegid futex sched_yield sched_getaffinity set_robust_list rseq set_tid_address
exit exit_group arch_prctl getrlimit getrandom uname epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2 poll ppoll
pselect6 fcntl readlink readlinkat getcwd execve timer_create timer_settime timer_delete setitimer sysinfo getrusage times membarrier
restart_syscall personality`
	// fileCalls are for programs that may write somewhere; Landlock says where.
	fileCalls = `getdents64 mkdir mkdirat unlink unlinkat rmdir rename renameat renameat2 ftruncate truncate fsync fdatasync
stat lstat fchmod fchmodat chdir fchdir umask flock copy_file_range fallocate statfs fstatfs`
	// processCalls are for programs that start processes.
	processCalls = `clone vfork fork wait4 waitid pidfd_open pidfd_send_signal setpgid getpgid setsid getsid getpgrp kill tgkill close_range sendfile splice`
	// netCalls are for programs that open sockets.
	netCalls = `bind listen accept accept4 connect getsockname getpeername setsockopt getsockopt sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg
shutdown sendfile splice socketpair`
)

// ioctl requests that are harmless: is this a terminal, how many bytes wait.
const (
	tcgets   = unix.TCGETS
	fionread = 0x541b
	fionbio  = 0x5421
)

// prSetVMA is PR_SET_VMA, with which the runtime names its memory.
const prSetVMA = 0x53564d41

func equal(argument uint32, value uint64) seccomp.Condition {
	return seccomp.Condition{Argument: argument, Operation: seccomp.Equal, Value: value}
}

func when(name string, conditions ...seccomp.Condition) seccomp.NameWithConditions {
	return seccomp.NameWithConditions{Name: name, Conditions: conditions}
}

// SeccompWorks reports whether there can be a filter of system calls.
func SeccompWorks() bool {
	_, err := arch.GetInfo("")
	return err == nil && seccomp.Supported()
}

// seccomp loads the filter. What it does not allow fails with EPERM; clone3
// with ENOSYS, so that the C library falls back on clone, whose flags a filter can see.
func (s *Spec) seccomp() error {
	info, err := arch.GetInfo("")
	if err != nil {
		return err
	}
	names := strings.Fields(pureCalls)
	if len(s.Writable) > 0 || s.Profile == Processes {
		names = append(names, strings.Fields(fileCalls)...)
	}
	some := conditional()
	switch s.Profile {
	case Processes:
		names = append(names, strings.Fields(processCalls)...)
		some = append(some, when("prctl", equal(0, unix.PR_SET_PDEATHSIG)))
	case Loopback:
		names = append(names, strings.Fields(netCalls)...)
		some = append(some, when("socket", equal(0, unix.AF_INET)), when("socket", equal(0, unix.AF_INET6)))
	}
	if s.Profile != Processes {
		some = append(some, alone()...)
	}
	known := func(name string) bool { _, ok := info.SyscallNames[name]; return ok }
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return !known(n) })
	some = slices.DeleteFunc(some, func(c seccomp.NameWithConditions) bool { return !known(c.Name) })
	return seccomp.LoadFilter(seccomp.Filter{Policy: seccomp.Policy{
		DefaultAction: seccomp.ActionErrno,
		Syscalls: []seccomp.SyscallGroup{
			{Action: seccomp.ActionAllow, Names: names},
			{Action: seccomp.ActionAllow, NamesWithCondtions: some},
			{Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS), Names: []string{"clone3"}},
		},
	}})
}

// conditional are calls that are harmless with some arguments.
func conditional() []seccomp.NameWithConditions {
	return []seccomp.NameWithConditions{
		when("prctl", equal(0, unix.PR_SET_DUMPABLE)), when("prctl", equal(0, prSetVMA)), when("prctl", equal(0, unix.PR_SET_NAME)),
		when("prlimit64", equal(0, 0)), when("prlimit64", equal(0, uint64(os.Getpid()))),
		when("ioctl", equal(1, tcgets)), when("ioctl", equal(1, fionread)), when("ioctl", equal(1, fionbio)),
	}
}

// alone are for programs that start threads and no processes: signals go to themselves only.
func alone() []seccomp.NameWithConditions {
	self := uint64(os.Getpid())
	return []seccomp.NameWithConditions{
		when("clone", seccomp.Condition{Argument: 0, Operation: seccomp.BitsSet, Value: unix.CLONE_THREAD}),
		when("tgkill", equal(0, self)), when("kill", equal(0, self)),
	}
}

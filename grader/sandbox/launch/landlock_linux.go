package launch

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What a rule of Landlock may allow; see landlock(7).
const (
	readFile  = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readDir   = unix.LANDLOCK_ACCESS_FS_READ_DIR
	execute   = unix.LANDLOCK_ACCESS_FS_EXECUTE
	writeFile = unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	// everything are all rights that there may be.
	everything = 1<<16 - 1
	// onFiles are the rights that make sense for a file, and not for a folder only.
	onFiles = readFile | writeFile | execute | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
)

// landlock gives the calling thread, and the program it becomes, access to a
// few files only. No library is used: the one there is (go-landlock) brings C
// code that wraps pthread_create, to reach the threads that a launcher does not have.
func (s *Spec) landlock(abi int) error {
	attr := unix.LandlockRulesetAttr{Access_fs: handledFiles(abi)}
	if abi >= 4 && s.Profile != Loopback {
		attr.Access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if abi >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return errno
	}
	defer unix.Close(int(fd))
	for path, access := range s.reachable() {
		if err := allow(int(fd), path, access&attr.Access_fs); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// LandlockABI returns the version of Landlock, or 0.
func LandlockABI() int {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(v)
}

// handledFiles are the rights that this version of Landlock can take away: all of them.
func handledFiles(abi int) uint64 {
	rights := uint64(1<<13 - 1)
	for since, right := range map[int]uint64{2: unix.LANDLOCK_ACCESS_FS_REFER, 3: unix.LANDLOCK_ACCESS_FS_TRUNCATE, 5: unix.LANDLOCK_ACCESS_FS_IOCTL_DEV} {
		if abi >= since {
			rights |= right
		}
	}
	return rights
}

// reachable lists what the program may open, and how.
func (s *Spec) reachable() map[string]uint64 {
	may := map[string]uint64{
		s.Path: readFile | execute, interpreter(s.Path): readFile | execute,
		"/proc/loadavg": readFile, // how patient the watchdog must be
		"/dev/null":     readFile | writeFile, "/dev/urandom": readFile,
		// the race detector reads these at its start: without the first it silently loses its options
		"/proc/self/environ": readFile, "/proc/self/maps": readFile, "/proc/self/cmdline": readFile,
		// the Go runtime's: page size, and how many processors the control group gives
		"/sys/kernel/mm/transparent_hugepage": readFile | readDir,
		"/proc/self/cgroup":                   readFile, "/proc/self/mountinfo": readFile, "/sys/fs/cgroup": readFile | readDir,
	}
	list := func(access uint64, paths ...string) {
		for _, p := range paths {
			may[p] = access
		}
	}
	list(readFile|readDir, "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store")
	list(readFile, "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/ld-musl-x86_64.path", "/etc/ld-musl-aarch64.path")
	switch s.Profile {
	case Processes:
		list(readFile|readDir, "/proc")
	case Loopback:
		list(readFile|readDir, "/proc/sys/net", "/etc/ssl", "/etc/pki", "/usr/share/ca-certificates")
		list(readFile, "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/services", "/etc/protocols", "/etc/mime.types")
	}
	list(everything&^execute, s.Writable...)
	delete(may, "")
	return may
}

// allow adds a rule. What is not there needs none.
func allow(ruleset int, path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &= onFiles
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// interpreter returns the dynamic linker that an executable names, or "".
func interpreter(path string) string {
	f, err := elf.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			name, err := io.ReadAll(p.Open())
			if err != nil {
				return ""
			}
			return strings.TrimRight(string(name), "\x00")
		}
	}
	return ""
}

// Package sandbox runs programs that may be hostile: within bounds on time,
// memory and output, confined as far as the machine can do it, and such that
// nothing they started is alive afterwards.
//
// Read [Run] first. On Linux it starts the program through this very
// executable, which takes rights away from itself and then becomes the program:
// no-new-privileges, Landlock (files, TCP, signals), seccomp (system calls) and
// resource limits, all of which an ordinary user may use. Programs that may
// start processes or open sockets also get namespaces where they are to be had,
// and a supervisor that ends what they leave behind. Elsewhere there are process
// groups and the bounds that Run itself watches.
//
// Package launch, which this one imports, makes any executable its own launcher.
package sandbox

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/weft-course/weft/grader/sandbox/launch"
)

// Profile says what a confined program may do. The zero Profile confines
// nothing: for programs of ours.
type Profile = launch.Profile

// The profiles.
const (
	Tool      = launch.Tool
	Pure      = launch.Pure
	Processes = launch.Processes
	Loopback  = launch.Loopback
)

// IsProfile reports whether p is one that an exercise may ask for.
func IsProfile(p Profile) bool { return p == Pure || p == Processes || p == Loopback }

// Mode says how much confinement a user wants.
type Mode string

// The modes.
const (
	Auto    Mode = "auto"    // every layer that the machine has
	Require Mode = "require" // refuse to run where a needed layer is missing
	Off     Mode = "off"     // bounds only
)

// ParseMode reads the value of --sandbox.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case Auto, Require, Off:
		return m, nil
	}
	return "", fmt.Errorf("%q is none of auto, require, off", s)
}

// Process is a program to run. Zero bounds mean none.
type Process struct {
	Path  string
	Args  []string // without the program's name
	Dir   string
	Env   []string
	Files []*os.File // descriptors 3, 4, …

	Wall   time.Duration // more on a crowded machine: see cpus.Patience
	Memory int64         // resident, of the process and its children, bytes
	Output int64         // bytes of standard output and error

	// Profile confines the program; the fields below are for confined ones.
	Profile Profile
	// Writable are files and folders that it may change, besides Path that it
	// may read and execute.
	Writable []string
}

// Why a process was stopped by us.
const (
	ReasonTime      = "time"
	ReasonMemory    = "memory"
	ReasonOutput    = "output"
	ReasonProcesses = "processes"
	ReasonDisk      = "disk"
)

// Bounds of confined programs that no exercise needs to change.
const (
	// MaxProcesses is how many processes may live at once.
	MaxProcesses = 64
	// maxDisk is how much may lie in writable folders, bytes.
	maxDisk = 64 << 20
)

// Result is how a process ended.
type Result struct {
	Code   int    // exit status; -1 after a signal
	Reason string // empty unless a bound was exceeded
	Output string
	Peak   int64 // most resident memory seen, bytes
}

// Layer is one means of confinement.
type Layer struct {
	Name string // as in "Landlock"
	Does string // what it keeps a program from
	// Missing says why it is not to be had here; empty where it is.
	Missing string
	// Used are the profiles that it confines, where it is to be had, and Needed
	// those that [Require] refuses without it.
	Used, Needed []Profile
}

// layer is a Layer of which it is not known yet whether it is to be had.
// To find out may take processes: nobody does who does not need it.
type layer struct {
	Layer
	missing func() string
}

func (l layer) probe() Layer {
	l.Missing = l.missing()
	return l.Layer
}

// Layers lists what there is on this machine, in the order in which it is put on.
func Layers() (all []Layer) {
	for _, l := range layers() {
		all = append(all, l.probe())
	}
	return all
}

// used lists the layers for programs of this profile.
func used(profile Profile) (some []Layer) {
	for _, l := range layers() {
		if slices.Contains(l.Used, profile) {
			some = append(some, l.probe())
		}
	}
	return some
}

// MissingError says that a needed layer is not to be had.
type MissingError struct{ Layers []Layer }

func (e *MissingError) Error() string {
	var list []string
	for _, l := range e.Layers {
		list = append(list, l.Name+" ("+l.Missing+")")
	}
	return "this machine cannot confine submissions as demanded; missing: " + strings.Join(list, ", ")
}

// Check returns a [MissingError] if mode demands what this machine does not have for profile.
func Check(mode Mode, profile Profile) error {
	if mode != Require {
		return nil
	}
	missing := slices.DeleteFunc(used(profile), func(l Layer) bool { return l.Missing == "" || !slices.Contains(l.Needed, profile) })
	if len(missing) == 0 {
		return nil
	}
	return &MissingError{missing}
}

// Names lists the layers that confine a program of this profile here, for reports.
func Names(mode Mode, profile Profile) []string {
	names := []string{}
	if mode == Off {
		return names
	}
	for _, l := range used(profile) {
		if l.Missing == "" {
			names = append(names, l.Name)
		}
	}
	return names
}

// ErrLaunch marks errors of the confinement itself: the program has not run.
var ErrLaunch = errors.New("sandbox: the program could not be confined")

// Package launch is the other side of package sandbox, on Linux: what runs in
// the new process. There this executable, called [Name], takes rights away from
// itself and then becomes the program that was asked for, or supervises it.
//
// The init function here, one of two in Weft, does that, in any executable that
// imports this package. The package stands alone, and imports little, so that
// Go initialises it before the large libraries of the terminal, which take ten
// times as long to get ready as the launcher works. A grading starts a dozen.
package launch

// Profile says what a confined program may do.
type Profile string

// The profiles. The zero Profile confines nothing.
const (
	// Tool is for programs that we trust and that work on what we do not, such as
	// compilers: limits on what they write, and nothing else.
	Tool Profile = "tool"
	// Pure computes: no processes, no sockets, no files but what the [Spec] names.
	Pure Profile = "pure"
	// Processes may also start processes: its own executable again, nothing else.
	Processes Profile = "processes"
	// Loopback may also open TCP and UDP sockets, on the loopback interface
	// where there are network namespaces.
	Loopback Profile = "loopback"
)

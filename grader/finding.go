package grader

import "fmt"

// Cause classes what is wrong, so that hints, colours and explanations can be chosen by it.
type Cause string

// The causes. [Causes] documents each for the student.
const (
	CausePolicy       Cause = "policy"
	CauseBuild        Cause = "build"
	CauseVet          Cause = "vet"
	CauseAssertion    Cause = "assertion"
	CausePanic        Cause = "panic"
	CauseCrash        Cause = "crash"
	CauseRace         Cause = "race"
	CauseLeak         Cause = "leak"
	CauseDeadlock     Cause = "deadlock"
	CauseLivelock     Cause = "livelock"
	CauseTimeout      Cause = "timeout"
	CauseBusyWait     Cause = "busy-wait"
	CauseTooSlow      Cause = "too-slow"
	CauseSerial       Cause = "no-speedup"
	CauseMemory       Cause = "memory"
	CauseOutput       Cause = "output"
	CauseProcesses    Cause = "processes"
	CauseDisk         Cause = "disk"
	CauseVanished     Cause = "vanished"
	CauseUnmeasurable Cause = "unmeasurable"
)

// Position is a place in the student's own file, as the student would type it.
// The zero Position means that there is none.
type Position struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col,omitempty"`
	// Func is the function the line is in, where evidence names it.
	Func string `json:"func,omitempty"`
}

// IsValid reports whether the position names a file and a line.
func (p Position) IsValid() bool { return p.File != "" && p.Line > 0 }

// String returns file:line, or file:line:col, or "-".
func (p Position) String() string {
	switch {
	case !p.IsValid():
		return "-"
	case p.Col > 0:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Note is a further place that belongs to a finding: the other access of a
// race, where a goroutine was started, where another one waits.
type Note struct {
	Pos  Position `json:"pos,omitzero"`
	Text string   `json:"text"`
	// Command is what to type to see more; it is never broken over lines.
	Command string `json:"command,omitempty"`
}

// Finding is one mistake of the student's, with the evidence. It is never used
// for a fault of the grader or the machine: that is an error.
type Finding struct {
	Cause   Cause    `json:"cause"`
	Test    string   `json:"test,omitempty"`
	Pos     Position `json:"pos,omitzero"`
	Message string   `json:"message"` // one sentence: what is wrong
	// Rule is what should hold, in the exercise's own words, where a test says so.
	Rule  string `json:"rule,omitempty"`
	Got   string `json:"got,omitempty"`
	Want  string `json:"want,omitempty"`
	Notes []Note `json:"notes,omitempty"`
	// Seed is the schedule in which it happens every time; 0 is none.
	Seed uint64 `json:"seed,omitempty"`
	Help string `json:"help,omitempty"` // the next step
	// Evidence is the raw text the finding was read from. It may hold what
	// hidden tests printed, and is shown with --verbose only.
	Evidence string `json:"-"`
}

package grader

import "time"

// ResultSchema names the format of [Report] as JSON. docs/result.md and
// docs/result.schema.json describe it.
const ResultSchema = "weft/result/v1"

// Status says how far a grading came.
type Status string

// The statuses. The zero Status is none of them.
const (
	StatusGraded      Status = "graded"
	StatusBuildFailed Status = "build_failed"
	StatusRefused     Status = "refused"
	StatusTimeout     Status = "timeout"
	StatusError       Status = "error"
)

// Report is the one canonical result of a grading. Every format is rendered from it.
type Report struct {
	Schema     string         `json:"schema"`
	Exercise   ExerciseInfo   `json:"exercise"`
	Submission SubmissionInfo `json:"submission"`
	Grader     GraderInfo     `json:"grader"`
	Seed       uint64         `json:"seed"`
	Status     Status         `json:"status"`
	Error      string         `json:"error,omitempty"`
	Score      int            `json:"score"`
	MaxScore   int            `json:"max_score"`
	// Unmeasurable is the sum of points that could be neither given nor taken here.
	Unmeasurable int           `json:"unmeasurable_points"`
	Checks       []CheckReport `json:"checks"`
	// Findings explain a refused or unbuildable submission.
	Findings []Finding `json:"findings,omitempty"`
	// Warnings are go vet's; they cost nothing.
	Warnings  []Finding `json:"warnings,omitempty"`
	Measures  []Measure `json:"measures,omitempty"`
	ElapsedMS int64     `json:"elapsed_ms"`
}

// ExerciseInfo names the exercise as it was when it was used.
type ExerciseInfo struct {
	Slug    string `json:"slug"`
	Title   string `json:"title"`
	Version string `json:"version"`
	Hash    string `json:"hash"` // SHA-256 over rubric and tests, hex
}

// SubmissionInfo names what was graded.
type SubmissionInfo struct {
	ID          string     `json:"id"`
	Dir         string     `json:"dir,omitempty"`
	Commit      string     `json:"commit,omitempty"`
	SubmittedAt *time.Time `json:"submitted_at,omitempty"`
	Hash        string     `json:"hash"`
}

// GraderInfo names the machine and the grader.
type GraderInfo struct {
	Version       string  `json:"version"`
	Go            string  `json:"go"`
	OS            string  `json:"os"`
	Arch          string  `json:"arch"`
	EffectiveCPUs float64 `json:"effective_cpus"`
	// Confinement names what held the submission's processes back.
	Confinement []string `json:"confinement,omitempty"`
}

// CheckReport is one criterion in the report.
type CheckReport struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Group      string    `json:"group"` // the stage
	DependsOn  []string  `json:"depends_on,omitempty"`
	Verdict    Verdict   `json:"verdict"`
	Kind       Cause     `json:"kind,omitempty"` // of the first finding
	Points     int       `json:"points"`
	MaxPoints  int       `json:"max_points"`
	Runs       int       `json:"runs"`
	Failures   int       `json:"failures"`
	Schedules  int       `json:"schedules,omitempty"` // explored
	Repeats    int       `json:"repeats,omitempty"`   // with delays in real time
	Seed       uint64    `json:"seed"`
	Visibility string    `json:"visibility"`
	Hint       string    `json:"hint,omitempty"`
	Message    string    `json:"message,omitempty"`
	Location   *Position `json:"location,omitempty"`
	Findings   []Finding `json:"findings,omitempty"`
}

// Schedules returns how many schedules were explored for all checks together.
func (r *Report) Schedules() int {
	return r.sum(func(c CheckReport) int { return c.Schedules })
}

// Repeats returns how often tests that cannot be explored were repeated with
// delays in real time, for all checks together.
func (r *Report) Repeats() int {
	return r.sum(func(c CheckReport) int { return c.Repeats })
}

func (r *Report) sum(of func(CheckReport) int) (n int) {
	for _, c := range r.Checks {
		n += of(c)
	}
	return n
}

// AllPassed reports whether something was assessed and everything assessed passed.
func (r *Report) AllPassed() bool {
	passed := 0
	for _, c := range r.Checks {
		switch c.Verdict {
		case Passed:
			passed++
		case Unmeasurable:
		default:
			return false
		}
	}
	return r.Status == StatusGraded && passed > 0
}

// check makes the report of one criterion from what its stage says.
func check(c Criterion, r Result, seed uint64) CheckReport {
	out := CheckReport{
		ID: c.ID, Name: c.Title, Group: c.Stage, DependsOn: c.After, Verdict: r.Verdict,
		MaxPoints: c.Points, Points: points(c, r), Runs: r.Runs, Failures: r.Failures, Schedules: r.Schedules, Repeats: r.Repeats,
		Seed: seed, Visibility: "visible", Message: r.Reason, Findings: r.Findings,
	}
	if r.Verdict == Failed {
		out.Hint = c.Advice
	}
	if len(r.Findings) > 0 {
		first := r.Findings[0]
		out.Kind, out.Message = first.Cause, first.Message
		if first.Pos.IsValid() {
			out.Location = &first.Pos
		}
	}
	return out
}

// points gives credit: all for a pass, a part for a part of the tests, never
// all of them to a criterion that failed.
func points(c Criterion, r Result) int {
	switch {
	case r.Verdict == Passed:
		return c.Points
	case r.Verdict != Failed || c.AllOrNothing || c.Check != CheckTests || r.TestsTotal == 0:
		return 0
	}
	return min(c.Points*r.TestsPassed/r.TestsTotal, max(c.Points-1, 0))
}

package grader

import "context"

// Stage is one step of a grading. It is a plain value with its documentation
// as data; the one list of stages is in package stage.
type Stage struct {
	Name  string // as in exercise.json and --only
	Title string // for people
	Doc   string // several sentences: what `grade explain NAME` prints
	// Always marks stages that run for every exercise, whatever its criteria.
	Always bool
	// Run judges the criteria of this stage. An error means that the grader or
	// the machine broke.
	Run func(ctx context.Context, p *Pass) (StageResult, error)
}

// StageResult is what a stage says.
type StageResult struct {
	Results []Result
	// Stop ends the grading with this status: the submission is refused or
	// does not build.
	Stop Status
	// Findings explain Stop.
	Findings []Finding
	// Warnings are shown and cost nothing.
	Warnings []Finding
	Measures []Measure
}

// Pass is all that one stage run may see.
type Pass struct {
	Exercise   *Exercise
	Submission *Submission
	// Intake holds what was wrong with the folder itself.
	Intake []Finding
	Bench  Bench
	Seed   uint64
	Quick  bool
	// Lazy builds a binary when it is needed, for submissions that are known to
	// be wrong. It is not for strangers' code, which could wait for the sources
	// to come back.
	Lazy bool
	// Only, when not empty, names the criteria or stages to judge.
	Only []string
	// Missing is filled by the build: flavours that cannot be had here.
	Missing map[Flavour]string
	// Judged holds what earlier stages found, by criterion.
	Judged map[string]Result
	// Explored holds what schedules have shown of each test. It is a function of
	// the source, so a pass that judges again does not explore again.
	Explored map[string]TestOutcome
	// Progress is told what is going on. It is never nil.
	Progress func(text string)
}

// Wants reports whether the pass is to judge criterion c.
func (p *Pass) Wants(c Criterion) bool {
	if len(p.Only) == 0 {
		return true
	}
	for _, o := range p.Only {
		if o == c.ID || o == c.Stage {
			return true
		}
	}
	return false
}

// Criteria returns those criteria of the stage that the pass is to judge.
func (p *Pass) Criteria(stage string) []Criterion {
	var list []Criterion
	for _, c := range p.Exercise.Criteria {
		if c.Stage == stage && p.Wants(c) {
			list = append(list, c)
		}
	}
	return list
}

// Submission is what a student handed in: the declared files, read once.
type Submission struct {
	Dir   string // as the student typed it
	ID    string // for reports; the folder's name by default
	Files map[string][]byte
	// Names lists Files in order.
	Names []string
	Hash  string // SHA-256 over names and contents, hex
}

// Names of the stages that criteria may ask for. Package stage has the list
// with what each does.
const (
	StageRace    = "race"
	StageExplore = "explore"
	StageTiming  = "timing"
	StageSpeedup = "speedup"
)

package study

import "slices"

// Standing is how far a student is with an exercise.
type Standing string

// The standings, from the first to the last.
const (
	New    Standing = "new"      // not graded yet, or put back to the stub since
	Tried  Standing = "tried"    // graded, not passed
	Shown  Standing = "given-up" // the solution was shown without a pass
	Passed Standing = "passed"
)

// Standings lists them in order.
func Standings() []Standing { return []Standing{New, Tried, Shown, Passed} }

// State is what the events of one exercise add up to. The order in which two
// machines' lines stand in the file makes no difference: see the rules at each field.
type State struct {
	Standing Standing // passed wins over given up; a reset begins anew
	Best     int      // highest score of a whole grading, ever
	Max      int      // of the best one
	Attempts int      // whole gradings, ever
	// EverPassed stays, whatever is done to the code afterwards.
	EverPassed bool
	// Hints are the numbers of the hints shown since the last reset, in order.
	Hints []int
	// Failed is what failed in the last grading, partial ones included.
	Failed []string
}

// Of adds up the events of one exercise.
func (p Progress) Of(slug string) State {
	s := State{Standing: New}
	for _, e := range p.Events {
		if e.Exercise == slug {
			s.add(e)
		}
	}
	slices.Sort(s.Hints)
	return s
}

func (s *State) add(e Event) {
	switch e.Kind {
	case Graded:
		s.Failed = e.Failed
		if e.Result != resultPartial {
			s.grade(e)
		}
	case Hinted:
		if !slices.Contains(s.Hints, e.Hint) {
			s.Hints = append(s.Hints, e.Hint)
		}
	case GaveUp:
		s.rise(Shown)
	case Reset:
		s.Standing, s.Hints, s.Failed = New, nil, nil
	}
}

func (s *State) grade(e Event) {
	s.Attempts++
	if s.Max == 0 || e.Score*s.Max > s.Best*e.Max { // points of another version may have another sum
		s.Best, s.Max = e.Score, e.Max
	}
	if e.Result == resultPassed {
		s.EverPassed = true
		s.rise(Passed)
		return
	}
	s.rise(Tried)
}

// rise never lowers a standing.
func (s *State) rise(to Standing) {
	if slices.Index(Standings(), to) > slices.Index(Standings(), s.Standing) {
		s.Standing = to
	}
}

// Next returns the first of the exercises that is neither passed nor given up;
// if there is none, the first that is not passed. It is "" when all are.
func (p Progress) Next(slugs []string) string {
	givenUp := ""
	for _, slug := range slugs {
		switch p.Of(slug).Standing {
		case New, Tried:
			return slug
		case Shown:
			if givenUp == "" {
				givenUp = slug
			}
		}
	}
	return givenUp
}

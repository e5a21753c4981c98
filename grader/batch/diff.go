package batch

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
)

// Move is a result that is not what it was.
type Move struct {
	ID, Exercise string
	Old, New     *Outcome // nil where there is none
	Checks       []CheckMove
	// Why names what else differs: content, exercise, grader, toolchain, machine.
	Why []string
}

// Outcome is what a result comes to.
type Outcome struct {
	Status     grader.Status
	Score, Max int
}

// CheckMove is a check with another outcome.
type CheckMove struct {
	ID       string
	Old, New Mark
}

// brief is what a comparison needs of a result.
type brief struct {
	Outcome
	marks    map[string]Mark
	order    []string
	content  string
	exercise string
	grader   string
	tools    string
	machine  string
	seed     uint64
}

// Diff compares two folders of results and returns what moved, in order: a
// score, a status or the verdict of a check.
func Diff(old, new string) ([]Move, error) {
	before, err := briefs(old)
	if err != nil {
		return nil, err
	}
	now, err := briefs(new)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(before)
	maps.Copy(all, now)
	var moves []Move
	for _, key := range slices.Sorted(maps.Keys(all)) {
		id, slug, _ := strings.Cut(key, "/")
		if m, moved := move(before[key], now[key]); moved {
			m.ID, m.Exercise = id, slug
			moves = append(moves, m)
		}
	}
	return moves, nil
}

func briefs(dir string) (map[string]*brief, error) {
	all := map[string]*brief{}
	err := each(dir, func(slug string, _ []byte, r *grader.Report) error {
		b := &brief{
			Outcome: Outcome{r.Status, r.Score, r.MaxScore}, marks: map[string]Mark{}, content: r.Submission.Hash, exercise: r.Exercise.Hash,
			grader: r.Grader.Version, tools: r.Grader.Go, seed: r.Seed, machine: fmt.Sprintf("%s/%s, %g processors", r.Grader.OS, r.Grader.Arch, r.Grader.EffectiveCPUs),
		}
		for _, c := range r.Checks {
			b.marks[c.ID] = Mark{c.Verdict, c.Points}
			b.order = append(b.order, c.ID)
		}
		all[r.Submission.ID+"/"+slug] = b
		return nil
	})
	return all, err
}

func move(old, new *brief) (m Move, moved bool) {
	if old != nil {
		m.Old = &old.Outcome
	}
	if new != nil {
		m.New = &new.Outcome
	}
	if old == nil || new == nil {
		return m, true
	}
	ids := slices.Clone(old.order)
	for _, id := range new.order {
		if _, known := old.marks[id]; !known {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		if a, b := old.marks[id], new.marks[id]; a != b {
			m.Checks = append(m.Checks, CheckMove{id, a, b})
		}
	}
	m.Why = why(old, new)
	return m, len(m.Checks) > 0 || old.Outcome != new.Outcome
}

// why names the circumstances that differ.
func why(old, new *brief) (list []string) {
	if old.content != new.content {
		list = append(list, "the submission changed")
	}
	if old.exercise != new.exercise {
		list = append(list, "the exercise changed")
	}
	for _, x := range []struct{ what, old, new string }{
		{"grader", old.grader, new.grader}, {"toolchain", old.tools, new.tools}, {"machine", old.machine, new.machine},
		{"seed", fmt.Sprint(old.seed), fmt.Sprint(new.seed)},
	} {
		if x.old != x.new {
			list = append(list, fmt.Sprintf("another %s: %s → %s", x.what, x.old, x.new))
		}
	}
	if len(list) == 0 {
		list = append(list, "nothing else differs: the verdict depends on the run, and deserves a look")
	}
	return list
}

// WriteDiff prints what moved, for people.
func WriteDiff(w io.Writer, moves []Move) error {
	w = grader.Cleaner(w)
	for _, m := range moves {
		if _, err := fmt.Fprintf(w, "%s %s: %s → %s\n", m.ID, m.Exercise, m.Old, m.New); err != nil {
			return err
		}
		for _, c := range m.Checks {
			if _, err := fmt.Fprintf(w, "  %s: %s → %s\n", c.ID, c.Old, c.New); err != nil {
				return err
			}
		}
		for _, y := range m.Why {
			if _, err := fmt.Fprintf(w, "  why: %s\n", y); err != nil {
				return err
			}
		}
	}
	return nil
}

// String says what a result comes to; that of a nil Outcome says that there is none.
func (o *Outcome) String() string {
	switch {
	case o == nil:
		return "no result"
	case o.Status == grader.StatusGraded:
		return fmt.Sprintf("%d of %d", o.Score, o.Max)
	}
	return fmt.Sprintf("%s, %d of %d", o.Status, o.Score, o.Max)
}

// String returns verdict and points.
func (m Mark) String() string {
	if m.Verdict == grader.VerdictUnknown {
		return "no such check"
	}
	return fmt.Sprintf("%s (%d)", m.Verdict, m.Points)
}

package verify

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/weft-course/weft/grader"
)

// Rate is how often a test fails under exploration.
type Rate struct {
	Test      string
	Schedules int // run in all
	Failures  int // of them
}

// P is the share of schedules that fail.
func (r Rate) P() float64 {
	if r.Schedules == 0 {
		return 0
	}
	return float64(r.Failures) / float64(r.Schedules)
}

// Need is the number of schedules that find the mistake in 999 of 1,000
// choices of seeds: ln(1000)/p.
func (r Rate) Need() int {
	if r.Failures == 0 {
		return 0
	}
	return int(math.Ceil(math.Log(1000) / r.P()))
}

// Rates measures a submission: whether it fails without exploration already,
// and how often each explored test fails with it.
type Rates func(ctx context.Context, ex *grader.Exercise, dir string) (fails bool, rates []Rate, err error)

// Calibration is what Calibrate found for one mutant.
type Calibration struct {
	Mutant string
	Plain  bool // found without exploration
	Best   Rate // of the test that finds it most often
}

// Calibrate measures every mutant of an exercise. Tell is told of each as soon
// as it is known. The result is the number of schedules that finds all of
// those which need exploration, or 0 if none does.
func Calibrate(ctx context.Context, root string, ex *grader.Exercise, rates Rates, tell func(Calibration)) (int, error) {
	dir := filepath.Join(root, "solutions", ex.Slug, "testdata", "mutants")
	need := 0
	for _, name := range folders(dir) {
		plain, all, err := rates(ctx, ex, filepath.Join(dir, name))
		if err != nil {
			return 0, fmt.Errorf("%s: mutant %s: %w", ex.Slug, name, err)
		}
		c := Calibration{Mutant: name, Plain: plain}
		if len(all) > 0 {
			c.Best = slices.MaxFunc(all, func(a, b Rate) int { return cmp.Compare(a.P(), b.P()) })
		}
		if !plain {
			need = max(need, c.Best.Need())
		}
		tell(c)
	}
	return need, nil
}

var (
	schedulesField = regexp.MustCompile(`"schedules":\s*\d+`)
	criteriaField  = regexp.MustCompile(`(?m)^(\s*)"criteria":`)
)

// WriteSchedules puts the number into exercise.json and leaves the rest of the
// file as its author wrote it.
func WriteSchedules(root, slug string, n int) error {
	name := filepath.Join(root, "solutions", slug, "exercise.json")
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	field := `"schedules": ` + strconv.Itoa(n)
	text := string(raw)
	switch {
	case schedulesField.MatchString(text):
		text = schedulesField.ReplaceAllString(text, field)
	case criteriaField.MatchString(text):
		text = criteriaField.ReplaceAllString(text, "${1}"+field+",\n${1}\"criteria\":")
	default:
		return fmt.Errorf("%s: no criteria", name)
	}
	tmp := name + ".tmp"
	if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}

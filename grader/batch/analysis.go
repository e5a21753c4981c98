package batch

import (
	"math"
	"slices"

	"github.com/weft-course/weft/grader"
)

// enough is how many students it takes before a correlation says anything.
const enough = 20

// item says how a check did in a class.
type item struct {
	Check
	Assessed int // passed or failed
	Failed   int
	// Discrimination is the correlation between the check's points and those of
	// the rest of the exercise, from -1 to 1. Near zero or below, the check
	// tells nothing of who masters the exercise.
	Discrimination float64
	Discriminates  bool // it can be said: enough students, not all the same
}

// exerciseStats say how an exercise did in a class.
type exerciseStats struct {
	Column
	Graded                int // with a result that counts
	Mean, Median          float64
	Histogram             [10]int // by tenths of the points, after deductions
	Items                 []item
	Missing, Broken, Late int
}

// analyse computes the statistics of the i-th exercise.
func (g *Gradebook) analyse(i int) exerciseStats {
	s := exerciseStats{Column: g.Columns[i]}
	var totals []float64
	for _, r := range g.Rows {
		switch c := r.Cells[i]; {
		case c == nil:
			s.Missing++
		case c.Status == grader.StatusError:
			s.Broken++
		default:
			totals = append(totals, float64(c.Total)/100)
			s.Histogram[bin(c.Total, c.Max)]++
			if c.Late > 0 {
				s.Late++
			}
		}
	}
	s.Graded, s.Mean, s.Median = len(totals), mean(totals), median(totals)
	for _, ch := range s.Checks {
		s.Items = append(s.Items, g.item(i, ch))
	}
	return s
}

// bin is the tenth of the points that a total falls into.
func bin(hundredths, most int) int {
	if most <= 0 {
		return 0
	}
	return min(max(hundredths*10/(most*100), 0), 9)
}

func (g *Gradebook) item(i int, ch Check) item {
	it := item{Check: ch}
	var own, rest []float64
	for _, r := range g.Rows {
		c := r.Cells[i]
		if c == nil {
			continue
		}
		m, ok := c.Checks[ch.ID]
		if !ok || m.Verdict != grader.Passed && m.Verdict != grader.Failed {
			continue
		}
		it.Assessed++
		if m.Verdict == grader.Failed {
			it.Failed++
		}
		own, rest = append(own, float64(m.Points)), append(rest, float64(c.Score-m.Points))
	}
	if len(own) >= enough {
		it.Discrimination, it.Discriminates = correlation(own, rest)
	}
	return it
}

// Rate is the part of those assessed who failed, in percent.
func (it item) Rate() float64 {
	if it.Assessed == 0 {
		return 0
	}
	return 100 * float64(it.Failed) / float64(it.Assessed)
}

func mean(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// correlation is Pearson's. It is undefined where one of the two never varies.
func correlation(x, y []float64) (r float64, ok bool) {
	mx, my := mean(x), mean(y)
	var xy, xx, yy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	if xx == 0 || yy == 0 {
		return 0, false
	}
	return xy / math.Sqrt(xx*yy), true
}

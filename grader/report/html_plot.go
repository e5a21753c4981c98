package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/weft-course/weft/grader"
)

// passingShare is the part of a known-good run's speed-up that passes, as in
// gradetest.MinEfficiency; a test keeps the two the same.
const passingShare = 0.75

// tellingSpeedup is the speed-up of a known-good run below which the machine
// cannot tell, as the documentation of the stage says.
const tellingSpeedup = 1.5

// Measures of a plot in pixels.
const (
	plotWidth = 440
	plotBar   = 16
	plotStep  = 44
	plotFoot  = 40
	plotLeft  = 6
	plotRight = 20
)

// plot is the speed-up of one test: bars for the runs that were timed, and for
// what they are compared with. Between one worker and all of them nothing is
// measured, so no curve is drawn.
type plot struct {
	ID, Title, Desc string
	Width, Height   int
	Floor           int // y of the axis
	Bars            []bar
	Ticks           []tick
	Pass            int // x of what would have passed; 0 where the machine cannot tell
	Summary         string
}

// bar is a run. Time is empty for what was computed and not timed.
type bar struct {
	Class, Name, Speed, Time string
	X, Y, LabelY, W, H       int
	Top, Foot                int // of the mark for what would pass
}

type tick struct {
	X    int
	Text string
}

// plots draws each speed-up that was measured.
func (d *drafter) plots() (all []plot, _ error) {
	for _, m := range d.r.Measures {
		if m.Name != "speedup" || len(all) == maxPlots || !drawable(m) {
			continue
		}
		all = append(all, newPlot(fmt.Sprintf("%s-p%d", d.id, len(all)+1), m))
	}
	return all, nil
}

// drawable reports whether the measure has what a plot needs, in numbers that
// can be drawn.
func drawable(m grader.Measure) bool {
	for _, name := range []string{"workers", "serial_ms", "known_good_ms", "student_ms", "known_good", "student"} {
		if v := m.Values[name]; !(v > 0) || math.IsInf(v, 0) || v > 1e9 {
			return false
		}
	}
	return m.Values["workers"] <= 1024
}

func newPlot(id string, m grader.Measure) plot {
	v := m.Values
	workers := int(v["workers"])
	p := plot{ID: id, Title: "Speed-up with " + plural(workers, "worker"), Width: plotWidth, Summary: inWords(workers, v)}
	p.Desc = p.Summary + " The table below has the numbers."
	most := max(float64(workers), v["student"], v["known_good"], 1)
	x := func(s float64) int { return plotLeft + int(s/most*(plotWidth-plotLeft-plotRight)) }
	add := func(class, name, time string, s float64) {
		y := len(p.Bars) * plotStep
		p.Bars = append(p.Bars, bar{
			Class: class, Name: name, Speed: speed(s), Time: time, X: plotLeft, LabelY: y + 14, Y: y + 20, W: max(x(s)-plotLeft, 1), H: plotBar,
			Top: y + 17, Foot: y + 23 + plotBar,
		})
	}
	add("plot-serial", "one after another", millis(v["serial_ms"]), 1)
	add("plot-student", "your code", millis(v["student_ms"]), v["student"])
	if pass := passingShare * v["known_good"]; v["known_good"] >= tellingSpeedup {
		p.Pass = x(pass)
		add("plot-pass", "what would pass", "", pass)
	}
	add("plot-known", "a known-good run", millis(v["known_good_ms"]), v["known_good"])
	add("plot-ideal", "ideal: a processor for each worker", "", float64(workers))
	p.Floor = len(p.Bars) * plotStep
	p.Height = p.Floor + plotFoot
	p.Ticks = ticks(most, x)
	return p
}

// inWords says what the plot shows.
func inWords(workers int, v map[string]float64) string {
	text := fmt.Sprintf("Your code with %s was %s times as fast as the same work done one after another. A known-good run on this machine got %s at the same moment",
		plural(workers, "worker"), speed(v["student"]), speed(v["known_good"]))
	if v["known_good"] < tellingSpeedup {
		return text + fmt.Sprintf(": less than %s, so this machine could not tell.", speed(tellingSpeedup))
	}
	return text + fmt.Sprintf(", and %s would pass.", speed(passingShare*v["known_good"]))
}

// ticks divides the axis at whole numbers, five or fewer of them behind zero.
func ticks(most float64, x func(float64) int) (all []tick) {
	step := max(1, int(math.Ceil(most/5)))
	for n := 0; float64(n) <= most; n += step {
		all = append(all, tick{x(float64(n)), strconv.Itoa(n)})
	}
	return all
}

func speed(s float64) string { return strconv.FormatFloat(s, 'f', 2, 64) }

func millis(ms float64) string { return strconv.FormatFloat(ms, 'f', 1, 64) + " ms" }

package batch

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Late is what a late submission loses: for each unit of time that has begun
// after the due time, a part of the points that it earned. The zero Late takes
// nothing.
type Late struct {
	Rate  int // hundredths of a percent for each unit
	Unit  time.Duration
	Max   int           // never more than this, in hundredths of a percent
	Grace time.Duration // who is later by no more than this is not late
}

// whole is all points, in hundredths of a percent.
const whole = 100_00

const lateHint = "as in: --late 10%/day --late-max 50% --grace 15m"

// ParseLate reads a policy: rate as "10%/day" (or hour, or week), most as
// "50%". An empty rate takes nothing; an empty most is 100%.
func ParseLate(rate, most string, grace time.Duration) (Late, error) {
	if grace < 0 {
		return Late{}, inputf(lateHint, "--grace %v is less than nothing", grace)
	}
	if rate == "" {
		if most != "" || grace > 0 {
			return Late{}, inputf(lateHint, "--late-max and --grace mean nothing without --late")
		}
		return Late{}, nil
	}
	amount, unit, ok := strings.Cut(rate, "/")
	l := Late{Unit: units[unit], Max: whole, Grace: grace}
	part, err := parsePercent(amount)
	if !ok || l.Unit == 0 || err != nil {
		return Late{}, inputf(lateHint, "--late %q is no percentage for each hour, day or week", rate)
	}
	l.Rate = part
	if most != "" {
		if l.Max, err = parsePercent(most); err != nil {
			return Late{}, inputf(lateHint, "--late-max %q is no percentage from 0%% to 100%%", most)
		}
	}
	return l, nil
}

var units = map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour}

// parsePercent reads "12.5%" as 1250.
func parsePercent(s string) (int, error) {
	number, ok := strings.CutSuffix(s, "%")
	f, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(f >= 0 && f <= 100) {
		return 0, strconv.ErrSyntax
	}
	return int(math.Round(f * 100)), nil
}

// Deduction returns what a submission loses, in hundredths of a percent of its points.
func (l Late) Deduction(due, submitted time.Time) int {
	late := submitted.Sub(due)
	if late <= l.Grace || late <= 0 || l.Rate == 0 {
		return 0
	}
	begun := int((late-1)/l.Unit) + 1
	if begun > whole { // before the product gets too large
		return l.Max
	}
	return min(begun*l.Rate, l.Max)
}

// after takes a deduction off; the result is in hundredths of a point, half a
// hundredth rounded up.
func after(score, deduction int) int { return (score*(whole-deduction) + 50) / 100 }

// points writes hundredths of a point, without zeros at the end.
func points(hundredths int) string {
	return strconv.FormatFloat(float64(hundredths)/100, 'f', -1, 64)
}

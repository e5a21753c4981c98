package coroutines_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/14-coroutines"
)

type averager = coroutines.Coroutine[*float64, float64, coroutines.Average]

// feed sends xs to a, and demands the means.
func feed(t *testing.T, a *averager, xs, means []float64) {
	t.Helper()
	for i, x := range xs {
		mean, err := a.Send(&x)
		require.NoError(t, err, "Send of a number to an averager")
		require.InDelta(t, means[i], mean, 1e-9, "mean so far")
	}
}

// requireAverage demands that err carries the average want.
func requireAverage(t *testing.T, want coroutines.Average, err error) {
	t.Helper()
	require.ErrorIs(t, err, coroutines.ErrDone, "error of the call that sends the sentinel")
	var done *coroutines.Done[coroutines.Average]
	require.ErrorAs(t, err, &done, "error of the call that sends the sentinel")
	require.Equal(t, want.Count, done.Value.Count, "how many numbers were averaged")
	require.InDelta(t, want.Mean, done.Value.Mean, 1e-9, "mean at the end")
}

func TestAveragerEndsWithItsAverage(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a := coroutines.Averager()
		require.Equal(t, coroutines.Created, a.State(), "state of a new averager")
		primed(t, a)
		feed(t, a, []float64{40, -10, 0, 10}, []float64{40, 15, 10, 10})
		_, err := a.Send(nil)
		requireAverage(t, coroutines.Average{Count: 4, Mean: 10}, err)
		requireOver(t, a)

		a = primed(t, coroutines.Averager())
		feed(t, a, []float64{3}, []float64{3})
		_, err = a.Next()
		requireAverage(t, coroutines.Average{Count: 1, Mean: 3}, err)

		_, err = primed(t, coroutines.Averager()).Send(nil)
		requireAverage(t, coroutines.Average{}, err)
	})
}

func TestAveragerRefusesWhatIsNoNumber(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a := primed(t, coroutines.Averager())
		feed(t, a, []float64{1}, []float64{1})
		spam := math.NaN()
		_, err := a.Send(&spam)
		require.ErrorIs(t, err, coroutines.ErrNaN, "error of the Send of a NaN")
		require.NotErrorIs(t, err, coroutines.ErrDone, "error of the Send of a NaN")
		requireOver(t, a)
	})
}

func TestAveragerBeginsAgain(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a := primed(t, coroutines.Averager())
		feed(t, a, []float64{100, 200}, []float64{100, 150})
		mean, err := a.Throw(coroutines.ErrReset)
		require.NoError(t, err, "Throw of ErrReset to an averager")
		require.Zero(t, mean, "mean after ErrReset")
		feed(t, a, []float64{2, 4}, []float64{2, 3})
		_, err = a.Send(nil)
		requireAverage(t, coroutines.Average{Count: 2, Mean: 3}, err)

		a = primed(t, coroutines.Averager())
		feed(t, a, []float64{7}, []float64{7})
		_, err = a.Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error of a Throw of something else to an averager")
		requireOver(t, a)
	})
}

func TestAveragersAreSeparate(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := primed(t, coroutines.Averager()), primed(t, coroutines.Averager())
		feed(t, a, []float64{10, 30}, []float64{10, 20})
		feed(t, b, []float64{1, 2}, []float64{1, 1.5})
		feed(t, a, []float64{5}, []float64{15})
		require.NoError(t, a.Close(), "Close of an averager")
		_, err := b.Send(nil)
		requireAverage(t, coroutines.Average{Count: 2, Mean: 1.5}, err)
	})
}

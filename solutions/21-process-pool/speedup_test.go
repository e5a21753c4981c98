package processpool_test

import (
	"slices"
	"testing"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/21-process-pool"
)

// TestPoolSpeedUp uses the same pool all the time, since starting processes takes
// longer than a call, and gives each worker its share in one call: on a machine
// with other things to do, each one may have to wait until it gets a processor.
func TestPoolSpeedUp(t *testing.T) {
	gradetest.RealTime(t)
	pools := map[int]*processpool.Pool{}
	defer func() {
		for _, p := range pools {
			p.Close()
		}
	}()
	gradetest.SpeedupCalls(t, func(workers int, seeds []uint64, rounds int) []uint64 {
		p := pools[workers]
		if p == nil {
			p = newPool(t, workers, 0)
			pools[workers] = p
		}
		var fs []*processpool.Future[[]uint64]
		for share := range slices.Chunk(seeds, (len(seeds)+workers-1)/workers) {
			fs = append(fs, submit(t, p, burns, work{share, rounds}))
		}
		var results []uint64
		for _, f := range fs {
			results = append(results, result(t, f, "a call that computes")...)
		}
		return results
	})
}

package multiprocessing_test

import (
	"encoding/binary"
	"hash/crc32"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/10-multiprocessing"
)

// TestSpeedUp has processes compute that are started once: making one takes
// longer than a task does.
func TestSpeedUp(t *testing.T) {
	gradetest.RealTime(t)
	var crew []*multiprocessing.Process
	defer func() {
		for _, p := range crew {
			p.Pipe().Send(nil)
			join(t, p)
		}
	}()
	gradetest.SpeedupCalls(t, func(workers int, seeds []uint64, rounds int) []uint64 {
		for len(crew) < workers {
			crew = append(crew, start(t, multiprocessing.New(burns, struct{}{})))
		}
		results := make([]uint64, len(seeds))
		var next atomic.Int64
		var failed atomic.Int32
		var all sync.WaitGroup
		for _, p := range crew[:workers] {
			all.Go(func() {
				for i := int(next.Add(1) - 1); i < len(seeds); i = int(next.Add(1) - 1) {
					var err error
					if results[i], err = burn(p.Pipe(), seeds[i], rounds); err != nil {
						failed.Add(1)
					}
				}
			})
		}
		all.Wait()
		require.Zero(t, failed.Load(), "tasks that a process did not answer")
		return results
	})
}

// burn has another process compute.
func burn(p *multiprocessing.Pipe, seed uint64, rounds int) (uint64, error) {
	task := binary.BigEndian.AppendUint64(nil, seed)
	if err := p.Send(binary.BigEndian.AppendUint64(task, uint64(rounds))); err != nil {
		return 0, err
	}
	answer, err := p.Recv()
	if err != nil || len(answer) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(answer), nil
}

// TestHugeMessage is here because the race detector would make it slow.
func TestHugeMessage(t *testing.T) {
	gradetest.RealTime(t)
	const n = 64 << 20
	p := start(t, multiprocessing.New(huge, n))
	got, err := p.Pipe().Recv()
	require.NoError(t, err, "Recv of a message of 64 MiB")
	require.Equal(t, n, len(got), "length of a message of 64 MiB")
	require.Equal(t, crc32.ChecksumIEEE(pattern(n)), crc32.ChecksumIEEE(got), "checksum of a message of 64 MiB")
	join(t, p)
}

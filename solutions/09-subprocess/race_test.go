package subprocess_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/09-subprocess"
)

// Each hammer calls one method only: what another one locks would order, by
// luck, what this one forgets to protect.

func TestHammerPoll(t *testing.T) {
	l := newLine(t)
	p := start(t, l.on(as("hold")))
	l.started(t)
	var asking, all sync.WaitGroup
	asking.Add(3)
	for range 3 {
		all.Go(func() {
			p.Poll()
			asking.Done()
			for range 2000 { // ten seconds: the programs of a wrong answer have given up by then
				if _, ended := p.Poll(); ended {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	asking.Wait()
	l.to.Close()
	all.Wait()
	_, ended := p.Poll()
	require.True(t, ended, "whether Poll sees the end of a program")
}

func TestHammerWait(t *testing.T) {
	l := newLine(t)
	p := start(t, l.on(as("hold")))
	l.started(t)
	got := make([]subprocess.Status, 4)
	var asking, all sync.WaitGroup
	asking.Add(len(got))
	for i := range got {
		all.Go(func() {
			asking.Done()
			got[i], _ = p.Wait(context.Background())
		})
	}
	asking.Wait()
	l.to.Close()
	all.Wait()
	require.Equal(t, make([]subprocess.Status, 4), got, "statuses that four calls of Wait returned")
}

func TestHammerKill(t *testing.T) {
	p := start(t, as("cat"))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 2000 {
				if p.Kill() != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	all.Wait()
	require.Error(t, p.Kill(), "error of Kill once the program has ended")
	wait(t, p)
}

// TestHammerRun has several programs run at the same time.
func TestHammerRun(t *testing.T) {
	var all sync.WaitGroup
	got := make([]string, 3)
	for i := range got {
		all.Go(func() {
			r, _ := subprocess.Run(context.Background(), as("both", "100"), nil)
			got[i] = string(r.Stdout) + string(r.Stderr)
		})
	}
	all.Wait()
	require.Equal(t, got[0], got[1], "outputs of two runs at the same time")
	require.Len(t, got[2], 200, "bytes of output of a third run at the same time")
}

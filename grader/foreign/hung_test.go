package foreign

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// TestExploreWhatNeverEnds: a test that waits for ever as it is, in every run,
// is given a schedule and an explanation, and holds up nobody.
func TestExploreWhatNeverEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until nothing has moved for a while")
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/hung\n\ngo 1.25\n")
	writeFile(t, filepath.Join(dir, "a_test.go"), `package hung

import (
	"sync"
	"testing"
	"time"
)

func TestUpgrade(t *testing.T) {
	defer time.AfterFunc(time.Hour, func() {}).Stop() // or the runtime itself would see that all is asleep
	var mu sync.RWMutex
	var all sync.WaitGroup
	all.Add(1)
	go func() { defer all.Done(); mu.RLock(); mu.Lock(); mu.Unlock(); mu.RUnlock() }()
	all.Wait()
}

func TestFine(t *testing.T) {
	c := make(chan int)
	go func() { c <- 1 }()
	<-c
}
`)
	r, err := Explore(context.Background(), Options{Dir: dir, Seeds: 20, Leaks: true})
	require.NoError(t, err)
	hung := find(t, r, "TestUpgrade")
	assert.Equal(t, Found, hung.State, hung.Why)
	require.NotEmpty(t, hung.Findings)
	assert.Equal(t, grader.CauseDeadlock, hung.Findings[0].Cause)
	assert.EqualValues(t, 1, hung.Seed)
	assert.Equal(t, Clean, find(t, r, "TestFine").State)
}

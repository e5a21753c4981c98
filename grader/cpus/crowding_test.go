package cpus

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestCrowding(t *testing.T) {
	for text, want := range map[string]float64{
		"0.2 0.18 0.12 1/80 11206\n": 1, "0 0 0 8/80 1\n": 1, "0 0 0 20/80 1\n": 2.5, "0 0 0 5000/8000 1\n": MaxCrowding,
		"": 1, "0 0 0\n": 1, "0 0 0 x/y 1\n": 1,
	} {
		assert.Equal(t, want, crowding(files("proc/loadavg", text), 4), text)
	}
	assert.Equal(t, 1.0, crowding(files(), 4), "no such file")
}

func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p Patience
		assert.Zero(t, p.Spent(), "it begins")
		time.Sleep(time.Minute)
		first := p.Spent()
		assert.LessOrEqual(t, first, time.Minute)
		assert.GreaterOrEqual(t, first, time.Minute/MaxCrowding)
		assert.Equal(t, first, p.Spent(), "no time has passed")
	})
}

package verify_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/verify"
)

func TestNeed(t *testing.T) {
	for want, r := range map[int]verify.Rate{
		7: {Schedules: 12, Failures: 12}, 14: {Schedules: 24, Failures: 12}, 691: {Schedules: 1200, Failures: 12}, 0: {Schedules: 5000},
	} {
		assert.Equal(t, want, r.Need(), "%+v", r)
	}
	assert.Zero(t, verify.Rate{}.P())
}

// TestCalibrateTakesTheHardest: the mutant that needs exploration most decides,
// by the test that finds it most easily; one found without does not count.
func TestCalibrateTakesTheHardest(t *testing.T) {
	root := t.TempDir()
	for _, m := range []string{"easy", "hard", "plain", "unseen"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, "solutions", "24-latch", "testdata", "mutants", m), 0o755))
	}
	rates := func(_ context.Context, _ *grader.Exercise, dir string) (bool, []verify.Rate, error) {
		switch filepath.Base(dir) {
		case "easy":
			return false, []verify.Rate{{"TestA", 12, 12}}, nil
		case "hard":
			return false, []verify.Rate{{"TestA", 5000, 0}, {"TestB", 120, 12}, {"TestC", 1200, 12}}, nil
		case "plain":
			return true, []verify.Rate{{"TestA", 50000, 1}}, nil
		}
		return true, nil, nil
	}
	told := map[string]verify.Calibration{}
	need, err := verify.Calibrate(t.Context(), root, &grader.Exercise{Slug: "24-latch"}, rates, func(c verify.Calibration) { told[c.Mutant] = c })
	require.NoError(t, err)
	assert.Equal(t, 70, need, "ln(1000) / 0.1")
	assert.Len(t, told, 4)
	assert.Equal(t, "TestB", told["hard"].Best.Test)
	assert.True(t, told["plain"].Plain)

	broken := errors.New("no compiler")
	_, err = verify.Calibrate(t.Context(), root, &grader.Exercise{Slug: "24-latch"}, func(context.Context, *grader.Exercise, string) (bool, []verify.Rate, error) {
		return false, nil, broken
	}, func(verify.Calibration) {})
	assert.ErrorIs(t, err, broken)
}

func TestWriteSchedulesChangesNothingElse(t *testing.T) {
	root := t.TempDir()
	name := filepath.Join(root, "solutions", "24-latch", "exercise.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	for before, after := range map[string]string{
		"{\n  \"title\": \"L\",\n  \"criteria\": [ {} ]\n}\n":               "{\n  \"title\": \"L\",\n  \"schedules\": 250,\n  \"criteria\": [ {} ]\n}\n",
		"{\n  \"schedules\": 100,\n  \"criteria\": [ {\"odd\":   1} ]\n}\n": "{\n  \"schedules\": 250,\n  \"criteria\": [ {\"odd\":   1} ]\n}\n",
		"{\n\t\"schedules\":1 ,\n\t\"criteria\": []\n}":                     "{\n\t\"schedules\": 250 ,\n\t\"criteria\": []\n}",
	} {
		require.NoError(t, os.WriteFile(name, []byte(before), 0o644))
		require.NoError(t, verify.WriteSchedules(root, "24-latch", 250))
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, after, string(got))
	}
	require.NoError(t, os.WriteFile(name, []byte("{}"), 0o644))
	assert.ErrorContains(t, verify.WriteSchedules(root, "24-latch", 250), "no criteria")
	assert.Error(t, verify.WriteSchedules(root, "25-none", 250))
	left, err := os.ReadDir(filepath.Dir(name))
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing half-written")
}

package batch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

func TestAFaultOfTheMachineCostsNothing(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	c.put("bob/24-latch/latch.go", "package latch // bob")
	faults := map[string]Grade{
		"error": func(context.Context, string, *grader.Exercise) (*grader.Report, error) {
			return nil, errors.New("the disk is gone")
		},
		"status": func(context.Context, string, *grader.Exercise) (*grader.Report, error) {
			return &grader.Report{Status: grader.StatusError, Error: "the disk is gone"}, nil
		},
		"panic": func(context.Context, string, *grader.Exercise) (*grader.Report, error) { panic("the disk is gone") },
	}
	for name, broken := range faults {
		sum := c.run(func(o *Options) {
			o.Out += "-" + name
			o.Grade = func(ctx context.Context, dir string, ex *grader.Exercise) (*grader.Report, error) {
				if strings.Contains(dir, "bob") {
					return broken(ctx, dir, ex)
				}
				return judge(ctx, dir, ex)
			}
		})
		require.Len(t, sum.Errors, 1, name)
		assert.Contains(t, sum.Errors[0].Text, "the disk is gone")
		assert.Equal(t, 1, sum.Graded, "the others go on")
		sum = c.run(func(o *Options) { o.Out += "-" + name })
		assert.Equal(t, Summary{Submissions: 2, Graded: 1, Kept: 1}, sum, "it is tried again")
		sum = c.run(func(o *Options) { o.Out, o.Fresh, o.Grade = o.Out+"-"+name, true, broken })
		assert.Len(t, sum.Errors, 2)
		_, r, err := load(c.out+"-"+name, "bob", "24-latch")
		require.NoError(t, err)
		assert.Equal(t, grader.StatusGraded, r.Status, "a result that stands is not lost")
	}
}

func TestAStopErrorEndsTheRun(t *testing.T) {
	c := newClass(t)
	for i := range 50 {
		c.put(fmt.Sprintf("s%d/24-latch/latch.go", i), fmt.Sprint("package latch // ", i))
	}
	o := c.options()
	o.Jobs = 1
	n := 0
	o.Grade = func(context.Context, string, *grader.Exercise) (*grader.Report, error) {
		n++
		return nil, &StopError{errors.New("no go command")}
	}
	_, err := Run(t.Context(), o)
	assert.EqualError(t, err, "no go command")
	assert.Equal(t, 1, n)
}

func TestAnInterruptedRunGoesOn(t *testing.T) {
	c := newClass(t)
	for i := range 20 {
		c.put(fmt.Sprintf("s%02d/24-latch/latch.go", i), fmt.Sprint("package latch // ", i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	o := c.options()
	o.Jobs = 1
	n := 0
	o.Grade = func(ctx context.Context, dir string, ex *grader.Exercise) (*grader.Report, error) {
		if n++; n == 8 {
			cancel()
			return nil, ctx.Err()
		}
		return judge(ctx, dir, ex)
	}
	sum, err := Run(ctx, o)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 7, sum.Graded)
	assert.Empty(t, sum.Errors)
	assert.Len(t, results(t, c.out), 7, "no result for what was interrupted")
	assert.Equal(t, Summary{Submissions: 20, Graded: 13, Kept: 7}, c.run())
}

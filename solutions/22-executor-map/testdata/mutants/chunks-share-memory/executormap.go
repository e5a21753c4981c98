// Package executormap calls a function for every element of a sequence, on any
// executor, and hands out the results in order, as soon as they are there.
package executormap

import (
	"context"
	"iter"
	"time"
)

// DefaultAhead is what Options.Ahead of 0 means.
const DefaultAhead = 16

// Options are what Map may be told besides. The zero value is ready for use.
type Options struct {
	// Timeout is how long everything together may take, from the call of Map on,
	// not from the beginning of the loop and not for each result. 0 is no limit.
	Timeout time.Duration

	// Ahead is how many calls may have been submitted whose results the loop has
	// not got. While the loop waits for a result there are as many as that, if
	// there are arguments enough. 0 means DefaultAhead.
	Ahead int

	// Chunk is how many arguments one call gets. 0 means 1.
	Chunk int
}

// Map calls task for every element of args on ex, and returns the sequence of
// the results, in the order of args.
//
// Map itself submits nothing and asks args for nothing; a loop over the sequence
// does. It submits calls one after another, in the order of args, a limited number
// of them ahead, see Options.Ahead, and asks args for at most one element more
// than it submits (with a Chunk, one chunk more), so args may be endless. It hands
// out a result when it is there and all before it have been handed out, whatever
// has become of those behind it. Every loop begins with the first element of args
// again, and several loops may run at once if args allows that.
//
// A result comes with a nil error. The loop gets at most one error, with a zero
// value, and ends with it:
//   - What task failed with, or ErrCancelled for a call that was cancelled by
//     somebody else, in the place of the result.
//   - What ex.Submit returned, such as ErrShutdown, in the place of the result.
//     Nothing is submitted after that.
//   - ctx.Err() when ctx ends, context.DeadlineExceeded when the time-out is over.
//     Nothing is submitted from then on, and nothing is waited for. Results that
//     are there by then may still come before the error.
//
// When the loop ends, in whatever way, also by break or by a panic in its body,
// the calls that it submitted and that have not begun are cancelled. Those that
// run go on, and nobody waits for them. Of Map itself nothing is left, and
// args has come to its end. Map never shuts ex down.
//
// While ex has no room for another call, or args takes its time, the loop may
// have to wait although a result is there. To avoid the former choose an Ahead
// that ex has room for.
//
// With a Chunk of n above 1, the calls are calls of Chunked(task) with n elements
// of args, the last one perhaps with fewer, and Ahead counts these calls. A
// call's results are handed out one after another; it counts for Ahead until the
// loop gets the first of them. If task fails, so does the whole call, and the
// error takes the place of the call's first result.
//
// Map panics if an option is negative.
func Map[A, R any](ctx context.Context, ex Executor, task Task[A, R], args iter.Seq[A], opts Options) iter.Seq2[R, error] {
	if opts.Timeout < 0 || opts.Ahead < 0 || opts.Chunk < 0 {
		panic("executormap: negative option")
	}
	j := job{ex: ex, ctx: ctx, ahead: opts.Ahead}
	if opts.Ahead == 0 {
		j.ahead = DefaultAhead
	}
	if opts.Timeout > 0 {
		j.deadline = time.Now().Add(opts.Timeout)
	}
	if opts.Chunk > 1 {
		return flat(inOrder(j, Chunked(task), chunks(args, opts.Chunk)))
	}
	return inOrder(j, task, args)
}

// job is what inOrder must know and what has no type parameters.
type job struct {
	ex       Executor
	ctx      context.Context
	deadline time.Time // zero if there is none
	ahead    int
}

// context returns the context of one loop.
func (j job) context() (context.Context, context.CancelFunc) {
	if j.deadline.IsZero() {
		return j.ctx, func() {}
	}
	return context.WithDeadline(j.ctx, j.deadline)
}

// inOrder is Map with one argument for each call.
func inOrder[A, R any](j job, task Task[A, R], args iter.Seq[A]) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		ctx, cancel := j.context()
		defer cancel()

		var line []*Future[R] // submitted and not handed out, oldest first
		defer func() {
			for _, f := range line {
				f.Cancel()
			}
		}()
		handOut := func() (more bool) {
			result, err := line[0].Result(ctx)
			if err == nil {
				line = line[1:]
			}
			return yield(result, err) && err == nil
		}

		var refused error
		for arg := range args {
			f, err := submit(ctx, j.ex, task, arg)
			if err != nil {
				refused = err // its turn comes after the line
				break
			}
			line = append(line, f)
			if len(line) == j.ahead && !handOut() {
				return
			}
		}
		for len(line) > 0 {
			if !handOut() {
				return
			}
		}
		if refused != nil {
			var none R
			yield(none, refused)
		}
	}
}

// submit is Submit for executors that always have room and never look at ctx.
func submit[A, R any](ctx context.Context, ex Executor, task Task[A, R], arg A) (*Future[R], error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return Submit(ctx, ex, task, arg)
}

// chunks returns the elements of seq in slices of n, the last one perhaps
// shorter. Each slice is its receiver's own.
func chunks[A any](seq iter.Seq[A], n int) iter.Seq[[]A] {
	return func(yield func([]A) bool) {
		var chunk []A
		for v := range seq {
			chunk = append(chunk, v)
			if len(chunk) < n {
				continue
			}
			if !yield(chunk) {
				return
			}
			chunk = chunk[:0]
		}
		if len(chunk) > 0 {
			yield(chunk)
		}
	}
}

// flat returns the elements of the slices of seq.
func flat[R any](seq iter.Seq2[[]R, error]) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for results, err := range seq {
			if err != nil {
				var none R
				yield(none, err)
				return
			}
			for _, r := range results {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// Chunked returns a task that calls task for one argument after another and
// returns the results in the same order. It ends early, with nil and the error,
// when task fails or when its context has ended. Its name is that of task with
// "[]" behind it: worker processes that are to take calls of Map with a Chunk above 1
// have to know this task too.
func Chunked[A, R any](task Task[A, R]) Task[[]A, []R] {
	return NewTask(task.Name()+"[]", func(ctx context.Context, args []A) ([]R, error) {
		results := make([]R, 0, len(args))
		for _, arg := range args {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			result, err := task.f(ctx, arg)
			if err != nil {
				return nil, err
			}
			results = append(results, result)
		}
		return results, nil
	})
}

// Pair is one element of each of two sequences.
type Pair[A, B any] struct {
	First  A
	Second B
}

// Zip returns the first elements of as and bs, then the second ones, and so on,
// and ends with the shorter of them: for a task that takes its arguments from
// several sequences. It asks as and bs only when it is asked itself. When a loop
// over it ends, both have come to their end and nothing is left.
func Zip[A, B any](as iter.Seq[A], bs iter.Seq[B]) iter.Seq[Pair[A, B]] {
	return func(yield func(Pair[A, B]) bool) {
		next, stop := iter.Pull(bs)
		defer stop()
		for a := range as {
			b, ok := next()
			if !ok || !yield(Pair[A, B]{a, b}) {
				return
			}
		}
	}
}

package futures_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/23-futures"
)

const instant = 1234567 * time.Nanosecond

func TestWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(2)
		calls := []*gradetest.Call[struct{}]{
			gradetest.GoDo(func() { fs[1].Result(t.Context()) }),
			gradetest.GoDo(func() { fs[1].Failure(t.Context()) }),
			gradetest.GoDo(func() { <-fs[1].Done() }),
			gradetest.GoDo(func() { futures.Wait(t.Context(), futures.FirstDone, fs...) }),
			gradetest.GoDo(func() { futures.Wait(t.Context(), futures.AllDone, fs[1]) }),
			gradetest.GoDo(func() {
				for range futures.AsCompleted(t.Context(), fs...) {
					return
				}
			}),
		}
		time.Sleep(instant)
		fs[1].Complete(1)
		for i, name := range []string{"Result", "Failure", "a receive from Done", "Wait for the first", "Wait for all", "the first turn of AsCompleted"} {
			require.Equal(t, instant, calls[i].Took(), "time that %s took, for a future that was completed after 1.234567 ms", name)
		}
	})
}

func TestTimeOutIsExact(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(2)
		for name, give := range map[string]func(ctx context.Context){
			"Result":  func(ctx context.Context) { fs[0].Result(ctx) },
			"Failure": func(ctx context.Context) { fs[0].Failure(ctx) },
			"Wait":    func(ctx context.Context) { futures.Wait(ctx, futures.AllDone, fs...) },
			"AsCompleted": func(ctx context.Context) {
				for range futures.AsCompleted(ctx, fs...) {
				}
			},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 7*time.Millisecond)
			require.Equal(t, 7*time.Millisecond, gradetest.Took(func() { give(ctx) }), "time that %s waits with a time-out of 7 ms", name)
			cancel()
		}
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		fs := pendings(2)
		calls := []*gradetest.Call[struct{}]{
			gradetest.GoDo(func() { fs[0].Result(context.Background()) }),
			gradetest.GoDo(func() { futures.Wait(context.Background(), futures.AllDone, fs...) }),
			gradetest.GoDo(func() {
				for range futures.AsCompleted(context.Background(), fs...) {
				}
			}),
		}
		return func() {
			fs[0].Complete(1)
			fs[1].Complete(1)
			for _, c := range calls {
				c.Wait()
			}
		}
	})
}

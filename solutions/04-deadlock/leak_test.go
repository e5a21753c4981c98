package deadlock_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/04-deadlock"
)

// Nobody unlocks in these tests: what still waits at the end waits for ever.

const soon = 2 * time.Millisecond

func TestTimeoutLeavesNoGoroutine(t *testing.T) {
	m := deadlock.NewMutex()
	require.Equal(t, true, m.LockFor(time.Hour), "LockFor(1h) on a free mutex")
	require.Equal(t, false, m.LockFor(soon), "LockFor(2ms) on a locked mutex")
}

func TestCancelLeavesNoGoroutine(t *testing.T) {
	m := deadlock.NewMutex()
	require.NoError(t, m.LockContext(t.Context()), "LockContext on a free mutex")
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	require.ErrorIs(t, m.LockContext(ctx), context.DeadlineExceeded, "LockContext on a locked mutex")
	ctx, cancelAll := context.WithTimeout(t.Context(), soon)
	defer cancelAll()
	_, err := deadlock.LockAll(ctx, deadlock.NewMutex(), m)
	require.ErrorIs(t, err, context.DeadlineExceeded, "LockAll with a locked mutex")
}

func TestManagerLeavesNoGoroutine(t *testing.T) {
	m := deadlock.NewManager()
	require.NoError(t, m.Lock(t.Context(), "anna", "disk"), "Lock of a free resource")
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	require.ErrorIs(t, m.Lock(ctx, "bert", "disk"), context.DeadlineExceeded, "Lock of a resource that stays held")
	require.Error(t, m.Lock(t.Context(), "anna", "disk"), "Lock that closes a cycle")
}

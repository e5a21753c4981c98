package deadlock_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/04-deadlock"
)

// transfer starts a Transfer in the background and lets it get as far as it can.
func transfer(from, to *deadlock.Account, amount int) *gradetest.Call[error] {
	c := gradetest.Go(func() error { return deadlock.Transfer(from, to, amount) })
	gradetest.Settle()
	return c
}

// audit starts an Audit in the background; its result is what look saw.
func audit(accounts ...*deadlock.Account) *gradetest.Call[[]int] {
	c := gradetest.Go(func() (seen []int) {
		deadlock.Audit(func(balances []int) { seen = slices.Clone(balances) }, accounts...)
		return seen
	})
	gradetest.Settle()
	return c
}

// hold keeps an account busy with an Audit whose look returns once release is closed.
func hold(a *deadlock.Account, release <-chan struct{}) {
	go deadlock.Audit(func([]int) { <-release }, a)
	gradetest.Settle()
}

// twoAccounts returns two accounts with 100 each, the older one first or second.
func twoAccounts(newerFirst bool) (*deadlock.Account, *deadlock.Account) {
	older, newer := deadlock.NewAccount(100), deadlock.NewAccount(100)
	if newerFirst {
		return newer, older
	}
	return older, newer
}

func TestTransferMovesMoney(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := deadlock.NewAccount(100), deadlock.NewAccount(20)
		require.NoError(t, deadlock.Transfer(a, b, 30), "Transfer of 30 from an account with 100")
		assert.Equal(t, 70, a.Balance(), "balance that 30 of 100 were taken from")
		assert.Equal(t, 50, b.Balance(), "balance that 30 were added to 20")
		require.NoError(t, deadlock.Transfer(b, a, 50), "Transfer of all that an account has")
		assert.Equal(t, 120, a.Balance(), "balance after everything came back")
		assert.Zero(t, b.Balance(), "balance after everything went")
		require.NoError(t, deadlock.Transfer(b, a, 0), "Transfer of 0 from an empty account")
	})
}

func TestTransferRefuses(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := deadlock.NewAccount(100), deadlock.NewAccount(20)
		err := deadlock.Transfer(a, b, 101)
		require.ErrorIs(t, err, deadlock.ErrFunds, "Transfer of 101 from an account with 100")
		require.NotErrorIs(t, err, deadlock.ErrAmount, "Transfer of 101 from an account with 100")
		err = deadlock.Transfer(a, b, -1)
		require.ErrorIs(t, err, deadlock.ErrAmount, "Transfer of -1")
		require.NotErrorIs(t, err, deadlock.ErrFunds, "Transfer of -1")
		assert.Equal(t, 100, a.Balance(), "balance of the sender after refused transfers")
		assert.Equal(t, 20, b.Balance(), "balance of the receiver after refused transfers")
		require.NoError(t, transfer(a, b, 10).Wait(), "Transfer after refused ones")
	})
}

func TestTransferToItself(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a := deadlock.NewAccount(100)
		require.NoError(t, transfer(a, a, 40).Wait(), "Transfer of 40 from an account with 100 to itself")
		require.Equal(t, 100, a.Balance(), "balance after a transfer from the account to itself")
		require.ErrorIs(t, transfer(a, a, 101).Wait(), deadlock.ErrFunds, "Transfer of 101 from an account with 100 to itself")
		require.Equal(t, 100, a.Balance(), "balance after a refused transfer from the account to itself")
	})
}

// TestOppositeTransfers lets one transfer wait for its sender, another in the
// opposite direction for its own, and gives them these one after the other.
func TestOppositeTransfers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for trial := range 2 {
			a, b := twoAccounts(trial == 1)
			busyA, busyB := make(chan struct{}), make(chan struct{})
			hold(a, busyA)
			hold(b, busyB)
			one, other := transfer(a, b, 1), transfer(b, a, 2)
			close(busyA)
			gradetest.Settle()
			close(busyB)
			require.NoError(t, one.Wait(), "Transfer from a to b, with one from b to a")
			require.NoError(t, other.Wait(), "Transfer from b to a, with one from a to b")
			require.Equal(t, 101, a.Balance(), "balance after two transfers in opposite directions")
			require.Equal(t, 99, b.Balance(), "balance after two transfers in opposite directions")
		}
	})
}

// TestTransfersInCircle has every account become free at the same moment.
func TestTransfersInCircle(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		accounts := []*deadlock.Account{deadlock.NewAccount(100), deadlock.NewAccount(100), deadlock.NewAccount(100)}
		busy := make(chan struct{})
		for _, a := range accounts {
			hold(a, busy)
		}
		var calls []*gradetest.Call[error]
		for i := range accounts {
			calls = append(calls, transfer(accounts[i], accounts[(i+1)%3], 10))
		}
		close(busy)
		for _, c := range calls {
			require.NoError(t, c.Wait(), "one of three transfers in a circle")
		}
		require.Equal(t, []int{100, 100, 100}, audit(accounts...).Wait(), "balances after 10 went all the way round")
	})
}

// TestFundsAreCheckedOnce sends the same money twice while the receiver is
// busy, once with the older account as sender and once as receiver.
func TestFundsAreCheckedOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for trial := range 2 {
			from, to := twoAccounts(trial == 1)
			busy := make(chan struct{})
			hold(to, busy)
			one, other := transfer(from, to, 80), transfer(from, to, 80)
			close(busy)
			first, second := one.Wait(), other.Wait()
			require.Equal(t, true, first == nil || second == nil, "success of at least one of two transfers of 80 from an account with 100")
			refused := first
			if first == nil {
				refused = second
			}
			require.ErrorIs(t, refused, deadlock.ErrFunds, "the other one of two transfers of 80 from an account with 100")
			require.Equal(t, 20, from.Balance(), "balance after 80 of 100 were sent, twice at once")
			require.Equal(t, 180, to.Balance(), "balance of the receiver of 80, who had 100")
		}
	})
}

// TestAuditSeesWholeTransfers runs an audit and a transfer into each other, in
// both orders, with the older account as sender and as receiver.
func TestAuditSeesWholeTransfers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for trial := range 4 {
			from, to := twoAccounts(trial%2 == 1)
			busy := make(chan struct{})
			hold(to, busy)
			var moved *gradetest.Call[error]
			if trial < 2 {
				moved = transfer(from, to, 80)
			}
			seen := audit(from, to)
			if trial >= 2 {
				moved = transfer(from, to, 80)
			}
			close(busy)
			require.NoError(t, moved.Wait(), "Transfer of 80 during an audit")
			balances := seen.Wait()
			require.Len(t, balances, 2, "balances that an audit of two accounts saw")
			require.Equal(t, 200, balances[0]+balances[1], "sum that an audit saw while 80 moved between two accounts of 100")
		}
	})
}

func TestAuditHoldsStill(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := deadlock.NewAccount(100), deadlock.NewAccount(100)
		c, d := deadlock.NewAccount(100), deadlock.NewAccount(100)
		busy := make(chan struct{})
		looking := gradetest.GoDo(func() { deadlock.Audit(func([]int) { <-busy }, a, b) })
		gradetest.Settle()
		out, in, aside := transfer(a, c, 1), transfer(c, b, 2), transfer(d, deadlock.NewAccount(0), 4)
		outWaits, inWaits, asideWaits := !out.Done(), !in.Done(), !aside.Done()
		close(busy)
		looking.Wait()
		require.Equal(t, true, outWaits, "waiting of a transfer from an account that an audit looks at")
		require.Equal(t, true, inWaits, "waiting of a transfer to an account that an audit looks at")
		require.Equal(t, false, asideWaits, "waiting of a transfer between accounts that no audit looks at")
		require.NoError(t, aside.Wait(), "Transfer between accounts that the audit does not look at")
		require.NoError(t, out.Wait(), "Transfer that waited for an audit")
		require.NoError(t, in.Wait(), "Transfer that waited for an audit")
		require.Equal(t, []int{99, 102, 99, 96}, audit(a, b, c, d).Wait(), "balances after the audit and the transfers")
	})
}

func TestAuditInAnyOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for held := range 3 {
			for _, one := range orders() {
				for _, other := range orders() {
					as := []*deadlock.Account{deadlock.NewAccount(0), deadlock.NewAccount(1), deadlock.NewAccount(2)}
					busy := make(chan struct{})
					hold(as[held], busy)
					x := audit(as[one[0]], as[one[1]], as[one[2]])
					y := audit(as[other[0]], as[other[1]], as[other[2]], as[other[0]])
					close(busy)
					require.Equal(t, one, x.Wait(), "balances that an audit saw, in the order of its accounts")
					require.Equal(t, append(other, other[0]), y.Wait(), "balances that an audit saw with its first account given again at the end")
				}
			}
		}
	})
}

func TestAuditThatPanics(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := deadlock.NewAccount(100), deadlock.NewAccount(0)
		require.PanicsWithValue(t, "look", func() { deadlock.Audit(func([]int) { panic("look") }, a, b) }, "Audit whose look panics")
		moved := transfer(a, b, 1)
		require.NoError(t, moved.MustReturn(t, "Transfer after an audit whose look panicked"))
	})
}

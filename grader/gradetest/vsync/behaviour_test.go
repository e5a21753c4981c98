package sync_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	vsync "github.com/weft-course/weft/grader/gradetest/vsync"
)

type mutex interface {
	sync.Locker
	TryLock() bool
}

type rwMutex interface {
	mutex
	RLock()
	RUnlock()
	TryRLock() bool
	RLocker() sync.Locker
}

type cond interface {
	Wait()
	Signal()
	Broadcast()
}

type once interface{ Do(func()) }

// library is one of the two packages. Every behaviour is demanded of both: a
// test that package sync itself does not pass would prove nothing.
type library struct {
	mutex      func() mutex
	rw         func() rwMutex
	once       func() once
	onceFunc   func(func()) func()
	onceValue  func(func() int) func() int
	onceValues func(func() (int, error)) func() (int, error)
	cond       func(sync.Locker) cond
}

var libraries = map[string]library{
	"sync": {
		mutex: func() mutex { return new(sync.Mutex) }, rw: func() rwMutex { return new(sync.RWMutex) },
		once: func() once { return new(sync.Once) }, onceFunc: sync.OnceFunc, onceValue: sync.OnceValue[int],
		onceValues: sync.OnceValues[int, error], cond: func(l sync.Locker) cond { return sync.NewCond(l) },
	},
	"vsync":       ours,
	"vsync, real": ours,
}

var ours = library{
	mutex: func() mutex { return new(vsync.Mutex) }, rw: func() rwMutex { return new(vsync.RWMutex) },
	once: func() once { return new(vsync.Once) }, onceFunc: vsync.OnceFunc, onceValue: vsync.OnceValue[int],
	onceValues: vsync.OnceValues[int, error], cond: func(l sync.Locker) cond { return vsync.NewCond(l) },
}

// use sets the mode that a library's name says.
func use(lib string) library {
	vsync.SetVirtual(lib == "vsync")
	return libraries[lib]
}

// behaviours hold in both libraries, in real time.
var behaviours = map[string]func(t *testing.T, l library){
	"mutual exclusion":            mutualExclusion,
	"writers exclude everybody":   writersExclude,
	"TryLock":                     tryLock,
	"TryLock and TryRLock":        tryRW,
	"Lock waits":                  lockWaits,
	"readers share":               readersShare,
	"a writer keeps readers out":  writerPreferred,
	"waiting readers come first":  readersBeforeNextWriter,
	"RLocker":                     readLocker,
	"Once":                        onceOnly,
	"Once waits for the first":    onceWaits,
	"Once and panic":              oncePanics,
	"Once and Goexit":             onceGoexit,
	"OnceFunc, Value, Values":     onceFuncs,
	"OnceFunc repeats a panic":    oncePanicRepeats,
	"OnceFunc and panic(nil)":     oncePanicNil,
	"Cond":                        condition,
	"Cond with the readers' lock": conditionReaders,
}

func TestBehavesAsPackageSync(t *testing.T) {
	for lib := range libraries {
		l := use(lib)
		for name, f := range behaviours {
			t.Run(lib+"/"+name, func(t *testing.T) { f(t, l) })
		}
	}
}

const workers, turns = 6, 200

// hammer lets several goroutines do f at the same time.
func hammer(f func()) {
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range turns {
				f()
			}
		})
	}
	all.Wait()
}

func mutualExclusion(t *testing.T, l library) {
	m, n := l.mutex(), 0
	hammer(func() {
		m.Lock()
		defer m.Unlock()
		old := n
		if old%17 == 0 {
			runtime.Gosched()
		}
		n = old + 1 // also a data race, if the lock orders nothing
	})
	assert.Equal(t, workers*turns, n)
}

func writersExclude(t *testing.T, l library) {
	m, n := l.rw(), 0
	var readers, writers, wrong atomic.Int32
	hammer(func() {
		m.RLock()
		readers.Add(1)
		seen := n
		runtime.Gosched()
		if writers.Load() > 0 || n != seen {
			wrong.Add(1)
		}
		readers.Add(-1)
		m.RUnlock()
		m.Lock()
		writers.Add(1)
		n++
		if readers.Load() > 0 || writers.Load() > 1 {
			wrong.Add(1)
		}
		writers.Add(-1)
		m.Unlock()
	})
	assert.Equal(t, workers*turns, n)
	assert.Zero(t, wrong.Load(), "times a writer was not alone")
}

func tryLock(t *testing.T, l library) {
	m := l.mutex()
	require.True(t, m.TryLock(), "a free lock")
	require.False(t, m.TryLock(), "a held lock")
	m.Unlock()
	m.Lock()
	require.False(t, m.TryLock(), "a held lock, after Lock")
	m.Unlock()
	require.True(t, m.TryLock(), "a released lock")
}

func tryRW(t *testing.T, l library) {
	m := l.rw()
	require.True(t, m.TryRLock(), "first reader")
	require.True(t, m.TryRLock(), "second reader")
	require.False(t, m.TryLock(), "writer beside two readers")
	m.RUnlock()
	require.False(t, m.TryLock(), "writer beside one reader")
	m.RUnlock()
	require.True(t, m.TryLock(), "writer alone")
	require.False(t, m.TryLock(), "second writer")
	require.False(t, m.TryRLock(), "reader beside a writer")
	m.Unlock()
	require.True(t, m.TryRLock(), "reader after the writer")
}

// later runs f in another goroutine; the result says whether it is over.
func later(f func()) (over func() bool, wait func()) {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	return func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	}, func() { <-done }
}

func lockWaits(t *testing.T, l library) {
	for name, m := range map[string]mutex{"Mutex": l.mutex(), "RWMutex": l.rw()} {
		m.Lock()
		var released, early atomic.Bool
		_, wait := later(func() {
			m.Lock()
			early.Store(!released.Load())
			m.Unlock()
		})
		for range 20 {
			runtime.Gosched()
		}
		released.Store(true)
		m.Unlock()
		wait()
		require.False(t, early.Load(), "%s: locked before it was released", name)
	}
}

// readersShare needs both readers inside at once to end.
func readersShare(t *testing.T, l library) {
	m := l.rw()
	var inside sync.WaitGroup
	inside.Add(2)
	for range 2 {
		go func() {
			m.RLock()
			defer m.RUnlock()
			inside.Done()
			inside.Wait()
		}()
	}
	inside.Wait()
	m.Lock()
	defer m.Unlock()
	require.False(t, m.TryRLock())
}

// until spins until the condition, which another goroutine brings about.
func until(cond func() bool) {
	for !cond() {
		runtime.Gosched()
	}
}

// tryReads reports whether a reader could come in now.
func tryReads(m rwMutex) bool {
	if !m.TryRLock() {
		return false
	}
	m.RUnlock()
	return true
}

func writerPreferred(t *testing.T, l library) {
	m := l.rw()
	m.RLock()
	wrote, overtook := false, false
	over, written := later(func() { m.Lock(); wrote = true; m.Unlock() })
	until(func() bool { return !tryReads(m) }) // from now on the writer waits
	require.False(t, over(), "the writer, while there is a reader")
	_, read := later(func() { m.RLock(); overtook = !wrote; m.RUnlock() })
	for range 20 {
		runtime.Gosched()
	}
	m.RUnlock()
	written()
	read()
	require.False(t, overtook, "a new reader came in before the writer that waited")
	require.True(t, tryReads(m), "a reader, when all is over")
}

// readersBeforeNextWriter: Unlock lets the readers in that waited, before a
// writer that waited too.
func readersBeforeNextWriter(t *testing.T, l library) {
	for range 20 {
		m := l.rw()
		m.Lock()
		var order []string
		var list sync.Mutex
		note := func(s string) { list.Lock(); order = append(order, s); list.Unlock() }
		var in atomic.Int32
		_, read := later(func() { in.Add(1); m.RLock(); note("reader"); m.RUnlock() })
		until(func() bool { return in.Load() == 1 && waitsInLock("RLock") })
		_, write := later(func() { in.Add(1); m.Lock(); note("writer"); m.Unlock() })
		until(func() bool { return in.Load() == 2 && waitsInLock("Lock") })
		m.Unlock()
		read()
		write()
		require.Equal(t, []string{"reader", "writer"}, order)
	}
}

// waitsInLock reports whether a goroutine waits in a method of RWMutex.
func waitsInLock(method string) bool {
	buf := make([]byte, 1<<16)
	dump := string(buf[:runtime.Stack(buf, true)])
	return blockedIn(dump, "RWMutex)."+method+"(")
}

func readLocker(t *testing.T, l library) {
	m := l.rw()
	r := m.RLocker()
	r.Lock()
	require.True(t, tryReads(m), "a second reader")
	require.False(t, m.TryLock(), "a writer beside it")
	r.Unlock()
	require.True(t, m.TryLock(), "a writer after it")
}

func onceOnly(t *testing.T, l library) {
	o := l.once()
	n := 0
	hammer(func() {
		o.Do(func() { n++ })
		if n != 1 { // a data race, unless Do orders it
			panic("Do returned before the first call had")
		}
	})
	require.Equal(t, 1, n)
}

func onceWaits(t *testing.T, l library) {
	o := l.once()
	begun, goOn := make(chan struct{}), make(chan struct{})
	_, first := later(func() { o.Do(func() { close(begun); <-goOn }) })
	<-begun
	second, wait := later(func() { o.Do(func() { t.Error("a second call of the function") }) })
	for range 20 {
		runtime.Gosched()
	}
	require.False(t, second(), "Do, while the first call still runs")
	close(goOn)
	first()
	wait()
}

func oncePanics(t *testing.T, l library) {
	o := l.once()
	require.PanicsWithValue(t, "first", func() { o.Do(func() { panic("first") }) })
	require.NotPanics(t, func() { o.Do(func() { panic("second") }) }, "Do after a call that panicked counts as done")
}

func onceGoexit(t *testing.T, l library) {
	o := l.once()
	_, wait := later(func() { o.Do(runtime.Goexit) })
	wait()
	o.Do(func() { t.Error("a second call of the function") })
}

func onceFuncs(t *testing.T, l library) {
	var n atomic.Int32
	fail := errors.New("fail")
	f := l.onceFunc(func() { n.Add(1) })
	v := l.onceValue(func() int { return int(n.Add(1)) * 10 })
	vs := l.onceValues(func() (int, error) { return int(n.Add(1)) * 10, fail })
	for range 2 {
		f()
		require.Equal(t, 20, v())
		a, err := vs()
		require.Equal(t, 30, a)
		require.Same(t, fail, err)
	}
	require.EqualValues(t, 3, n.Load(), "calls in all")
}

func oncePanicRepeats(t *testing.T, l library) {
	n := 0
	boom := func() { n++; panic(fmt.Sprint("boom ", n)) }
	for name, f := range map[string]func(){
		"OnceFunc":   l.onceFunc(boom),
		"OnceValue":  func() func() { v := l.onceValue(func() int { boom(); return 1 }); return func() { v() } }(),
		"OnceValues": func() func() { v := l.onceValues(func() (int, error) { boom(); return 1, nil }); return func() { v() } }(),
	} {
		n = 0
		for range 3 {
			require.PanicsWithValue(t, "boom 1", f, name)
		}
		require.Equal(t, 1, n, "%s: calls", name)
	}
}

func oncePanicNil(t *testing.T, l library) {
	f := l.onceFunc(func() { panic(nil) })
	for range 2 {
		require.PanicsWithError(t, (&runtime.PanicNilError{}).Error(), f)
	}
}

// condition hands a token round: lost wake-ups would leave somebody waiting.
func condition(t *testing.T, l library) {
	m := l.mutex()
	c := l.cond(m)
	turn, rounds := 0, 0
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			for range 50 {
				m.Lock()
				for turn != i {
					c.Wait()
				}
				turn = (turn + 1) % 3
				rounds++
				c.Broadcast()
				m.Unlock()
			}
		})
	}
	all.Wait()
	require.Equal(t, 150, rounds)
	m.Lock()
	woken, wait := later(func() { m.Lock(); c.Wait(); m.Unlock() })
	m.Unlock()
	until(func() bool { m.Lock(); defer m.Unlock(); c.Signal(); return woken() })
	wait()
}

func conditionReaders(t *testing.T, l library) {
	m := l.rw()
	readers := m.RLocker()
	c := l.cond(readers)
	ready := false
	_, wait := later(func() {
		readers.Lock()
		defer readers.Unlock()
		for !ready {
			c.Wait()
		}
	})
	m.Lock()
	ready = true
	m.Unlock()
	c.Broadcast()
	wait()
	require.True(t, m.TryLock())
}

// TestWaitsAreDurable is what the package is for: everybody waits for a lock
// whose holder sleeps, and virtual time passes.
func TestWaitsAreDurable(t *testing.T) {
	l := use("vsync")
	for name, f := range map[string]func() (hold, wait func()){
		"Mutex": func() (func(), func()) {
			m := l.mutex()
			return func() { m.Lock(); time.Sleep(time.Hour); m.Unlock() }, func() { m.Lock(); m.Unlock() }
		},
		"RWMutex, writers": func() (func(), func()) {
			m := l.rw()
			return func() { m.Lock(); time.Sleep(time.Hour); m.Unlock() }, func() { m.Lock(); m.Unlock() }
		},
		"RWMutex, a writer after readers": func() (func(), func()) {
			m := l.rw()
			return func() { m.RLock(); time.Sleep(time.Hour); m.RUnlock() }, func() { m.Lock(); m.Unlock() }
		},
		"RWMutex, readers after a writer": func() (func(), func()) {
			m := l.rw()
			return func() { m.Lock(); time.Sleep(time.Hour); m.Unlock() }, func() { m.RLock(); m.RUnlock() }
		},
		"Once": func() (func(), func()) {
			o := l.once()
			return func() { o.Do(func() { time.Sleep(time.Hour) }) }, func() { o.Do(nil) }
		},
		"OnceValue": func() (func(), func()) {
			v := l.onceValue(func() int { time.Sleep(time.Hour); return 1 })
			return func() { v() }, func() { v() }
		},
		"Cond": func() (func(), func()) {
			m := l.mutex()
			c, ready := l.cond(m), false
			hold := func() { m.Lock(); time.Sleep(time.Hour); ready = true; c.Broadcast(); m.Unlock() }
			return hold, func() {
				m.Lock()
				defer m.Unlock()
				for !ready {
					c.Wait()
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hold, wait := f()
				start := time.Now()
				go hold()
				synctest.Wait() // the holder sleeps
				var all sync.WaitGroup
				for range 3 {
					all.Go(wait)
				}
				all.Wait()
				assert.Equal(t, time.Hour, time.Since(start), "virtual time until everybody had it")
			})
		})
	}
}

// TestOrderInVirtualTime pins what is certain only there: who comes first.
func TestOrderInVirtualTime(t *testing.T) {
	use("vsync")
	synctest.Test(t, func(t *testing.T) {
		var m vsync.RWMutex
		var order []string
		come := func(name string, lock, unlock func()) {
			go func() { lock(); order = append(order, name); time.Sleep(time.Second); unlock() }()
			synctest.Wait()
		}
		come("reader 1", m.RLock, m.RUnlock)
		come("writer 1", m.Lock, m.Unlock)
		come("reader 2", m.RLock, m.RUnlock) // behind the writer that waits
		come("writer 2", m.Lock, m.Unlock)
		assert.False(t, m.TryRLock(), "TryRLock while a writer waits")
		assert.False(t, m.TryLock(), "TryLock while there is a reader")
		time.Sleep(10 * time.Second)
		require.True(t, m.TryLock(), "TryLock when all is over")
		assert.Equal(t, []string{"reader 1", "writer 1", "reader 2", "writer 2"}, order)
	})
}

// TestMutexIsFair: waiters of a Mutex that nobody snatches get it in order.
func TestMutexIsFair(t *testing.T) {
	use("vsync")
	synctest.Test(t, func(t *testing.T) {
		var m vsync.Mutex
		var order []int
		m.Lock()
		for i := range 5 {
			go func() { m.Lock(); order = append(order, i); time.Sleep(time.Second); m.Unlock() }()
			synctest.Wait()
		}
		m.Unlock()
		time.Sleep(time.Minute)
		m.Lock()
		assert.Equal(t, []int{0, 1, 2, 3, 4}, order)
	})
}

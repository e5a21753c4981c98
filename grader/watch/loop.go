package watch

import "time"

// loop decides when to tell. It knows neither files nor the system's events.
type loop struct {
	quiet, every, check time.Duration

	look  func() state
	tell  func()
	polls func(why string)

	// events give reasons to look; nil where there are none. True says that the
	// folder itself was made, moved or removed.
	events <-chan bool
	// arm sees to it that events of the folder come, which is needed when it was
	// made anew, and reports whether they had been lost.
	arm func(lost bool) bool

	seen, told state
	// heard and found say how a change was noticed that is not told of yet: by an
	// event, or only by looking.
	heard, found bool
}

// begin looks for the first time. An error says why there are no events.
func (l *loop) begin(noEvents error) {
	l.seen = l.look()
	l.told = l.seen
	if noEvents != nil {
		l.check = l.every
		l.polls(noEvents.Error())
	}
}

// run tells of changes until stop is closed.
func (l *loop) run(stop <-chan struct{}) {
	rest := time.NewTimer(l.quiet)
	rest.Stop()
	defer rest.Stop()
	tick := time.NewTicker(l.check)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case lost := <-l.events:
			l.heard = true
			if lost {
				l.arm(true)
			}
			l.compare(rest)
		case <-tick.C:
			armed := l.arm == nil || !l.arm(false)
			if l.compare(rest) && armed {
				l.found = true
			}
		case <-rest.C:
			l.settle(rest, tick)
		}
	}
}

// compare looks whether something was saved, and if so begins to wait for rest.
func (l *loop) compare(rest *time.Timer) bool {
	now := l.look()
	if now == l.seen {
		return false
	}
	l.seen = now
	rest.Reset(l.quiet)
	return true
}

// settle tells of a change, unless it goes on or was undone.
func (l *loop) settle(rest *time.Timer, tick *time.Ticker) {
	if l.compare(rest) {
		return
	}
	if l.found && !l.heard && l.events != nil && l.check != l.every {
		l.check = l.every
		tick.Reset(l.every)
		l.polls("no file events come from this folder")
	}
	l.found, l.heard = false, false
	if l.seen != l.told {
		l.told = l.seen
		l.tell()
	}
}

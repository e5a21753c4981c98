package cli

import (
	"bytes"
	"context"
	"fmt"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"

	"github.com/weft-course/weft/grader"
)

// What the body of the screen shows.
type watchPage int

const (
	showResult watchPage = iota // or the beginning, or what broke
	showHint
	showList
	showTimeline
)

// watchModel is the screen of grade watch. Bubble Tea calls its methods one
// after the other.
type watchModel struct {
	ctx  context.Context
	desk *watchDesk
	look watchLook

	at     spot
	where  standing
	report *grader.Report // of the code as it was saved last; nil while there is none
	result sheet          // what showResult shows

	page   watchPage
	sheet  sheet // what is shown
	stale  bool  // the body shows something else still
	notice string
	body   viewport.Model

	width, height int

	run      *watchRun // nil when nothing runs
	again    bool      // grade once more as soon as nothing runs
	quitting bool
}

// watchRun is a grading or a replay that goes on.
type watchRun struct {
	cancel context.CancelFunc
	steps  []string
}

func newWatchModel(ctx context.Context, d *watchDesk, at spot, look watchLook) *watchModel {
	m := &watchModel{ctx: ctx, desk: d, look: look, at: at, body: viewport.New()}
	m.body.KeyMap = viewport.KeyMap{
		PageDown: key.NewBinding(key.WithKeys("pgdown", "space")), PageUp: key.NewBinding(key.WithKeys("pgup")),
		Down: key.NewBinding(key.WithKeys("down", "j")), Up: key.NewBinding(key.WithKeys("up", "k")),
		Left: key.NewBinding(key.WithKeys("left")), Right: key.NewBinding(key.WithKeys("right")),
	}
	m.body.SetHorizontalStep(8)
	return m
}

// Init begins with the exercise: it is graded at once, unless nobody has
// written anything yet.
func (m *watchModel) Init() tea.Cmd { return m.arrive(m.at) }

func (m *watchModel) arrive(at spot) tea.Cmd {
	m.at, m.report = at, nil
	m.desk.open(at)
	m.where = m.desk.standing(at)
	m.result = m.beginning()
	m.show(showResult, m.result)
	if m.where.edited {
		return m.grade()
	}
	return nil
}

// Update follows keys, saved files, and what runs.
func (m *watchModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		cmd = m.press(msg)
	case savedMsg:
		if msg.dir == m.at.dir && !m.quitting {
			cmd = m.grade()
		}
	case stepMsg:
		if m.run != nil && (len(m.run.steps) == 0 || m.run.steps[len(m.run.steps)-1] != string(msg)) {
			m.run.steps = append(m.run.steps, string(msg))
		}
	case gradedMsg:
		cmd = m.graded(msg)
	case replayedMsg:
		cmd = m.replayed(msg)
	}
	m.layout()
	return m, cmd
}

// begin starts what takes a while.
func (m *watchModel) begin(job func(context.Context) tea.Msg) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	m.run = &watchRun{cancel: cancel}
	m.notice = ""
	return func() tea.Msg { return job(ctx) }
}

// end is called when something has run. It reports whether that was all, and
// its outcome is still wanted.
func (m *watchModel) end() (wanted bool, cmd tea.Cmd) {
	m.run.cancel()
	m.run = nil
	if m.quitting {
		return false, tea.Quit
	} else if m.again {
		m.again = false
		return false, m.grade()
	}
	return true, nil
}

// grade judges what is saved now. What still runs is stopped first.
func (m *watchModel) grade() tea.Cmd {
	if m.run != nil {
		m.again = true
		m.run.cancel()
		return nil
	}
	m.report = nil
	m.show(showResult, m.result)
	at := m.at
	return m.begin(func(ctx context.Context) tea.Msg { return m.desk.grade(ctx, at) })
}

func (m *watchModel) graded(msg gradedMsg) tea.Cmd {
	if wanted, cmd := m.end(); !wanted {
		return cmd
	}
	if msg.err != nil {
		m.result = broken(msg.err)
	} else {
		m.desk.o.keep([]*grader.Report{msg.report})
		m.report, m.result = msg.report, m.desk.result(m.at, msg.report, m.look)
	}
	m.where = m.desk.standing(m.at)
	m.where.here = m.where.here || msg.err == nil && msg.report.AllPassed()
	m.show(showResult, m.result)
	m.notice = m.desk.noted()
	return nil
}

func (m *watchModel) replayed(msg replayedMsg) tea.Cmd {
	if wanted, cmd := m.end(); !wanted {
		return cmd
	}
	if msg.err != nil {
		m.notice = oneLine(msg.err)
		return nil
	}
	m.show(showTimeline, msg.sheet)
	return nil
}

// press obeys a key. While something runs only quitting is possible.
func (m *watchModel) press(msg tea.KeyPressMsg) tea.Cmd {
	k := msg.String()
	if k == "q" || k == "ctrl+c" {
		return m.quit()
	} else if m.run != nil {
		return nil
	}
	m.notice = ""
	switch k {
	case "n":
		return m.next()
	case "r":
		return m.grade()
	case "t":
		return m.timeline()
	case "h":
		m.hint()
	case "l":
		m.toggle(showList, m.desk.list())
	case "esc":
		m.show(showResult, m.result)
	case "home":
		m.body.GotoTop()
	case "end":
		m.body.GotoBottom()
	default:
		m.body, _ = m.body.Update(msg)
	}
	return nil
}

func (m *watchModel) quit() tea.Cmd {
	m.quitting = true
	if m.run == nil {
		return tea.Quit
	}
	m.run.cancel() // the rest of it says when it has ended
	return nil
}

// next goes on, once the exercise has passed.
func (m *watchModel) next() tea.Cmd {
	if !m.where.here {
		m.notice = m.at.ex.Slug + " has not passed yet; n goes on once it has"
		return nil
	}
	at, err := m.desk.next(m.at)
	if err != nil {
		m.notice = oneLine(err)
		return nil
	}
	return m.arrive(at)
}

// timeline shows the schedule of the first finding that has one.
func (m *watchModel) timeline() tea.Cmd {
	if m.page == showTimeline {
		m.show(showResult, m.result)
		return nil
	} else if !m.scheduled() {
		m.notice = "nothing here has a schedule to show"
		return nil
	}
	at, r := m.at, m.report
	return m.begin(func(ctx context.Context) tea.Msg { return m.desk.replay(ctx, at, r) })
}

func (m *watchModel) scheduled() bool { return m.report != nil && len(schedules(m.report)) > 0 }

// toggle opens a page, or closes it where it is open.
func (m *watchModel) toggle(p watchPage, s sheet) {
	if m.page == p {
		p, s = showResult, m.result
	}
	m.show(p, s)
}

func (m *watchModel) hint() {
	s, err := m.desk.hint(m.at, m.look.color)
	if err != nil {
		m.notice = oneLine(err)
		return
	}
	m.show(showHint, s)
	m.notice = m.desk.noted()
}

// show puts a text on the screen, from its beginning.
func (m *watchModel) show(p watchPage, s sheet) {
	m.page, m.sheet, m.stale = p, s, true
	m.body.GotoTop()
	m.body.SetXOffset(0)
}

// broken says what an error has to say, as the command does when it ends.
func broken(err error) sheet {
	var b bytes.Buffer
	code(err, &b)
	return func(columns int) string { return fold(b.String(), columns) }
}

// oneLine is an error with what to do about it.
func oneLine(err error) string {
	text := err.Error()
	if _, hint := classify(err); hint != "" {
		text += "; " + hint
	}
	return text
}

// lastWords are left on the terminal when the screen is gone.
func (m *watchModel) lastWords() string {
	text := m.at.ex.Slug
	if m.report != nil {
		text += fmt.Sprintf(": %d of %d points", m.report.Score, m.report.MaxScore)
	}
	if m.where.kept {
		text += fmt.Sprintf("; %d of %d passed", m.where.passed, m.where.total)
	}
	return text
}

// text lists what has been done, and last what is done now.
func (r *watchRun) text(look watchLook) string {
	var b bytes.Buffer
	for i, s := range r.steps {
		if i < len(r.steps)-1 {
			fmt.Fprintln(&b, look.dim("  · "+s))
		} else {
			fmt.Fprintln(&b, "  · "+s+" …")
		}
	}
	return b.String()
}

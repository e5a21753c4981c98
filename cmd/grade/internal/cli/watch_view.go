package cli

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/weft-course/weft/grader"
)

// watchLook is how text is told apart. Without colour nothing is.
type watchLook struct{ color bool }

func (l watchLook) render(s lipgloss.Style, text string) string {
	if !l.color {
		return text
	}
	return s.Render(text)
}

func (l watchLook) strong(text string) string { return l.render(lipgloss.NewStyle().Bold(true), text) }
func (l watchLook) dim(text string) string    { return l.render(lipgloss.NewStyle().Faint(true), text) }
func (l watchLook) good(text string) string {
	return l.render(lipgloss.NewStyle().Foreground(lipgloss.Green), text)
}

// View draws the screen: what is shown, the keys, the progress, and the exercise last.
func (m *watchModel) View() tea.View {
	v := tea.View{AltScreen: true}
	if m.width == 0 || m.quitting && m.run == nil {
		return v
	}
	lines := append(strings.Split(m.body.View(), "\n"), m.footer()...)
	v.Content = strings.Join(lines[max(0, len(lines)-m.height):], "\n")
	return v
}

// layout fits what is shown into the screen.
func (m *watchModel) layout() {
	if m.width == 0 {
		return
	}
	m.body.SetHeight(max(1, m.height-len(m.footer())))
	if m.run == nil && !m.stale && m.body.Width() == m.width {
		return
	}
	text := m.running
	if m.stale = m.run != nil; !m.stale {
		text = m.sheet
	}
	m.body.SetWidth(m.width)
	m.body.SetContent(strings.TrimRight(text(m.width), "\n"))
}

// running is what is shown instead of a result that may not hold any more.
func (m *watchModel) running(columns int) string {
	return fold(m.title()+"\n\n"+m.run.text(m.look), columns)
}

func (m *watchModel) title() string {
	return m.look.strong(grader.Clean(m.at.ex.Slug + "  " + m.at.ex.Title))
}

// beginning is shown where nothing has been written yet.
func (m *watchModel) beginning() sheet {
	ex := m.at.ex
	var files []string
	for _, f := range ex.Files {
		files = append(files, filepath.Join(m.at.dir, f))
	}
	text := fmt.Sprintf("%s\n\n  %s\n\n  Write into %s. Whenever you save, it is graded.\n  grade show %s tells what it is about.\n",
		m.title(), grader.Clean(ex.Topic), grader.Clean(strings.Join(files, ", ")), ex.Slug)
	return func(columns int) string { return fold(text, columns) }
}

// footer is the lower part of the screen.
func (m *watchModel) footer() []string {
	lines := []string{m.rule()}
	if m.notice != "" {
		lines = append(lines, strings.Split(strings.TrimRight(fold(grader.Clean(m.notice), m.width), "\n"), "\n")...)
	}
	lines = append(lines, m.keys()...)
	return append(lines, m.progress(), m.current())
}

// rule is the line between the parts. It says how much there is below and above.
func (m *watchModel) rule() string {
	more := ""
	for _, to := range []struct {
		arrow string
		there bool
	}{
		{"↑", !m.body.AtTop()}, {"↓", !m.body.AtBottom()}, {"←", m.body.XOffset() > 0}, {"→", m.body.HorizontalScrollPercent() < 1},
	} {
		if to.there {
			more += to.arrow
		}
	}
	if more != "" {
		more = " more: " + more + " "
	}
	return m.look.dim(ansi.Truncate("──"+more+strings.Repeat("─", max(0, m.width-2-ansi.StringWidth(more))), m.width, ""))
}

// keys lists those that do something now.
func (m *watchModel) keys() []string {
	var list [][2]string
	add := func(when bool, key, does string) {
		if when {
			list = append(list, [2]string{key, does})
		}
	}
	idle := m.run == nil
	add(idle && m.page != showResult, "esc", "back")
	add(idle && m.where.here, "n", "next")
	add(idle, "h", "hint")
	add(idle, "l", "list")
	add(idle, "r", "re-run")
	add(idle && (m.scheduled() || m.page == showTimeline), "t", "timeline")
	add(true, "q", "quit")
	var items []string
	for _, k := range list {
		items = append(items, m.look.strong(k[0])+" "+k[1])
	}
	return flow(items, m.width)
}

// flow puts items into lines, each whole.
func flow(items []string, columns int) []string {
	var lines []string
	for _, item := range items {
		item = ansi.Truncate(item, columns, "")
		if last := len(lines) - 1; last >= 0 && ansi.StringWidth(lines[last]+"   "+item) <= columns {
			lines[last] += "   " + item
			continue
		}
		lines = append(lines, item)
	}
	return lines
}

// progress is a bar of the exercises that have passed.
func (m *watchModel) progress() string {
	if !m.where.kept {
		return ansi.Truncate(m.look.dim("no progress is kept here; "+homeHint), m.width, "…")
	}
	count := fmt.Sprintf(" %d of %d passed", m.where.passed, m.where.total)
	room := min(40, m.width-len(count))
	if room < 5 {
		return ansi.Truncate(strings.TrimSpace(count), m.width, "…")
	}
	full := room * m.where.passed / max(1, m.where.total)
	return m.look.good(strings.Repeat("█", full)) + m.look.dim(strings.Repeat("░", room-full)) + count
}

// current names the exercise and its folder.
func (m *watchModel) current() string {
	text := m.look.strong(grader.Clean(m.at.ex.Slug)) + "  " + grader.Clean(m.at.dir)
	if why := m.desk.polling(); why != "" {
		text += m.look.dim("  (polling, " + why + ")")
	}
	return ansi.Truncate(text, m.width, "…")
}

// fold breaks the lines of a text between words, and words that are too long.
// What follows stands as far in as the line's own text.
func fold(text string, columns int) string {
	var b strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(text, "\t", "    ")) {
		line = strings.TrimRight(line, "\n")
		if ansi.StringWidth(line) > columns {
			line = foldLine(line, columns)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

const noBreak = "\u2011" // stands for a hyphen, where no line shall be broken

var bullet = regexp.MustCompile(`^ *([✓✗?!·→>-] )?`)

func foldLine(line string, columns int) string {
	first := bullet.FindString(ansi.Strip(line))
	indent := strings.Repeat(" ", ansi.StringWidth(first))
	if len(indent) > columns/2 {
		indent = ""
	}
	lead := len(line) - len(strings.TrimLeft(line, " "))
	if lead > len(indent) {
		lead = 0
	}
	room := max(1, columns-len(indent)) // also for the first line, whose bullet may stand in the indent
	text := ansi.Wrap(strings.ReplaceAll(line[lead:], "-", noBreak), room, "")
	return line[:lead] + strings.ReplaceAll(strings.ReplaceAll(text, noBreak, "-"), "\n", "\n"+indent)
}

package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
)

// TestCoverage compares docs/coverage.md with the course.
func TestCoverage(t *testing.T) {
	c, text := courseAndCoverage(t)
	slugs, err := course.Slugs(c.Source)
	require.NoError(t, err)
	require.Len(t, c.Exercises, len(slugs), "exercises that can be read; %v", c.Err())
	for _, wrong := range checkCoverage(text, c, mutantsOf(t, c)) {
		assert.Fail(t, wrong)
	}
}

// TestCoverageNotices breaks one section of the page in every way that
// TestCoverage must see.
func TestCoverageNotices(t *testing.T) {
	c, text := courseAndCoverage(t)
	ex, ok := c.Exercise("05-semaphore")
	require.True(t, ok)
	c.Exercises = []*grader.Exercise{ex}
	mutants := mutantsOf(t, c)
	page := onlySection(text, ex.Slug)
	require.Empty(t, checkCoverage(page, c, mutants), "the page as it is")

	line := func(begin string) string {
		for l := range strings.Lines(page) {
			if strings.HasPrefix(l, begin) {
				return l
			}
		}
		require.Fail(t, "docs/coverage.md has no line for this test to break", begin)
		return ""
	}
	// in replaces a part of one line of the page.
	in := func(begin, part, by string) string {
		l := line(begin)
		return strings.Replace(page, l, strings.Replace(l, part, by, 1), 1)
	}
	without := func(begin string) string { return strings.Replace(page, line(begin), "", 1) }
	after := func(begin, more string) string { l := line(begin); return strings.Replace(page, l, l+more+"\n", 1) }
	const (
		letters, heading = "| [05-semaphore]", "## 05-semaphore"
		fifo, barging    = "| strict FIFO |", "| barging past waiters |"
		also             = "Also caught:"
	)
	for want, broken := range map[string]string{
		"has no row in the table of letters":    without(letters),
		"second row in the table of letters":    after(letters, line(letters)),
		"column S must say `speedup`, not noth": in(letters, "`speedup`", ""),
		"column S must say `speedup`, not `pe":  in(letters, "`speedup`", "`permits`"),
		"has 6 cells":                           in(letters, " `speedup` |", ""),
		"asks for Q":                            in(letters, "T S", "T Q"),
		"must ask for B R L":                    in(letters, "B R L", "B R"),
		"05-semaphor is no exercise":            in(heading, "semaphore", "semaphor"),
		"05-semaphore has no section":           without(heading),
		"has a second section":                  page + "\n" + heading + "\n",
		"has no table of concepts":              in("| concept,", "|", ""),
		"has no table of wrong solutions":       in("| wrong solution |", "|", ""),
		"a table that begins with \"idea\"":     page + "\n| idea | checks |\n|---|---|\n| a | `fifo` |\n",
		"has two cells":                         in(fifo, "|", "| first come |"),
		"names no check and no lesson":          after(fifo, "| in order | — |"),
		"no criterion \"fif\"":                  in(fifo, "`fifo/", "`fif/"),
		"no test TestGone":                      in(fifo, "TestLateComerQueues", "TestGone"),
		"write `permits/TestOnePermit`":         in(fifo, "TestLateComerQueues", "TestOnePermit"),
		"write one of them, as `fifo/":          after(fifo, "| in order | `fifo` |"),
		"criterion fifo is not named":           without(fifo),
		"README.md#none: no such heading":       after(fifo, "| in order | [lesson](../exercises/05-semaphore/README.md#none) |"),
		"04-deadlock/README.md#a: a lesson is":  after(fifo, "| in order | [lesson](../exercises/04-deadlock/README.md#a) |"),
		"has three cells":                       in(barging, "|", "| past all |"),
		"names no mutant":                       in(barging, "`barging`", ""),
		"no mutant folder charging":             in(barging, "`barging`", "`charging`"),
		"caught by `fifo`, not by `permits`":    in(barging, "`fifo`", "`permits`"),
		"caught by `fifo`, not by `fifo`, `le":  in(barging, "`fifo`", "`fifo`, `leak`"),
		"caught by `fifo`, not by nothing":      in(barging, "`fifo`", ""),
		"mutant barging is not named":           without(barging),
		"mutant batches is not named":           in(also, "`batches`, ", ""),
		"no mutant folder gone":                 in(also, "`batches`", "`batches`, `gone`"),
		"lost-permit is in the table already":   in(also, "`batches`", "`batches`, `lost-permit`"),
		"\"Also caught\" must be the last line": after(also, "And more."),
	} {
		assert.NotEqual(t, page, broken, "%s: nothing was broken", want)
		assert.Contains(t, strings.Join(checkCoverage(broken, c, mutants), "\n"), want)
	}
}

func courseAndCoverage(t *testing.T) (*course.Course, string) {
	t.Helper()
	root, ok := course.Find(".")
	require.True(t, ok)
	src, err := course.Open(root)
	require.NoError(t, err)
	c, err := course.Load(src)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, "docs", "coverage.md"))
	require.NoError(t, err)
	return c, string(text)
}

// mutantsOf reads which criteria each mutant of each exercise must fail.
func mutantsOf(t *testing.T, c *course.Course) map[string]map[string][]string {
	t.Helper()
	all := map[string]map[string][]string{}
	for _, ex := range c.Exercises {
		all[ex.Slug] = map[string][]string{}
		dirs, err := filepath.Glob(filepath.Join(c.Source.Root, "solutions", ex.Slug, "testdata", "mutants", "*"))
		require.NoError(t, err)
		for _, dir := range dirs {
			raw, err := os.ReadFile(filepath.Join(dir, "mutant.json"))
			require.NoError(t, err)
			var m struct {
				Fails map[string]string `json:"fails"`
			}
			require.NoError(t, json.Unmarshal(raw, &m), dir)
			all[ex.Slug][filepath.Base(dir)] = slices.Collect(maps.Keys(m.Fails))
		}
	}
	return all
}

// onlySection returns the page with one exercise.
func onlySection(text, slug string) string {
	var b strings.Builder
	skip := false
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			title = strings.TrimSpace(title)
			skip = course.IsSlug(title) && title != slug
		}
		if m := summaryRow.FindStringSubmatch(line); !skip && (m == nil || m[1] == slug) {
			b.WriteString(line)
		}
	}
	return b.String()
}

var (
	summaryRow = regexp.MustCompile(`^\| \[([0-9]{2}-[a-z0-9-]+)\]`)
	inCode     = regexp.MustCompile("`([^`]+)`")
	inLink     = regexp.MustCompile(`\]\(([^)]+)\)`)
	notInSlug  = regexp.MustCompile(`[^\pL\pN _-]`)
)

// letters are the columns of the first table, behind the exercise and what is asked for.
var letters = []string{"B", "R", "L", "T", "S"}

// letter says in which of these columns a criterion belongs.
func letter(c grader.Criterion) string {
	switch {
	case c.Check == grader.CheckRace:
		return "R"
	case c.Check == grader.CheckLeak:
		return "L"
	case c.Stage == "timing":
		return "T"
	case c.Stage == "speedup":
		return "S"
	}
	return "B"
}

// coverage checks one page and collects what is wrong with it.
type coverage struct {
	exercises map[string]*grader.Exercise
	fails     map[string]map[string][]string // exercise, mutant, criteria
	lessons   func(slug, lang string) (string, error)
	wrong     []string

	ex      *grader.Exercise // of the current section; nil before the first
	summary map[string]bool
	seen    map[string]*coverageSection
}

// coverageSection is what a section has named so far.
type coverageSection struct {
	criteria, mutants, also map[string]bool
	tables                  map[string]bool
	afterAlso               bool
}

// checkCoverage returns what is wrong with the text of docs/coverage.md, each
// with what to write where.
func checkCoverage(text string, of *course.Course, fails map[string]map[string][]string) []string {
	c := &coverage{
		exercises: map[string]*grader.Exercise{}, fails: fails, lessons: of.Lesson,
		summary: map[string]bool{}, seen: map[string]*coverageSection{},
	}
	for _, ex := range of.Exercises {
		c.exercises[ex.Slug] = ex
	}
	table := "" // the first cell of the table that the line is in
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		at := fmt.Sprintf("docs/coverage.md:%d", n)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			c.section(at, title)
		}
		if s := c.current(); s != nil && s.afterAlso && line != "" {
			c.say("%s: \"Also caught\" must be the last line of section %s", at, c.ex.Slug)
			s.afterAlso = false
		}
		if !strings.HasPrefix(line, "|") {
			table = ""
			if list, ok := strings.CutPrefix(line, "Also caught:"); ok && c.ex != nil {
				c.alsoCaught(at, list)
			}
			continue
		}
		cells := tableCells(line)
		switch {
		case table == "":
			table = cells[0]
			c.table(at, table)
		case strings.Trim(line, "|-: ") == "":
		case c.ex == nil && table == "exercise":
			c.summaryRow(at, cells)
		case c.ex != nil && strings.HasPrefix(table, "concept"):
			c.concept(at, cells)
		case c.ex != nil && strings.HasPrefix(table, "wrong solution"):
			c.wrongSolution(at, cells)
		}
	}
	c.missing()
	return c.wrong
}

func (c *coverage) say(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

func (c *coverage) current() *coverageSection {
	if c.ex == nil {
		return nil
	}
	return c.seen[c.ex.Slug]
}

func (c *coverage) section(at, title string) {
	c.ex = nil
	if !course.IsSlug(title) {
		return
	}
	ex := c.exercises[title]
	switch {
	case ex == nil:
		c.say("%s: %s is no exercise of the course: solutions/%[2]s/exercise.json is missing; take the section out or correct its name", at, title)
		return
	case c.seen[title] != nil:
		c.say("%s: %s has a second section; make one of the two", at, title)
	default:
		c.seen[title] = &coverageSection{criteria: map[string]bool{}, mutants: map[string]bool{}, also: map[string]bool{}, tables: map[string]bool{}}
	}
	c.ex = ex
}

func (c *coverage) table(at, first string) {
	if c.ex == nil {
		return
	}
	for _, known := range []string{"concept", "wrong solution"} {
		if strings.HasPrefix(first, known) {
			c.current().tables[known] = true
			return
		}
	}
	c.say("%s: a table that begins with %q; the first column is called \"concept …\" or \"wrong solution\"", at, first)
}

func (c *coverage) summaryRow(at string, cells []string) {
	slug := strings.TrimPrefix(cells[0], "[")
	slug, _, _ = strings.Cut(slug, "]")
	ex := c.exercises[slug]
	switch {
	case ex == nil:
		c.say("%s: %q is no exercise of the course; take the row out or correct its name", at, cells[0])
		return
	case c.summary[slug]:
		c.say("%s: second row in the table of letters for %s; take one out", at, slug)
		return
	}
	c.summary[slug] = true
	if len(cells) != 2+len(letters) {
		c.say("%s: the row of %s has %d cells; it needs the exercise, what is asked for, and one for each of %s", at, slug, len(cells), strings.Join(letters, ", "))
		return
	}
	judges := map[string][]string{}
	for _, cr := range ex.Criteria {
		judges[letter(cr)] = append(judges[letter(cr)], cr.ID)
	}
	for i, l := range letters {
		if got := codes(cells[2+i]); !slices.Equal(got, judges[l]) {
			c.say("%s: %s: column %s must say %s, not %s: so it is in exercise.json", at, slug, l, inBackticks(judges[l]), inBackticks(got))
		}
	}
	asked := strings.Fields(cells[1])
	if !slices.Equal(asked[:min(3, len(asked))], letters[:3]) {
		c.say("%s: %s must ask for B R L first: every exercise does", at, slug)
	}
	for _, l := range asked {
		// S¹ is cost by depth, which is judged in the stage timing.
		l = strings.Replace(l, "S¹", "T", 1)
		if len(judges[l]) == 0 {
			c.say("%s: %s asks for %s, and no criterion of its exercise.json judges that", at, slug, l)
		}
	}
}

func (c *coverage) concept(at string, cells []string) {
	if len(cells) != 2 {
		c.say("%s: a row of the table of concepts has two cells, the concept and its checks, not %d", at, len(cells))
		return
	}
	named, links := codes(cells[1]), inLink.FindAllStringSubmatch(cells[1], -1)
	if len(named) == 0 && len(links) == 0 {
		c.say("%s: %s: %q names no check and no lesson; write `criterion/TestName`, or link the heading of the lesson that explains it", at, c.ex.Slug, cells[0])
	}
	for _, name := range named {
		id, test, _ := strings.Cut(name, "/")
		i := slices.IndexFunc(c.ex.Criteria, func(cr grader.Criterion) bool { return cr.ID == id })
		if i < 0 {
			c.say("%s: %s has no criterion %q; its exercise.json has %s", at, c.ex.Slug, id, criteriaOf(c.ex))
			continue
		}
		c.current().criteria[id] = true
		if test == "" {
			// Races and leaks are looked for in all tests.
			if cr := c.ex.Criteria[i]; cr.Check == grader.CheckTests {
				c.say("%s: criterion %s has tests of its own: write one of them, as `%[2]s/%s`", at, id, cr.Tests[0].Name)
			}
			continue
		}
		if holder := criterionOf(c.ex, test); holder == "" {
			c.say("%s: %s has no test %s in its exercise.json; name the test that now proves %q", at, c.ex.Slug, test, cells[0])
		} else if holder != id {
			c.say("%s: %s belongs to %s in exercise.json of %s: write `%[3]s/%[2]s`", at, test, holder, c.ex.Slug)
		}
	}
	for _, l := range links {
		c.lesson(at, l[1])
	}
}

// lesson checks a link to a heading of the exercise's own lesson.
func (c *coverage) lesson(at, link string) {
	file, anchor, _ := strings.Cut(link, "#")
	if file != "../exercises/"+c.ex.Slug+"/README.md" {
		c.say("%s: %s: a lesson is ../exercises/%s/README.md#heading", at, link, c.ex.Slug)
		return
	}
	text, err := c.lessons(c.ex.Slug, "en")
	if err != nil {
		c.say("%s: %s: %v", at, link, err)
		return
	}
	var anchors []string
	for line := range strings.Lines(text) {
		if h, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			h = notInSlug.ReplaceAllString(strings.ToLower(strings.TrimSpace(h)), "")
			anchors = append(anchors, strings.ReplaceAll(h, " ", "-"))
		}
	}
	if !slices.Contains(anchors, anchor) {
		c.say("%s: %s: no such heading; the lesson has #%s", at, link, strings.Join(anchors, ", #"))
	}
}

func (c *coverage) wrongSolution(at string, cells []string) {
	if len(cells) != 3 {
		c.say("%s: a row of the table of wrong solutions has three cells, the wrong solution, its mutants and the criteria that catch them, not %d", at, len(cells))
		return
	}
	mutants := codes(cells[1])
	if len(mutants) == 0 {
		c.say("%s: %s: %q names no mutant; write the name of its folder below solutions/%[2]s/testdata/mutants", at, c.ex.Slug, cells[0])
		return
	}
	caught := map[string]bool{}
	for _, m := range mutants {
		fails, ok := c.fails[c.ex.Slug][m]
		if !ok {
			c.say("%s: %s has no mutant folder %s", at, c.ex.Slug, m)
			return
		}
		c.current().mutants[m] = true
		for _, id := range fails {
			caught[id] = true
		}
	}
	var want []string
	for _, cr := range c.ex.Criteria {
		if caught[cr.ID] {
			want = append(want, cr.ID)
		}
	}
	if got := codes(cells[2]); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		c.say("%s: %s: %s must be caught by %s, not by %s: so it is in mutant.json", at, c.ex.Slug, inBackticks(mutants), inBackticks(want), inBackticks(got))
	}
}

func (c *coverage) alsoCaught(at, list string) {
	s := c.current()
	s.afterAlso = true
	for _, m := range codes(list) {
		if _, ok := c.fails[c.ex.Slug][m]; !ok {
			c.say("%s: %s has no mutant folder %s", at, c.ex.Slug, m)
		}
		if s.mutants[m] {
			c.say("%s: %s: %s is in the table already; take it out of \"Also caught\"", at, c.ex.Slug, m)
		}
		s.also[m] = true
	}
}

// missing says what the page lacks.
func (c *coverage) missing() {
	for _, slug := range slices.Sorted(maps.Keys(c.exercises)) {
		if !c.summary[slug] {
			c.say("docs/coverage.md: %s has no row in the table of letters; enter it there", slug)
		}
		s := c.seen[slug]
		if s == nil {
			c.say("docs/coverage.md: %s has no section; write \"## %[1]s\" with a table of concepts and one of wrong solutions", slug)
			continue
		}
		if !s.tables["concept"] {
			c.say("docs/coverage.md: %s has no table of concepts", slug)
		}
		if !s.tables["wrong solution"] {
			c.say("docs/coverage.md: %s has no table of wrong solutions", slug)
		}
		for _, cr := range c.exercises[slug].Criteria {
			if !s.criteria[cr.ID] {
				c.say("docs/coverage.md: %s: criterion %s is not named; name one of its tests beside the concept that it proves", slug, cr.ID)
			}
		}
		for _, m := range slices.Sorted(maps.Keys(c.fails[slug])) {
			if !s.mutants[m] && !s.also[m] {
				c.say("docs/coverage.md: %s: mutant %s is not named; put it into the row of the wrong solution that it stands for, or into \"Also caught\"", slug, m)
			}
		}
	}
}

// tableCells splits a row of a Markdown table.
func tableCells(row string) []string {
	const bar = "\x00"
	row = strings.ReplaceAll(row, `\|`, bar)
	cells := strings.Split(strings.Trim(row, "|"), "|")
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(strings.TrimSpace(cell), bar, "|")
	}
	return cells
}

// codes returns what stands in backticks.
func codes(cell string) (list []string) {
	for _, m := range inCode.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

func inBackticks(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return "`" + strings.Join(list, "`, `") + "`"
}

func criteriaOf(ex *grader.Exercise) string {
	var ids []string
	for _, cr := range ex.Criteria {
		ids = append(ids, cr.ID)
	}
	return strings.Join(ids, ", ")
}

func criterionOf(ex *grader.Exercise, test string) string {
	for _, cr := range ex.Criteria {
		for _, tc := range cr.Tests {
			if tc.Name == test {
				return cr.ID
			}
		}
	}
	return ""
}

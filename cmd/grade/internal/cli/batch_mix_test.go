package cli

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// mix is a folder of submissions, and what must become of each.
type mix struct {
	tb   testing.TB
	rng  *rand.Rand
	from string // the folder
	list []handedIn
}

// handedIn is one exercise of one submission, or a submission that cannot be read.
type handedIn struct {
	id, slug string
	// origin is the folder of the course that its files come from. The course
	// declares what becomes of it: all is passed, or what its mutant.json says.
	origin string
	// Without an origin: how it must end, and words of the reason.
	status grader.Status
	words  string
	// outcomes are those allowed for somebody who cheats, joined by "|".
	outcomes string
}

// newMix makes n submissions out of the course in root and writes them to a
// new folder. The same seed makes the same ones. Of twelve, about seven are mutants,
// two correct, one a stub and one the copy of an earlier one; one of twelve holds
// two exercises. The bad ones of [mix.bad] come first, as far as half of n goes,
// and again for each hundred submissions.
func newMix(tb testing.TB, root string, exercises []*grader.Exercise, n int, seed uint64) *mix {
	tb.Helper()
	m := &mix{tb: tb, rng: rand.New(rand.NewPCG(seed, 0)), from: filepath.Join(tb.TempDir(), "submissions")}
	require.NoError(tb, os.Mkdir(m.from, 0o755))
	bad := m.bad(exercises[m.rng.IntN(len(exercises))])
	for i := range min(n/2, len(bad)*(1+n/100)) {
		m.list = append(m.list, bad[i%len(bad)](fmt.Sprintf("s%04d", i+1)))
	}
	d := newDeck(tb, m.rng, root, exercises)
	for i := len(m.list); i < n; i++ {
		m.good(fmt.Sprintf("s%04d", i+1), d)
	}
	return m
}

// good hands in one exercise, or two, or what somebody else has handed in.
func (m *mix) good(id string, d *deck) {
	mark := "\n// " + id + "\n" // no two contents are the same, but for copies
	parts := []part{d.draw(mark)}
	switch i := m.rng.IntN(12); {
	case i == 0 && len(d.drawn) > 1:
		parts[0] = d.drawn[m.rng.IntN(len(d.drawn)-1)]
	case i == 1:
		if more := d.draw(mark); more.slug != parts[0].slug {
			parts = append(parts, more)
		}
	}
	files := map[string][]byte{"notes.md": []byte("what I did\n")}
	for _, p := range parts {
		for name, text := range p.files {
			files[p.slug+"/"+name] = text
		}
		m.list = append(m.list, handedIn{id: id, slug: p.slug, origin: p.origin})
	}
	m.hand(id, files)
}

// hand writes files in one of the shapes that students hand in.
func (m *mix) hand(id string, files map[string][]byte) {
	under := []string{"", "exercises/", "my work/" + id + "/"}[m.rng.IntN(3)]
	if under == "exercises/" {
		files["go.mod"] = []byte("module example.com/workspace\n\ngo 1.25\n")
	}
	moved := map[string][]byte{}
	for name, text := range files {
		if path.Dir(name) != "." {
			name = under + name
		}
		moved[name] = text
	}
	switch m.rng.IntN(3) {
	case 0:
		for name, text := range moved {
			m.write(id+"/"+name, text)
		}
	case 1:
		m.write(id+".zip", zipped(m.tb, moved))
	case 2:
		m.write(id+".tar.gz", tarred(m.tb, moved))
	}
}

func (m *mix) write(name string, text []byte) {
	file := filepath.Join(m.from, filepath.FromSlash(name))
	require.NoError(m.tb, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(m.tb, os.WriteFile(file, text, 0o644))
}

// bad returns makers of submissions that hold nothing to judge.
func (m *mix) bad(ex *grader.Exercise) []func(id string) handedIn {
	file := ex.Slug + "/" + ex.Files[0]
	source := []byte("package " + ex.Package + "\n")
	zip := func(words string, text []byte) func(string) handedIn {
		return func(id string) handedIn {
			m.write(id+".zip", text)
			return handedIn{id: id, status: grader.StatusRefused, words: words}
		}
	}
	whole := zipped(m.tb, map[string][]byte{file: source})
	return []func(string) handedIn{
		zip("leads outside", zipped(m.tb, map[string][]byte{file: source, "../" + file: source})),
		zip("unpacks to far more", zipped(m.tb, map[string][]byte{file: make([]byte, 64<<20)})),
		zip("is a symbolic link", linked(m.tb, file)),
		zip("not UTF-8", zipped(m.tb, map[string][]byte{file: source, "r\xe9sum\xe9.txt": nil})),
		zip("no zip file", whole[:len(whole)/2]),
		zip("no folder in it bears the name", zipped(m.tb, map[string][]byte{"main.go": source})),
		func(id string) handedIn {
			require.NoError(m.tb, os.Mkdir(filepath.Join(m.from, id), 0o755))
			return handedIn{id: id, status: grader.StatusRefused, words: "no folder in it bears the name"}
		},
		func(id string) handedIn {
			m.write(id+"/"+file, append(slices.Clone(source), "func ("...))
			return handedIn{id: id, slug: ex.Slug, status: grader.StatusBuildFailed, words: "the code does not parse"}
		},
		m.linkTo(ex.Slug, m.from), m.linkTo("", m.from), m.foreignName(file, source),
		func(id string) handedIn {
			m.write(id+".rar", source)
			return handedIn{id: id, status: grader.StatusRefused, words: "of a kind that is not read"}
		},
	}
}

// linkTo makes a submission, or the exercise in one, that is a symbolic link.
// Where the system lets nobody make one, the submission is empty.
func (m *mix) linkTo(slug, target string) func(id string) handedIn {
	return func(id string) handedIn {
		name := filepath.Join(m.from, id, slug)
		require.NoError(m.tb, os.MkdirAll(filepath.Dir(name), 0o755))
		if err := os.Symlink(target, name); err != nil {
			require.NoError(m.tb, os.MkdirAll(filepath.Join(m.from, id), 0o755))
			return handedIn{id: id, status: grader.StatusRefused, words: "no folder in it bears the name"}
		}
		return handedIn{id: id, slug: slug, status: grader.StatusRefused, words: "is a symbolic link"}
	}
}

// foreignName makes a submission whose own name is in another encoding, where
// the system has such names.
func (m *mix) foreignName(file string, source []byte) func(id string) handedIn {
	return func(id string) handedIn {
		text := zipped(m.tb, map[string][]byte{file: source})
		if err := os.WriteFile(filepath.Join(m.from, id+"\xe9.zip"), text, 0o644); err != nil {
			m.write(id+".zip", text[:len(text)/2])
			return handedIn{id: id, status: grader.StatusRefused, words: "no zip file"}
		}
		return handedIn{id: id + "%E9", status: grader.StatusRefused, words: "not UTF-8"}
	}
}

// part is the content of one exercise.
type part struct {
	slug, origin string
	files        map[string][]byte
}

// deck holds the solutions that the course brings along, in an order that the
// seed decides. When it is through it begins again.
type deck struct {
	tb       testing.TB
	rng      *rand.Rand
	suits    [3][]part // correct, stub, mutant; without files
	next     [3]int
	declared map[string][]string // the files of an exercise
	drawn    []part
}

func newDeck(tb testing.TB, rng *rand.Rand, root string, exercises []*grader.Exercise) *deck {
	tb.Helper()
	d := &deck{tb: tb, rng: rng, declared: map[string][]string{}}
	for _, ex := range exercises {
		d.declared[ex.Slug] = ex.Files
		solution := filepath.Join(root, "solutions", ex.Slug)
		add := func(suit int, dirs ...string) {
			for _, dir := range dirs {
				d.suits[suit] = append(d.suits[suit], part{slug: ex.Slug, origin: dir})
			}
		}
		below := func(kind string) []string {
			dirs, err := filepath.Glob(filepath.Join(solution, "testdata", kind, "*"))
			require.NoError(tb, err)
			require.NotEmpty(tb, dirs, solution)
			return dirs
		}
		add(0, append(below("variants"), solution)...)
		add(1, filepath.Join(root, "exercises", ex.Slug))
		add(2, below("mutants")...)
	}
	for _, s := range d.suits {
		rng.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	}
	return d
}

// draw takes the next solution and marks its first file, so that its content
// is nobody else's.
func (d *deck) draw(mark string) part {
	suit := []int{0, 0, 0, 1, 2, 2, 2, 2, 2, 2}[d.rng.IntN(10)]
	p := d.suits[suit][d.next[suit]%len(d.suits[suit])]
	d.next[suit]++
	p.files = map[string][]byte{}
	for _, name := range d.declared[p.slug] {
		text, err := os.ReadFile(filepath.Join(p.origin, name))
		require.NoError(d.tb, err)
		if len(p.files) == 0 {
			text = append(text, mark...)
		}
		p.files[name] = text
	}
	d.drawn = append(d.drawn, p)
	return p
}

func sorted(files map[string][]byte) (names []string) {
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func zipped(tb testing.TB, files map[string][]byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range sorted(files) {
		w, err := z.Create(name)
		require.NoError(tb, err)
		_, err = w.Write(files[name])
		require.NoError(tb, err)
	}
	require.NoError(tb, z.Close())
	return b.Bytes()
}

// linked is a zip whose one entry is a symbolic link.
func linked(tb testing.TB, name string) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: name}
	h.SetMode(fs.ModeSymlink | 0o777)
	w, err := z.CreateHeader(h)
	require.NoError(tb, err)
	_, err = strings.NewReader("/etc/hostname").WriteTo(w)
	require.NoError(tb, errors.Join(err, z.Close()))
	return b.Bytes()
}

func tarred(tb testing.TB, files map[string][]byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range sorted(files) {
		require.NoError(tb, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), Typeflag: tar.TypeReg}))
		_, err := w.Write(files[name])
		require.NoError(tb, err)
	}
	require.NoError(tb, errors.Join(w.Close(), z.Close()))
	return b.Bytes()
}

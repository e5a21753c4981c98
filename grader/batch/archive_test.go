package batch

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/submission"
)

// packed is an entry of an archive that a test makes.
type packed struct {
	name, text string
	mode       fs.FileMode
	link       string
	flag       byte // of tar
}

func zipOf(t testing.TB, items ...packed) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, x := range items {
		h := &zip.FileHeader{Name: x.name, Method: zip.Deflate}
		h.SetMode(x.mode | 0o644)
		w, err := z.CreateHeader(h)
		require.NoError(t, err)
		if !strings.HasSuffix(x.name, "/") {
			_, err = w.Write([]byte(x.text))
			require.NoError(t, err)
		}
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func tarOf(t testing.TB, items ...packed) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, x := range items {
		h := &tar.Header{Name: x.name, Mode: 0o644, Size: int64(len(x.text)), Typeflag: x.flag, Linkname: x.link}
		if x.flag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if x.flag == tar.TypeXGlobalHeader {
			h = &tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "a commit"}}
		}
		require.NoError(t, w.WriteHeader(h))
		_, err := w.Write([]byte(x.text))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func gz(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	require.NoError(t, errors.Join(err, w.Close()))
	return out.Bytes()
}

func many(n int) (items []packed) {
	for i := range n {
		items = append(items, packed{name: fmt.Sprint("f", i)})
	}
	return items
}

// patch changes bytes of an archive in all places.
func patch(b []byte, old, new string) []byte {
	return bytes.ReplaceAll(b, []byte(old), []byte(new))
}

const good = "24-latch/latch.go"

// TestWickedArchives: each is refused, by name and with the reason, and the
// good one beside them is graded.
func TestWickedArchives(t *testing.T) {
	ok := packed{name: good, text: "package latch"}
	bomb := strings.Repeat("\x00", 40<<20)
	encrypted := zipOf(t, ok)
	for i := 0; i+4 < len(encrypted); i++ {
		switch string(encrypted[i : i+4]) {
		case "PK\x03\x04":
			encrypted[i+6] |= 1
		case "PK\x01\x02":
			encrypted[i+8] |= 1
		}
	}
	damaged := zipOf(t, packed{name: good, text: strings.Repeat("package latch ", 50)})
	damaged[30+len(good)+4] ^= 0xff
	wicked := map[string]struct {
		data []byte
		want string
	}{
		"outside.zip":    {zipOf(t, ok, packed{name: "../../latch.go"}), "leads outside"},
		"outside2.zip":   {zipOf(t, ok, packed{name: "a/../../latch.go"}), "leads outside"},
		"outside.tar":    {tarOf(t, ok, packed{name: "../latch.go"}), "leads outside"},
		"absolute.zip":   {zipOf(t, ok, packed{name: "/etc/passwd"}), "absolute path"},
		"absolute.tgz":   {gz(t, tarOf(t, ok, packed{name: "/etc/passwd"})), "absolute path"},
		"drive.zip":      {zipOf(t, ok, packed{name: "C:/x.go"}), "absolute path"},
		"backslash.zip":  {zipOf(t, ok, packed{name: `..\x.go`}), `holds a \`},
		"link.zip":       {zipOf(t, ok, packed{name: "l.go", text: "/etc/passwd", mode: fs.ModeSymlink}), "symbolic link"},
		"link.tar":       {tarOf(t, ok, packed{name: "l.go", flag: tar.TypeSymlink, link: "/etc/passwd"}), "symbolic link"},
		"hardlink.tar":   {tarOf(t, ok, packed{name: "l.go", flag: tar.TypeLink, link: "/etc/passwd"}), "hard link"},
		"device.zip":     {zipOf(t, ok, packed{name: "d.go", mode: fs.ModeDevice}), "device"},
		"device.tar":     {tarOf(t, ok, packed{name: "d.go", flag: tar.TypeChar}), "device"},
		"pipe.tar":       {tarOf(t, ok, packed{name: "d.go", flag: tar.TypeFifo}), "device"},
		"encoding.zip":   {zipOf(t, ok, packed{name: "caf\xe9.go"}), "not UTF-8"},
		"encoding.tar":   {tarOf(t, ok, packed{name: "caf\xe9.go"}), "not UTF-8"},
		"control.zip":    {zipOf(t, ok, packed{name: "a\x1b[2Jb.go"}), "control characters"},
		"bomb.zip":       {zipOf(t, ok, packed{name: "zeros.go", text: bomb}), "far more than a submission"},
		"bomb.tgz":       {gz(t, tarOf(t, ok, packed{name: "zeros", text: bomb})), "far more than a submission"},
		"many.zip":       {zipOf(t, many(maxEntries+1)...), "more than 10000 files"},
		"many.tgz":       {gz(t, tarOf(t, many(maxEntries+1)...)), "more than 10000 files"},
		"twice.zip":      {zipOf(t, ok, packed{name: good, text: "package evil"}), "twice"},
		"case.zip":       {zipOf(t, ok, packed{name: "24-latch/Latch.go"}), "twice"},
		"deep.zip":       {zipOf(t, ok, packed{name: strings.Repeat("d/", 40) + "x.go"}), "too deep"},
		"clash.zip":      {zipOf(t, ok, packed{name: "a.go"}, packed{name: "a.go/b.go"}), "a file and a folder"},
		"encrypted.zip":  {encrypted, "encrypted"},
		"damaged.zip":    {damaged, "damaged"},
		"lies.zip":       {patch(zipOf(t, packed{name: good, text: "package latch"}), "\x0d\x00\x00\x00", "\x0c\x00\x00\x00"), "damaged"},
		"notzip.zip":     {[]byte("hello"), "no zip file"},
		"empty.zip":      {nil, "no zip file"},
		"nottar.tar":     {[]byte(strings.Repeat("hello", 400)), "no tar file"},
		"empty.tar":      {nil, "empty"},
		"cut.tgz":        {gz(t, tarOf(t, ok))[:40], "no tar file"},
		"large.zip":      {make([]byte, maxArchive+1), "at most"},
		"nothing.zip":    {zipOf(t, packed{name: "readme.txt", text: "hi"}), "no folder in it bears the name"},
		"unicode.tar.xz": {[]byte("x"), "of a kind that is not read"},
	}
	c := newClass(t)
	for name, x := range wicked {
		c.put(strings.Replace(name, ".", "-", 1)+name[strings.Index(name, "."):], string(x.data))
	}
	c.put("good.zip", string(zipOf(t, ok)))
	sum := c.run()
	assert.Equal(t, 1, sum.Graded)
	assert.Empty(t, sum.Errors)
	assert.Equal(t, 100, c.report("good", "24-latch").Score)
	told := map[string]string{}
	for _, n := range sum.Unread {
		told[n.ID] = n.Text
	}
	for name, x := range wicked {
		id := strings.Replace(name, ".", "-", 1)
		text := told[id]
		assert.Contains(t, text, x.want, name)
		if text == "" {
			continue
		}
		r := c.report(id, unreadName)
		assert.Equal(t, grader.StatusRefused, r.Status, name)
		assert.NotContains(t, r.Findings[0].Message, "\x1b", name)
	}
	assert.Len(t, sum.Unread, len(wicked))
	left, err := os.ReadDir(filepath.Dir(c.from))
	require.NoError(t, err)
	assert.Len(t, left, 2, "something was written beside the submissions and the results")
}

// TestGoodArchives: what the tools that people use write.
func TestGoodArchives(t *testing.T) {
	c := newClass(t)
	src := packed{name: good, text: "package latch"}
	c.put("a.zip", string(zipOf(t, packed{name: "24-latch/", mode: fs.ModeDir}, src, packed{name: "README.md", text: "hi"})))
	c.put("b.tar.gz", string(gz(t, tarOf(t, packed{flag: tar.TypeXGlobalHeader}, packed{name: "work/", flag: tar.TypeDir}, packed{name: "work/" + good, text: src.text}))))
	c.put("c.tar", string(tarOf(t, packed{name: "./" + good, text: src.text})))
	c.put("d.zip", string(zipOf(t, packed{name: "__MACOSX/24-latch/._latch.go", text: "\x00\x05"}, src)))
	c.put("e.zip", string(zipOf(t, src, packed{name: "笔记.txt", text: "note"})))
	sum := c.run()
	assert.Empty(t, sum.Unread)
	assert.Equal(t, Summary{Submissions: 5, Graded: 1, Identical: 4}, sum)
}

// TestALargeFileIsToldByItsSize: it is the submission's rules that refuse it.
func TestALargeFileIsToldByItsSize(t *testing.T) {
	c := newClass(t)
	c.put("a.zip", string(zipOf(t, packed{name: good, text: "package latch\n" + strings.Repeat("// abc\n", 60_000)})))
	c.run(func(o *Options) {
		o.Grade = func(_ context.Context, dir string, ex *grader.Exercise) (*grader.Report, error) {
			_, found, err := submission.Open(dir, ex)
			require.NoError(t, err)
			require.NotEmpty(t, found)
			assert.Contains(t, found[0].Message, "has 420014 bytes")
			return judge(t.Context(), dir, ex)
		}
	})
}

func FuzzReadArchive(f *testing.F) {
	ok := packed{name: good, text: "package latch"}
	f.Add(zipOf(f, ok, packed{name: "a/b/c.go", text: "package c"}), true)
	f.Add(zipOf(f, packed{name: "../x.go"}), true)
	f.Add(tarOf(f, ok, packed{name: "l", flag: tar.TypeSymlink, link: "/"}), false)
	f.Add(gz(f, tarOf(f, ok)), false)
	f.Fuzz(func(t *testing.T, data []byte, isZip bool) {
		k := tarred
		if isZip {
			k = zipped
		}
		u, err := readArchive(bytes.NewReader(data), int64(len(data)), k)
		var no *refusal
		if err != nil {
			require.ErrorAs(t, err, &no, "what is wrong with an archive is the sender's")
			return
		}
		assert.LessOrEqual(t, u.kept, int64(maxSource))
		assert.LessOrEqual(t, len(u.seen), maxEntries)
		dir := t.TempDir()
		if err := u.write(filepath.Join(dir)); err != nil {
			require.ErrorAs(t, err, &no)
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*"))
		require.NoError(t, err)
		assert.Len(t, left, 1, "written outside")
	})
}

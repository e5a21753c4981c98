package batch

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on an archive. A submission has at most half a megabyte of source, so
// that they leave much room for what lies beside it.
const (
	maxArchive  = 32 << 20  // bytes on disk
	maxUnpacked = 256 << 20 // bytes of all entries together
	maxEntries  = 10_000
	maxPath     = 1024 // bytes
	maxDepth    = 32
	maxSource   = 16 << 20 // bytes of Go files that are kept
	// An archive that unpacks to more than freeBytes must not be more than
	// maxRatio times as large unpacked: source is about five times as large.
	freeBytes = 16 << 20
	maxRatio  = 100
	// keepFile is how much of one file is kept; a submission that has more in
	// a file is refused anyway, and the file is made as long as it was.
	keepFile = 256 << 10
)

// refusal says why an archive or a folder is not read. It is the student's
// doing, or the sender's; an error that is none is the machine's.
type refusal struct{ text, help string }

func (r *refusal) Error() string { return r.text }

func refusef(help, format string, args ...any) error {
	return &refusal{text: fmt.Sprintf(format, args...), help: help}
}

const packHelp = "pack the folder anew, with nothing but files and folders in it"

// unpacked is what an archive holds that a grading may look at.
type unpacked struct {
	files map[string]source
	dirs  map[string]bool

	seen    map[string]bool // lower-case paths
	size    int64           // of all entries
	kept    int64
	archive int64 // bytes on disk
}

type source struct {
	text []byte // at most keepFile bytes of it
	size int64
}

// unpack reads an archive into memory and writes the Go files in it under dir.
// Nothing is written before all of it has been looked at.
func unpack(name string, k kind, dir string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return refusef(packHelp, "it is no ordinary file")
	}
	u, err := readArchive(f, info.Size(), k)
	if err != nil {
		return err
	}
	return u.write(dir)
}

// readArchive reads all of an archive of so many bytes. Whatever is wrong with
// its contents is a [refusal].
func readArchive(r io.ReaderAt, size int64, k kind) (*unpacked, error) {
	if size > maxArchive {
		return nil, refusef("hand in the sources only, without builds and history", "it has %d bytes; at most %d are read", size, maxArchive)
	}
	u := &unpacked{files: map[string]source{}, dirs: map[string]bool{}, seen: map[string]bool{}, archive: size}
	if k == zipped {
		return u, u.zip(r, size)
	}
	return u, u.tar(bufio.NewReader(io.NewSectionReader(r, 0, size)))
}

func (u *unpacked) zip(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return refusef(packHelp, "it is no zip file that can be read: %v", err)
	}
	for _, f := range z.File { // everything is checked before anything is inflated
		name, err := u.admit(f.Name, f.Mode(), int64(f.UncompressedSize64))
		if err != nil {
			return err
		}
		if f.Flags&1 != 0 {
			return refusef("pack it without a password", "%s is encrypted", name)
		}
	}
	for _, f := range z.File {
		name := path.Clean(f.Name)
		if f.Mode().IsDir() {
			u.dirs[name] = true
		} else if wanted(name) {
			if err := u.inflate(name, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *unpacked) inflate(name string, f *zip.File) error {
	r, err := f.Open()
	if err == nil {
		err = u.keep(name, r, int64(f.UncompressedSize64))
		r.Close()
	}
	return damaged(name, err)
}

// damaged makes a refusal of what a decompressor says.
func damaged(name string, err error) error {
	var r *refusal
	if err == nil || errors.As(err, &r) {
		return err
	}
	return refusef(packHelp, "%s is damaged: %v", name, err)
}

// tar reads a tar archive, packed with gzip or not.
func (u *unpacked) tar(r *bufio.Reader) error {
	in := io.Reader(r)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return refusef(packHelp, "it is no gzip file that can be read: %v", err)
		}
		in = z
	}
	t := tar.NewReader(&bounded{r: in, left: u.budget()})
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		} else if err != nil {
			return damagedTar(err)
		}
		if err := u.tarEntry(t, h); err != nil {
			return err
		}
	}
}

func damagedTar(err error) error {
	var r *refusal
	switch {
	case errors.As(err, &r):
		return err
	case errors.Is(err, io.EOF):
		return refusef(packHelp, "it is empty")
	}
	return refusef(packHelp, "it is no tar file that can be read: %v", err)
}

func (u *unpacked) tarEntry(t *tar.Reader, h *tar.Header) error {
	switch h.Typeflag {
	case tar.TypeXGlobalHeader: // what git archive writes first
		return nil
	case tar.TypeReg, tar.TypeDir:
	case tar.TypeLink:
		return refusef(packHelp, "%s is a hard link", clip(h.Name))
	}
	name, err := u.admit(h.Name, h.FileInfo().Mode(), h.Size)
	if err != nil {
		return err
	}
	switch {
	case h.Typeflag == tar.TypeDir:
		u.dirs[name] = true
	case h.Typeflag != tar.TypeReg:
		return refusef(packHelp, "%s is of a kind that is not read", name)
	case wanted(name):
		return damaged(name, u.keep(name, t, h.Size))
	}
	return nil
}

// budget is how many bytes a stream may unpack to.
func (u *unpacked) budget() int64 {
	return min(maxUnpacked, max(freeBytes, u.archive*maxRatio))
}

// bounded is a reader that refuses to give more than its budget.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBomb()
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func errBomb() error {
	return refusef("hand in the sources only", "it unpacks to far more than a submission has")
}

// admit checks the name, the kind and the size of an entry.
func (u *unpacked) admit(name string, mode fs.FileMode, size int64) (string, error) {
	clean, err := checkName(name)
	if err != nil {
		return "", err
	}
	switch {
	case mode&fs.ModeSymlink != 0:
		return "", refusef(packHelp, "%s is a symbolic link", clean)
	case !mode.IsDir() && !mode.IsRegular():
		return "", refusef(packHelp, "%s is a device or another thing that is no file", clean)
	case size < 0 || size > maxUnpacked-u.size:
		return "", errBomb()
	}
	key := strings.ToLower(clean)
	if u.seen[key] && !mode.IsDir() {
		return "", refusef(packHelp, "%s is in it twice, upper and lower case aside", clean)
	}
	u.seen[key] = true
	u.size += size
	if u.size > u.budget() {
		return "", errBomb()
	}
	if len(u.seen) > maxEntries {
		return "", refusef("hand in the sources only", "it holds more than %d files and folders", maxEntries)
	}
	return clean, nil
}

// checkName refuses paths that lead anywhere but into the submission, or mean
// different things on different systems.
func checkName(name string) (string, error) {
	shown := clip(name)
	switch {
	case !utf8.ValidString(name):
		return "", refusef("give files names in ASCII, or pack with a tool that writes UTF-8", "the name %s is not UTF-8", shown)
	case strings.IndexFunc(name, unicode.IsControl) >= 0:
		return "", refusef(packHelp, "the name %s holds control characters", shown)
	case strings.Contains(name, `\`):
		return "", refusef("pack with a tool that writes / between folders, as zip files should have", `the name %s holds a \`, shown)
	case path.IsAbs(name) || len(name) > 1 && name[1] == ':':
		return "", refusef(packHelp, "%s is an absolute path", shown)
	case len(name) > maxPath || strings.Count(name, "/") > maxDepth:
		return "", refusef(packHelp, "the path %s is too long or too deep", shown)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", refusef(packHelp, "%s leads outside of the submission", shown)
		}
	}
	clean := path.Clean(name)
	if name == "" || clean != "." && !filepath.IsLocal(filepath.FromSlash(clean)) {
		return "", refusef(packHelp, "%s is no name of a file", shown)
	}
	return clean, nil
}

// clip quotes a name that may be hostile and long.
func clip(name string) string {
	if len(name) > 80 {
		name = name[:77] + "..."
	}
	return fmt.Sprintf("%q", name)
}

// wanted reports whether a grading can be about the file: Go source that is no
// test. What an exercise declares is Go source, and other source beside it is
// told to the student; nothing else counts.
func wanted(name string) bool {
	if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if ignored(part) {
			return false
		}
	}
	return true
}

// keep reads a file, no more than it said it has.
func (u *unpacked) keep(name string, r io.Reader, size int64) error {
	text, err := io.ReadAll(io.LimitReader(r, min(size, keepFile)+1))
	if err != nil {
		return err
	}
	if size <= keepFile && int64(len(text)) != size {
		return errors.New("its size is another one than it says")
	}
	text = text[:min(len(text), keepFile)]
	if u.kept += int64(len(text)); u.kept > maxSource {
		return refusef("hand in the sources only", "it holds more than %d bytes of Go source", maxSource)
	}
	u.files[name] = source{text: text, size: size}
	return nil
}

// write lays the kept files and the folders under dir.
func (u *unpacked) write(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for name := range u.dirs {
		if err := root.MkdirAll(filepath.FromSlash(name), 0o755); err != nil {
			return clash(name, err)
		}
	}
	for name, s := range u.files {
		if err := root.MkdirAll(filepath.FromSlash(path.Dir(name)), 0o755); err != nil {
			return clash(name, err)
		}
		if err := s.write(root, filepath.FromSlash(name)); err != nil {
			return clash(name, err)
		}
	}
	return nil
}

// clash makes a refusal of a name that is a file and a folder at once.
func clash(name string, err error) error {
	if errors.Is(err, fs.ErrExist) || isNoFolder(err) {
		return refusef(packHelp, "%s is a file and a folder at once", name)
	}
	return err
}

func (s source) write(root *os.Root, name string) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(s.text)
	if err == nil && s.size > int64(len(s.text)) {
		err = f.Truncate(s.size) // too large, and so it is told by its true size
	}
	return errors.Join(err, f.Close())
}

package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
)

// target is a format and where it goes: a file, or standard output if that is empty.
type target struct {
	format report.Format
	file   string
}

// targets resolves --format and --output, and refuses what cannot work before
// anything is graded.
func (o *gradeOptions) targets() ([]target, error) {
	var list []target
	for name := range strings.SplitSeq(o.format, ",") {
		f, err := report.Find(strings.TrimSpace(name))
		if err != nil {
			return nil, usagef("", "%w", err)
		}
		if !slices.ContainsFunc(list, func(t target) bool { return t.format.Name == f.Name }) {
			list = append(list, target{format: f})
		}
	}
	for _, out := range o.outputs {
		if err := assign(list, out); err != nil {
			return nil, err
		}
	}
	return settle(list)
}

// assign gives one --output, FILE or FORMAT=FILE, to the format that it is for.
func assign(list []target, out string) error {
	i := 0
	name, file, named := strings.Cut(out, "=")
	if named && isFormat(name) {
		if i = slices.IndexFunc(list, func(t target) bool { return t.format.Name == name }); i < 0 {
			return usagef("add it: --format "+list[0].format.Name+","+name, "--output %s, but %s is not among the formats", out, name)
		}
		out = file
	} else if len(list) > 1 {
		return usagef(fmt.Sprintf("say which one: --output %s=%s", list[len(list)-1].format.Name, out), "--output %s, but there are %d formats", out, len(list))
	}
	if list[i].file != "" {
		return usagef("give one --output for a format", "%s would go to %s and to %s", list[i].format.Name, list[i].file, out)
	}
	list[i].file = out
	return fileCanBe(out)
}

func isFormat(name string) bool {
	_, err := report.Find(name)
	return err == nil
}

// fileCanBe refuses a file that could not be written when all the work is done.
func fileCanBe(file string) error {
	if file == "" {
		return usagef("--output result.json", "--output names no file")
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return usagef("name a file in it", "cannot write %s: it is a folder", file)
	}
	if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
		return usagef("make that folder first, or name a file in another one", "cannot write %s: there is no folder %s", file, filepath.Dir(file))
	}
	return nil
}

// settle leaves at most one format for standard output and for each file.
func settle(list []target) ([]target, error) {
	all := slices.Clone(list)
	list = slices.DeleteFunc(list, func(t target) bool {
		return slices.ContainsFunc(all, func(other target) bool { return other.format.Holds == t.format.Name && other.file == t.file })
	})
	for i, t := range list {
		for _, other := range list[:i] {
			if t.file == other.file {
				hint := fmt.Sprintf("write one of them into a file of its own: --output %s=FILE", t.format.Name)
				return nil, usagef(hint, "%s and %s would both go to %s", other.format.Name, t.format.Name, cmp.Or(t.file, "standard output"))
			}
		}
		if check := t.format.Check; check != nil {
			if err := check(report.Options{Env: os.Getenv}); err != nil {
				return nil, usagef("--format json gives the same result anywhere", "%w", err)
			}
		}
	}
	return list, nil
}

// early writes what a platform shall read if it ends this process before
// anything is graded.
func (o *gradeOptions) early(list []target) error {
	unfinished := &grader.Report{Schema: grader.ResultSchema, Status: grader.StatusError, Error: "it has not come to its end", Checks: []grader.CheckReport{}}
	for _, t := range list {
		if !t.format.Early || t.file == "" {
			continue
		}
		var b bytes.Buffer
		if err := t.format.Write(&b, []*grader.Report{unfinished}, report.Options{}); err != nil {
			return err
		}
		if err := writeFile(t.file, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// write renders every format and puts each in its place. What one of them
// cannot do does not stop the others.
func (o *gradeOptions) write(list []target, reports []*grader.Report, ro report.Options) error {
	ro.Env, ro.Now = os.Getenv, time.Now()
	ro.Dir, _ = os.Getwd()
	for _, t := range list {
		if t.format.Name == "json" && t.file != "" {
			ro.Result, _ = filepath.Abs(t.file)
		}
	}
	var errs []error
	for _, t := range list {
		errs = append(errs, o.writeOne(t, reports, ro))
	}
	return errors.Join(errs...)
}

func (o *gradeOptions) writeOne(t target, reports []*grader.Report, ro report.Options) error {
	if t.file == "" {
		ro.Width = o.columns()
	} else {
		ro.Color = false
	}
	var b bytes.Buffer
	if err := t.format.Write(&b, reports, ro); err != nil {
		return err
	}
	if t.format.Also != nil {
		for _, a := range t.format.Also(reports, ro) {
			if err := appendTo(os.Getenv(a.Variable), a.Text); err != nil {
				return fmt.Errorf("%s: %w", a.Variable, err)
			}
		}
	}
	if t.file == "" {
		_, err := o.out.Write(b.Bytes())
		return err
	}
	return writeFile(t.file, b.Bytes())
}

// writeFile replaces a file at once, so that nothing is ever half-written. A
// link is replaced, not followed. What is no file, such as /dev/null or a named
// pipe, is written to.
func writeFile(file string, text []byte) error {
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return appendTo(file, string(text))
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".weft-*")
	if err != nil {
		return usagef("name a file in a folder that can be written", "cannot write %s: %w", file, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.Rename(tmp.Name(), file)
}

// appendTo adds text to a file in one write; an empty name is no file.
func appendTo(file, text string) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	return errors.Join(err, f.Close())
}

// exitAs returns the exit code that the formats ask for: where a platform reads
// the verdict from the result, a verdict is no failure of this command.
func exitAs(list []target, reports []*grader.Report) error {
	err := exitFor(reports)
	var code exitError
	if errors.As(err, &code) && code.code < ExitBroken && slices.ContainsFunc(list, func(t target) bool { return t.format.AlwaysPassed }) {
		return nil
	}
	return err
}

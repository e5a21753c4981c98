package wire_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest/wire"
)

// signed is what Seal does, written a second time.
func signed(key []byte, body string) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, body)
	return []byte(hex.EncodeToString(h.Sum(nil)) + " " + body + "\n")
}

// envRole makes the test binary play the grader's child.
const envRole = "WIRE_TEST_ROLE"

const senders, each = 8, 25

// roles are what a child does. What it prints is what it found out.
var roles = map[string]func(){
	"send": func() {
		for _, name := range []string{wire.EnvKey, wire.EnvResult} {
			if v, ok := os.LookupEnv(name); ok {
				fmt.Printf("%s is still %q\n", name, v)
			}
		}
		fmt.Println("active", wire.Active())
		wire.Send(wire.Message{Seq: 99, Kind: "begin", Test: "TestA"})
		var all sync.WaitGroup
		for i := range senders {
			all.Go(func() {
				for j := range each {
					wire.Send(wire.Message{Kind: "measure", Text: fmt.Sprint(i), MS: float64(j)})
				}
			})
		}
		all.Wait()
		wire.Send(wire.Message{Kind: "done"})
	},
	"args": func() {
		os.Args[1] = "changed"
		fmt.Println(strings.Join(wire.Args()[1:], " "))
		wire.Args()[1] = "changed too"
		fmt.Println(wire.Args()[1])
	},
	"inherit": func() {
		// What a grandchild would get: the key and result descriptors are
		// closed to it, even to one that knows their numbers.
		out, err := exec.Command("/bin/sh", "-c", "echo forged >&4; cat <&3").CombinedOutput()
		fmt.Println("refused", err != nil, !bytes.Contains(out, key))
		wire.Send(wire.Message{Kind: "done"})
	},
	"idle": func() { fmt.Println("active", wire.Active()); wire.Send(wire.Message{Kind: "done"}) },
}

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(envRole)]; ok {
		role()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(role string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=x")
	cmd.Env = append(os.Environ(), append(env, envRole+"="+role, "GORACE=atexit_sleep_ms=0")...)
	return cmd
}

// withPipes runs the child as the grader does: key on descriptor 3, result on 4.
func withPipes(t *testing.T, role string, k []byte) (stdout string, lines [][]byte) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows inherits no descriptors; the channel is two files there")
	}
	keyR, keyW := pipe(t)
	in, out := pipe(t)
	cmd := child(role, wire.EnvKey+"=fd:3", wire.EnvResult+"=fd:4")
	cmd.ExtraFiles = []*os.File{keyR, out}
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	_, err := keyW.Write(k)
	require.NoError(t, err)
	keyW.Close()
	require.NoError(t, cmd.Start())
	out.Close()
	raw, err := io.ReadAll(in)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait(), printed.String())
	return printed.String(), bytes.SplitAfter(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func TestChildSendsOverDescriptors(t *testing.T) {
	printed, lines := withPipes(t, "send", key)
	assert.Equal(t, "active true\n", printed, "the variables must be gone")
	checkStream(t, lines)
}

// checkStream demands every message of the role "send", numbered in the order of the lines.
func checkStream(t *testing.T, lines [][]byte) {
	t.Helper()
	require.Len(t, lines, senders*each+2)
	next := map[string]float64{}
	for i, line := range lines {
		m, err := wire.Open(key, line)
		require.NoError(t, err)
		require.Equal(t, i, m.Seq)
		if m.Kind == "measure" {
			require.Equal(t, next[m.Text], m.MS, "messages of one goroutine stay in order")
			next[m.Text]++
		}
	}
	first, _ := wire.Open(key, lines[0])
	assert.Equal(t, wire.Message{Kind: "begin", Test: "TestA"}, first, "the sender numbers messages itself")
	assert.Len(t, next, senders)
}

func TestChildSendsOverFiles(t *testing.T) {
	dir := t.TempDir()
	keyFile, resultFile := filepath.Join(dir, "key"), filepath.Join(dir, "result")
	require.NoError(t, os.WriteFile(keyFile, key, 0o600))
	require.NoError(t, os.WriteFile(resultFile, nil, 0o600))
	out, err := child("send", wire.EnvKey+"=file:"+keyFile, wire.EnvResult+"=file:"+resultFile).CombinedOutput()
	require.NoError(t, err)
	assert.Equal(t, "active true\n", string(out))
	assert.NoFileExists(t, keyFile, "the key must not be left for the submission to read")
	raw, err := os.ReadFile(resultFile)
	require.NoError(t, err)
	checkStream(t, bytes.SplitAfter(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n")))
}

func TestGrandchildrenInheritNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	printed, lines := withPipes(t, "inherit", key)
	assert.Equal(t, "refused true true\n", printed)
	require.Len(t, lines, 1)
	m, err := wire.Open(key, lines[0])
	require.NoError(t, err)
	assert.Equal(t, "done", m.Kind)
}

func TestNoChannelWithoutKeyAndResult(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		return "file:" + name
	}
	for name, env := range map[string][]string{
		"neither":          nil,
		"only a key":       {wire.EnvKey + "=" + file("a", "k")},
		"only a result":    {wire.EnvResult + "=" + file("b", "")},
		"an empty key":     {wire.EnvKey + "=" + file("c", ""), wire.EnvResult + "=" + file("d", "")},
		"no such key":      {wire.EnvKey + "=file:" + filepath.Join(dir, "none"), wire.EnvResult + "=" + file("e", "")},
		"no such result":   {wire.EnvKey + "=" + file("f", "k"), wire.EnvResult + "=file:" + filepath.Join(dir, "none")},
		"no number":        {wire.EnvKey + "=fd:three", wire.EnvResult + "=fd:four"},
		"a closed channel": {wire.EnvKey + "=fd:33", wire.EnvResult + "=fd:34"},
	} {
		out, err := child("idle", env...).CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
		assert.Equal(t, "active false\n", string(out), name)
	}
}

func TestWithoutAGraderSendIsHarmless(t *testing.T) {
	require.False(t, wire.Active(), "under plain go test nobody listens")
	wire.Send(wire.Message{Kind: "begin", Test: t.Name()})
}

func TestArgsKeepTheFirstCommandLine(t *testing.T) {
	out, err := child("args").CombinedOutput()
	require.NoError(t, err)
	assert.Equal(t, "-test.run=x\n-test.run=x\n", string(out))
}

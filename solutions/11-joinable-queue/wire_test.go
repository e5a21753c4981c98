package joinablequeue_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

// stream is one direction of a connection in memory, with room for everything.
type stream struct {
	mu     sync.Mutex
	more   *sync.Cond
	buf    bytes.Buffer
	closed bool
}

func newStream() *stream {
	s := &stream{}
	s.more = sync.NewCond(&s.mu)
	return s
}

func (s *stream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	s.more.Broadcast()
	return s.buf.Write(b)
}

func (s *stream) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.buf.Len() == 0 && !s.closed {
		s.more.Wait()
	}
	return s.buf.Read(b)
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.more.Broadcast()
}

// worker is a worker in a goroutine, or none, of this process: the test itself.
type worker struct {
	*joinablequeue.Remote[string]
	serving  *gradetest.Call[error]
	up, down *stream
}

// connect has q serve one more worker.
func connect(q *joinablequeue.Queue[string]) *worker {
	up, down := newStream(), newStream()
	return &worker{
		joinablequeue.NewRemote[string](joinablequeue.NewPipe(down, up)),
		gradetest.Go(func() error { return q.Serve(joinablequeue.NewPipe(up, down)) }),
		up, down,
	}
}

// hangUp ends the connection, as the end of a process does, and gives what Serve says.
func (w *worker) hangUp() error {
	w.cut()
	return w.serving.Wait()
}

// cut ends the connection and does not wait.
func (w *worker) cut() {
	w.up.close()
	w.down.close()
}

// answer is what Get returns.
type answer struct {
	item string
	err  error
}

// asks has the worker call Get.
func (w *worker) asks() *gradetest.Call[answer] {
	return gradetest.Go(func() answer { item, err := w.Get(); return answer{item, err} })
}

// gets is a Get that should not have to wait.
func (w *worker) gets(t *testing.T, want string) {
	t.Helper()
	asking := w.asks()
	gradetest.Settle()
	require.Equal(t, answer{want, nil}, asking.MustReturn(t, "a Get for which there is an item"), "answer of Get")
}

// does is a Get that should not have to wait, and then TaskDone.
func (w *worker) does(t *testing.T, want string) {
	t.Helper()
	w.gets(t, want)
	require.NoError(t, w.TaskDone(), "TaskDone with an item in hand")
}

// put puts what there is room for.
func put(t *testing.T, q *joinablequeue.Queue[string], items ...string) {
	t.Helper()
	for _, item := range items {
		require.NoError(t, putting(q, item).Wait(), "Put of an item for which there is room")
	}
}

func putting(q *joinablequeue.Queue[string], item string) *gradetest.Call[error] {
	return gradetest.Go(func() error { return q.Put(context.Background(), item) })
}

func joining(q *joinablequeue.Queue[string]) *gradetest.Call[error] {
	return gradetest.Go(func() error { return q.Join(context.Background()) })
}

// joined says that nothing is unfinished.
func joined(t *testing.T, q *joinablequeue.Queue[string], what string) {
	t.Helper()
	call := joining(q)
	gradetest.Settle()
	require.NoError(t, call.MustReturn(t, "Join "+what), "Join "+what)
}

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

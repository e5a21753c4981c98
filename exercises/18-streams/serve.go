package streams

import "net"

// Serve accepts connections from ln and answers the requests that come in, until
// the server is shut down. Then it returns ErrServerClosed; connections may still
// be open. After Shutdown it closes ln and returns ErrServerClosed at once.
//
// If Accept fails with net.ErrClosed, Serve returns that error. Any other error
// is taken to pass: Serve waits, 5 ms at first, after every further failure
// twice as long, at most a second, and tries again.
//
// On a connection both sides send frames. A request is a frame. Its answer is a
// frame whose first byte is 0, with what the handler returned behind it, or 1,
// with the text of the handler's error. A client may send requests without
// waiting for answers. Up to MaxInFlight requests of a connection are under way at
// once, being handled or waiting for their answer to be written; the answers are
// sent in the order of the requests. Further requests wait, so that a client that
// takes no answers is soon read no more.
//
// No more requests are read from a connection when the client has sent its last
// byte, when a frame is too large or broken off, or when the connection has been
// idle for IdleTimeout: no request is under way, and none has arrived completely
// since the connection began or the last answer was written. In all these cases
// what has been read is still answered, and then the connection is closed. It is
// closed at once when an answer cannot be written, or not within WriteTimeout.
//
// No connection waits for another one.
func (s *Server) Serve(ln net.Listener) error {
	return nil // TODO
}

//go:build unix

package submission

import "syscall"

// nonBlocking keeps the opening of a named pipe from waiting for a writer,
// and a link that was put there at the last moment from being followed.
const nonBlocking = syscall.O_NONBLOCK | syscall.O_NOFOLLOW

//go:build unix

package wire

import "syscall"

// closeOnExec keeps processes that a submission starts from inheriting the channel.
func closeOnExec(fd int) { syscall.CloseOnExec(fd) }

package main

import (
	"os"
	"syscall"
)

// pause blocks the thread for so long, ns: Go's own timers would answer at a tick of 1 ms, and
// belong to the model.
func pause(nanos int64) {
	for left := syscall.NsecToTimespec(nanos); nanos > 0; {
		if err := syscall.Nanosleep(&left, &left); err != syscall.EINTR {
			return
		}
	}
}

// dieWith asks the kernel to end this process when its parent ends, in the middle of a sample
// too; it ends at once where the parent has ended before.
func dieWith(parent int) {
	_, _, refused := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0)
	if refused == 0 && os.Getppid() != parent {
		os.Exit(0)
	}
}

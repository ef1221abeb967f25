package main

import "runtime"

// pace hands orders over when they are planned, from a thread outside the model, whether or
// not anyone is ready.
func pace(b *batch, orders chan<- int) {
	runtime.LockOSThread()
	defer close(orders)
	for index, after := range b.planned {
		pause(b.opened + after - now())
		if b.failed.Load() {
			return
		}
		b.lateness[index] = max(now()-b.opened-after, 0)
		orders <- index
	}
}

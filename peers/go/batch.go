package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// epoch is the zero of this process's clock, which is CLOCK_MONOTONIC.
var epoch = time.Now()

// now reads the clock, ns.
func now() int64 { return int64(time.Since(epoch)) }

// workload is what is done: sessions and orders of one kind.
type workload interface {
	// stations have so many places each; 0 for no limit.
	stations() []int
	// plan draws what each order is, before the clock runs.
	plan(sample, seed uint64, orders int)
	// open opens a unit's session.
	open() (session, error)
	// order serves one order; what comes of it goes to where the workload keeps results.
	order(kit *kit, session session, index int) error
	// answers makes one word of each result, after the clock has stopped.
	answers() []uint64
}

// session is what a unit owns: a connection, or nothing.
type session interface{ close() }

// harness is told when all units stand at the gate, and when the last order has ended.
type harness interface {
	atGate(sample uint64) error
	closed(sample uint64, wall int64) error
}

// batch is orders in the making, shared by the units of the model.
type batch struct {
	request *sample
	work    workload
	kit     *kit
	harness harness
	units   int
	payload []byte

	// How long after the gate each order may start; nil for as soon as a unit is free.
	due []int64
	// When each order is handed over, ns after the gate; nil where units claim.
	planned, lateness []int64

	begun, arrived, opened, ended int64
	starts, ends                  []int64
	checksums                     []uint32
	served                        []uint32

	done    atomic.Int64
	failed  atomic.Bool
	failure error
	once    sync.Once
	// over is closed when the last order has ended, or one has failed.
	over chan struct{}
}

func newBatch(request *sample, work workload, kit *kit, shared shared, harness harness) *batch {
	orders := request.Orders
	b := &batch{
		request: request, work: work, kit: kit, harness: harness,
		units: shared.concurrency, payload: payload(shared.payload), begun: now(),
		starts: make([]int64, orders), ends: make([]int64, orders), served: make([]uint32, orders),
		over: make(chan struct{}),
	}
	if b.units > orders {
		b.units = orders
	}
	if len(b.payload) > 0 {
		b.checksums = make([]uint32, orders)
	}
	if due := request.Due; due != nil && due.Kind == "shared" {
		b.due = dueOffsets(due.Rate, orders)
	} else if due != nil {
		b.planned, b.lateness = plannedStarts(due, orders), make([]int64, orders)
	}
	work.plan(request.Sample, uint64(request.Seed), orders)
	return b
}

// openGate opens the gate: called once, when every unit stands at it.
func (b *batch) openGate() error {
	runtime.GC()
	b.arrived = now()
	if b.request.Observe {
		if err := b.harness.atGate(b.request.Sample); err != nil {
			return err
		}
	}
	b.opened = now()
	return nil
}

// serve serves one order, unless another has failed.
func (b *batch) serve(session session, index int) {
	if b.due != nil {
		b.kit.sleepUntil(b.opened + b.due[index])
	}
	if !b.failed.Load() {
		start := now()
		err := b.work.order(b.kit, session, index)
		if len(b.payload) > 0 {
			b.checksums[index] = uint32(checksum(b.payload))
		}
		if end := now(); err != nil {
			b.fail(fmt.Errorf("order %d: %w", index, err))
		} else {
			b.record(index, start, end)
		}
	}
	// Also behind one that failed, or those that wait would wait forever.
	b.kit.takeTurn(index)
}

// record fills an order's slot; the last of them closes the batch.
func (b *batch) record(index int, start, end int64) {
	b.starts[index], b.ends[index] = start, end
	b.served[index]++
	if b.done.Add(1) == int64(len(b.starts)) {
		b.close()
	}
}

func (b *batch) close() {
	b.ended = now()
	if b.request.Observe {
		if err := b.harness.closed(b.request.Sample, b.ended-b.opened); err != nil {
			b.fail(err)
			return
		}
		b.ended = now()
	}
	b.once.Do(func() { close(b.over) })
}

// fail notes the first thing that went wrong; no order is started then.
func (b *batch) fail(err error) {
	b.once.Do(func() {
		b.failure = err
		b.failed.Store(true)
		close(b.over)
	})
}

// reply is the numbers of the sample, when its units have ended.
func (b *batch) reply() (*measured, error) {
	shutdown := now() - b.ended
	for index, times := range b.served {
		if times != 1 {
			return nil, fmt.Errorf("order %d was served %d times, not once", index, times)
		}
	}
	answers := b.work.answers()
	for index := range b.checksums {
		answers[index] += uint64(b.checksums[index])
	}
	services := make([]int64, len(b.starts))
	var lastStart, lastEnd int64
	for index, end := range b.ends {
		services[index] = end - b.starts[index]
		lastStart, lastEnd = max(lastStart, b.starts[index]), max(lastEnd, end)
	}
	reply := &measured{
		Sample: b.request.Sample, Orders: len(b.starts), WallNs: lastEnd - b.opened,
		Service: latencyOf(services), Answer: fmt.Sprintf("%016x", fold(answers)),
		StartupNs: b.arrived - b.begun, ShutdownNs: shutdown, Holds: b.kit.takeHolds(),
	}
	if lastStart > b.opened {
		var inService int64
		for index, end := range b.ends {
			inService += min(end, lastStart) - b.starts[index]
		}
		average := float64(inService) / float64(lastStart-b.opened)
		reply.InFlightUntilLastStart = &average
	}
	if b.kit.trace {
		reply.PeakInService = peak(b.starts, b.ends)
	}
	if b.planned != nil {
		b.openLoop(reply)
	}
	return reply, nil
}

func (b *batch) openLoop(reply *measured) {
	responses, waits := make([]int64, len(b.starts)), make([]int64, len(b.starts))
	for index, after := range b.planned {
		responses[index] = b.ends[index] - b.opened - after
		waits[index] = b.starts[index] - b.opened - after
	}
	last := sorted(waits[len(waits)-(len(waits)+9)/10:])
	response, lateness := latencyOf(responses), latencyOf(b.lateness)
	behind, planned := max(last[len(last)/2], 0), b.planned[len(b.planned)-1]
	reply.Response, reply.PacerLateness, reply.BehindNs, reply.PlannedNs = &response, &lateness, &behind, &planned
}

func max(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

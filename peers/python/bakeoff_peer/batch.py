"""A batch of orders: the one thing that a model drives.

It hands out indices, keeps a slot for each order, opens the gate when all units stand at it, and
closes when the last order has ended. What differs between models is scheduling and waiting alone.
"""

import collections
import gc
import itertools
import time
import zlib
from array import array
from dataclasses import dataclass

from . import generators
from .errors import OrderFailed, UsageError, one_line
from .latency import latency

#: CLOCK_MONOTONIC, which all processes share.
now = time.perf_counter_ns


@dataclass(frozen=True)
class Due:
    """When orders are due."""

    kind: str
    rate: float
    seed: int
    burst: int


@dataclass(frozen=True)
class Sample:
    """One batch that the harness asks for."""

    number: int
    orders: int
    seed: int
    due: Due | None
    observe: bool


class Batch:
    """Orders in the making, shared by the units of a model."""

    def __init__(self, workload, sample: Sample, shared, harness, trace: bool):
        orders = sample.orders
        self.begun = now()
        self.workload, self.sample, self.trace = workload, sample, trace
        self.orders = orders
        self.units = min(shared.concurrency, orders)
        self.turns = shared.turns
        self.payload = generators.payload(shared.payload)
        #: What each order is, drawn beforehand.
        self.specs = workload.plan(sample.seed, sample.number, orders)
        #: Indices to claim, in their order: units share this iterator.
        self.indices = iter(range(orders))
        self.due = self.planned = None
        if sample.due:
            due = sample.due
            if due.kind == "shared":
                self.due = generators.due_offsets(due.rate, orders)
            else:
                self.planned = generators.planned_starts(due.kind, due.rate, due.seed, due.burst, orders)
                #: How much later than planned each order was handed over, ns.
                self.lateness = array("q", bytes(8 * orders))
        self.starts = array("q", bytes(8 * orders))
        self.ends = array("q", bytes(8 * orders))
        self.results = [None] * orders
        self.checksums = array("Q", bytes(8 * orders)) if self.payload else None
        self.served = bytearray(orders)
        self._count = itertools.count(1)
        self.harness = harness
        self.failure: str | None = None
        #: What the harness said where something else was due.
        self.interruption: str | None = None
        self.closed = False
        self.opened = self.arrived = self.ended = 0

    @property
    def paced(self) -> bool:
        """Whether orders come from outside the model: open loop."""
        return self.planned is not None

    @property
    def stopped(self) -> bool:
        """Whether no order is to be started any more."""
        return self.failure is not None

    def open_gate(self) -> None:
        """Opens the gate: called once, when every unit stands at it."""
        gc.collect()
        self.arrived = now()
        if self.sample.observe:
            self.interruption = self.harness.at_gate(self.sample.number)
            if self.interruption:
                raise self.fail_as(self.interruption)
        self.opened = now()

    def record(self, index: int, start: int, end: int, result) -> None:
        """Fills an order's slot; the last of them closes the batch before anyone else goes on."""
        self.starts[index] = start
        self.ends[index] = end
        self.results[index] = result
        self.served[index] += 1
        # One step of the counter is atomic, so threads may do it as well.
        if next(self._count) == self.orders:
            self._close()

    def _close(self) -> None:
        self.ended = now()
        if self.sample.observe:
            self.interruption = self.harness.closed(self.sample.number, self.ended - self.opened)
            self.ended = now()
        self.closed = True

    def fail(self, index: int, error: BaseException) -> OrderFailed:
        """Notes the first order that failed; no other is started then."""
        return self.fail_as(f"order {index}: {one_line(error)}")

    def fail_to_open(self, error: BaseException) -> OrderFailed:
        """Notes that a unit could not open its session."""
        return self.fail_as(f"a unit could not open its session: {one_line(error)}")

    def fail_as(self, line: str) -> OrderFailed:
        """Notes why the batch failed, if nothing failed before."""
        if self.failure is None:
            self.failure = line
            # Whoever claims another finds none.
            collections.deque(self.indices, maxlen=0)
        return OrderFailed(self.failure)

    def reply(self, holds: list) -> dict:
        """The numbers of the sample, when its units have ended."""
        shutdown = now() - self.ended
        if self.interruption:
            raise UsageError(self.interruption)
        if self.failure is not None:
            raise OrderFailed(self.failure)
        for index, times in enumerate(self.served):
            if times != 1:
                raise OrderFailed(f"order {index} was served {times} times, not once")
        answers = self.workload.answers(self.results)
        if self.payload:
            answers = map(generators.with_payload, answers, self.checksums)
        measured = {
            "sample": self.sample.number,
            "orders": self.orders,
            "wall_ns": max(self.ends) - self.opened,
            "service": latency(end - start for start, end in zip(self.starts, self.ends)),
            "answer": f"{generators.fold(answers):016x}",
            "startup_ns": self.arrived - self.begun,
            "shutdown_ns": shutdown,
            "peak_in_service": self._peak() if self.trace else 0,
            "in_flight_until_last_start": self._in_flight(),
            "holds": [{"station": station, "from": since, "to": to} for station, since, to in holds],
        }
        if self.paced:
            measured |= self._open_loop()
        return {key: value for key, value in measured.items() if value is not None}

    def _open_loop(self) -> dict:
        starts = [self.opened + after for after in self.planned]
        waits = [start - planned for start, planned in zip(self.starts, starts)]
        last = sorted(waits[len(waits) - -(-len(waits) // 10) :])
        return {
            "response": latency(end - planned for end, planned in zip(self.ends, starts)),
            "pacer_lateness": latency(self.lateness),
            "behind_ns": max(last[len(last) // 2], 0),
            "planned_ns": self.planned[-1],
        }

    def _in_flight(self) -> float | None:
        last = max(self.starts)
        if last <= self.opened:
            return None
        served = sum(min(end, last) - start for start, end in zip(self.starts, self.ends))
        return served / (last - self.opened)

    def _peak(self) -> int:
        events = sorted([(start, 1) for start in self.starts] + [(end, -1) for end in self.ends])
        return max(itertools.accumulate(change for _, change in events))


async def serve(kit, batch: Batch, session, index: int) -> None:
    """Serves one order on an event loop."""
    if batch.due is not None:
        await kit.sleep_until(batch.opened + batch.due[index])
    spec = batch.specs[index]
    start = now()
    try:
        result = await batch.workload.order(kit, session, spec)
    except Exception as error:
        raise batch.fail(index, error) from error
    if batch.payload:
        batch.checksums[index] = zlib.crc32(batch.payload)
    batch.record(index, start, now(), result)
    if batch.turns:
        await kit.take_turn(index, batch.turns)


def serve_direct(kit, batch: Batch, session, index: int) -> None:
    """Serves one order where waiting blocks the unit. A failure stops the batch."""
    if batch.due is not None:
        kit.sleep_until(batch.opened + batch.due[index])
    if not batch.stopped:
        start = now()
        try:
            result = batch.workload.order_direct(kit, session, batch.specs[index])
        except Exception as error:
            batch.fail(index, error)
        else:
            if batch.payload:
                batch.checksums[index] = zlib.crc32(batch.payload)
            batch.record(index, start, now(), result)
    if batch.turns:
        # Also behind one that failed, or those that wait would wait forever.
        kit.turns[index % batch.turns].acquire()
        kit.turns[(index + 1) % batch.turns].release()

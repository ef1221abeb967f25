"""Processes: a ``ProcessPoolExecutor`` with a process for each order in flight."""

import multiprocessing
import signal
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor

from .. import parent, pacer
from ..batch import Batch, now
from ..errors import Unable, one_line
from .base import Setup
from .sockets import Blocking

#: Most processes: each has an interpreter of its own, and one thread takes in all of their results.
MOST = 256

#: In a worker process: its kit, which holds its session.
worker: "Worker"


class Worker(Blocking):
    """What a worker process has. It is forked with it; nothing of it crosses a pipe."""

    def __init__(self, setup: Setup, context):
        super().__init__(setup)
        self.equip(context.Semaphore, context.Semaphore)
        self.all_here = context.Barrier(setup.concurrency)
        self.session = None

    def sleep_until(self, moment: int) -> None:
        # A timer may be a little early.
        while (left := moment - now()) > 0:
            time.sleep(left / 1e9)


def begin(forked: Worker) -> None:
    """The first that a worker does."""
    global worker
    worker = forked
    parent.die_with_it()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def meet() -> None:
    """Waits until all workers have come."""
    worker.all_here.wait()


def open_session() -> str | None:
    """Opens the worker's session and waits for all others to do so; the error, if there was one."""
    try:
        worker.session = worker.setup.workload.open_direct(worker)
        return None
    except Exception as error:
        return one_line(error)
    finally:
        meet()


def close_session() -> list:
    """Closes the worker's session likewise; its stays at stations."""
    worker.setup.workload.close_direct(worker.session)
    meet()
    return worker.take_holds()


def serve(index: int, due: int | None, spec, payload: bytes) -> tuple:
    """Serves an order in a worker: start, end, result, checksum of the payload, error."""
    if due is not None:
        worker.sleep_until(due)
    start, result, checksum, error = now(), None, 0, None
    try:
        result = worker.setup.workload.order_direct(worker, worker.session, spec)
        checksum = zlib.crc32(payload) if payload else 0
    except Exception as failure:
        error = one_line(failure)
    end = now()
    if turns := worker.setup.turns:
        worker.turns[index % turns].acquire()
        worker.turns[(index + 1) % turns].release()
    return start, end, result, checksum, error


class Processes(Blocking):
    """Processes that share nothing but stations and turns; orders and results are pickled."""

    def __init__(self, setup: Setup):
        super().__init__(setup)
        if setup.concurrency > MOST:
            raise Unable(
                f"multiprocessing starts a process for each order in flight, at most {MOST}; "
                f"{setup.concurrency} were asked for"
            )
        context = multiprocessing.get_context("fork")
        self.shared = Worker(setup, context)
        self.pool = ProcessPoolExecutor(setup.concurrency, context, begin, (self.shared,))
        for started in [self.pool.submit(meet) for _ in range(setup.concurrency)]:
            started.result()

    @property
    def threads(self) -> int:
        # Each worker's, and the executor's two beside ours.
        return 3 + self.setup.concurrency

    @property
    def processes(self) -> int:
        return 1 + self.setup.concurrency

    def run(self, batch: Batch) -> None:
        self.reset_turns()
        opening = [self.pool.submit(open_session) for _ in range(self.setup.concurrency)]
        for error in [opened.result() for opened in opening]:
            if error:
                raise batch.fail_as(f"a unit could not open its session: {error}")
        batch.open_gate()
        self.over = threading.Event()
        if batch.paced:
            pacer.start(batch, lambda index: self.submit(batch, index))
        else:
            for index in batch.indices:
                self.submit(batch, index)
        self.over.wait()
        if not batch.stopped:
            closing = [self.pool.submit(close_session) for _ in range(self.setup.concurrency)]
            self.holds = [hold for closed in closing for hold in closed.result()]

    def submit(self, batch: Batch, index: int) -> None:
        due = batch.opened + batch.due[index] if batch.due else None
        future = self.pool.submit(serve, index, due, batch.specs[index], batch.payload)
        future.add_done_callback(self.taker(batch, index))

    def taker(self, batch: Batch, index: int) -> Callable[[Future], None]:
        """Takes in what a worker sends home, on the executor's thread."""

        def take(future: Future) -> None:
            try:
                start, end, result, checksum, error = future.result()
            except Exception as died:
                error = one_line(died)
            if error:
                batch.fail_as(f"order {index}: {error}")
            else:
                if batch.payload:
                    batch.checksums[index] = checksum
                batch.record(index, start, end, result)
            if batch.closed or batch.stopped:
                self.over.set()

        return take

    def reset_turns(self) -> None:
        """Puts the token back to where it begins."""
        turns = self.shared.turns
        for turn in turns:
            while turn.acquire(False):
                pass
        if turns:
            turns[0].release()

    def close(self) -> None:
        # None has anything to do, or what it does is of no use to anybody.
        for process in multiprocessing.active_children():
            process.kill()
        self.pool.shutdown(cancel_futures=True)

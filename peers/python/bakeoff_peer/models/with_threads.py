"""Threads: a ``ThreadPoolExecutor`` with a thread for each order in flight."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from .. import pacer
from ..batch import Batch, now, serve_direct
from .base import Setup
from .sockets import Blocking


class Threads(Blocking):
    """Threads that share one interpreter lock: waiting is at once, arithmetic is not."""

    def __init__(self, setup: Setup):
        super().__init__(setup)
        self.pool = ThreadPoolExecutor(max_workers=setup.concurrency)
        self.own = threading.local()
        self.everywhere(lambda: None)

    @property
    def threads(self) -> int:
        return 1 + self.setup.concurrency

    def everywhere(self, function: Callable[[], object]) -> None:
        """Calls a function once on each thread of the pool."""
        all_here = threading.Barrier(self.setup.concurrency)

        def meet() -> None:
            try:
                function()
            finally:
                all_here.wait()

        for met in [self.pool.submit(meet) for _ in range(self.setup.concurrency)]:
            met.result()

    def run(self, batch: Batch) -> None:
        self.equip(threading.Semaphore, threading.Semaphore)

        def open_session() -> None:
            self.own.session = batch.workload.open_direct(self)

        def close_session() -> None:
            batch.workload.close_direct(self.own.__dict__.pop("session"))

        try:
            self.everywhere(open_session)
        except Exception as error:
            raise batch.fail_to_open(error) from error
        batch.open_gate()
        if batch.paced:
            over = threading.Event()
            pacer.start(batch, lambda index: self.pool.submit(self.serve, batch, index, over))
            over.wait()
        else:
            wait([self.pool.submit(serve_direct_own, self, batch, index) for index in batch.indices])
        self.everywhere(close_session)

    def serve(self, batch: Batch, index: int, over: threading.Event) -> None:
        serve_direct_own(self, batch, index)
        if batch.closed or batch.stopped:
            over.set()

    def sleep_until(self, moment: int) -> None:
        # A timer may be a little early.
        while (left := moment - now()) > 0:
            time.sleep(left / 1e9)

    def close(self) -> None:
        self.pool.shutdown()


def serve_direct_own(model: Threads, batch: Batch, index: int) -> None:
    """Serves an order with the session of this thread."""
    serve_direct(model, batch, model.own.session, index)

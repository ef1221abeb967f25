"""One order after the other: a for loop."""

import threading
import time
from queue import SimpleQueue

from .. import pacer
from ..batch import Batch, now, serve_direct
from .sockets import Blocking


class Sequential(Blocking):
    """The baseline of every comparison."""

    @property
    def in_flight(self) -> int:
        return 1

    def run(self, batch: Batch) -> None:
        self.equip(threading.Semaphore, threading.Semaphore)
        try:
            session = batch.workload.open_direct(self)
        except Exception as error:
            raise batch.fail_to_open(error) from error
        batch.open_gate()
        for index in self.arrivals(batch) if batch.paced else batch.indices:
            serve_direct(self, batch, session, index)
            if batch.stopped:
                break
        batch.workload.close_direct(session)

    def arrivals(self, batch: Batch):
        """Indices as they come from outside."""
        queue: SimpleQueue[int] = SimpleQueue()
        pacer.start(batch, queue.put)
        for _ in range(batch.orders):
            yield queue.get()

    def sleep_until(self, moment: int) -> None:
        # A timer may be a little early.
        while (left := moment - now()) > 0:
            time.sleep(left / 1e9)

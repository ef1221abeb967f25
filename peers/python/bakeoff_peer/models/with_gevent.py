"""gevent: a greenlet for each unit, sockets and locks that switch to another one."""

from collections import deque

import gevent
from gevent import monkey, socket
from gevent.event import Event
from gevent.lock import BoundedSemaphore, Semaphore
from gevent.queue import SimpleQueue

from .. import pacer
from ..batch import Batch, now, serve_direct
from .base import Model
from .sockets import Connection


class Gevent(Model):
    """Green threads: code that looks as if it blocked."""

    libraries = ("gevent", "greenlet")

    @classmethod
    def make_way_for(cls, client: str) -> None:
        if client == "requests":
            # It knows no sockets but the standard library's. Addresses are numbers: nobody is asked.
            monkey.patch_socket(dns=False)
            monkey.patch_ssl()
            monkey.patch_select()

    def run(self, batch: Batch) -> None:
        self.equip(BoundedSemaphore, Semaphore)
        self.gate, self.over, self.arrivals = Event(), Event(), SimpleQueue()
        # Everyone to come takes a place away; the last one lets us on.
        missing = Semaphore(0)
        units = [gevent.spawn(self.unit, batch, missing) for _ in range(batch.units)]
        for _ in units:
            missing.acquire()
        if batch.stopped:
            gevent.killall(units)
            return
        batch.open_gate()
        self.gate.set()
        # A watcher that another thread may send to; while it is there, the hub does not take units
        # that wait for orders for a deadlock.
        bell = gevent.get_hub().loop.async_()
        if batch.paced:
            arrived: deque[int] = deque()

            def take_in() -> None:
                while arrived:
                    self.arrivals.put(arrived.popleft())

            def hand_over(index: int) -> None:
                arrived.append(index)
                bell.send()

            bell.start(take_in)
            pacer.start(batch, hand_over)
        gevent.joinall(units, raise_error=True)
        bell.stop()
        bell.close()

    def unit(self, batch: Batch, missing: Semaphore) -> None:
        try:
            session = batch.workload.open_direct(self)
        except Exception as error:
            batch.fail_to_open(error)
            return
        finally:
            missing.release()
        self.gate.wait()
        for index in iter(self.arrivals.get, None) if batch.paced else batch.indices:
            serve_direct(self, batch, session, index)
            if batch.paced and (batch.closed or batch.stopped):
                # That was the last of all: those who wait for another are sent home.
                for _ in range(batch.units):
                    self.arrivals.put(None)
        # Nobody closes a session while others still serve.
        if batch.closed or batch.stopped:
            self.over.set()
        self.over.wait()
        batch.workload.close_direct(session)

    # The kit.

    def connect(self, host: str, port: int, deadline: int | None) -> Connection:
        # `create_connection` asks a thread for the name's address, and this is no name.
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        sock.connect((host.strip("[]"), port))
        return Connection(sock)

    def within(self, seconds: float) -> gevent.Timeout:
        return gevent.Timeout(seconds, TimeoutError)

    def sleep_until(self, moment: int) -> None:
        # A timer may be a little early.
        while (left := moment - now()) > 0:
            gevent.sleep(left / 1e9)

"""curio: a task for each unit in a ``TaskGroup``, sockets of curio's, a queue that threads may fill."""

import logging

import curio
from curio import socket

from .. import pacer
from ..batch import Batch, now, serve
from .base import Model, Standing


class Connection:
    """A socket of curio's."""

    __slots__ = ("sock",)

    def __init__(self, sock):
        self.sock = sock

    async def exchange(self, request: bytes, decoder):
        await self.sock.sendall(request)
        while not (response := decoder.feed(await self.sock.recv(65536))):
            pass
        return response

    async def close(self) -> None:
        await self.sock.close()


class Curio(Model):
    """The library from which structured concurrency in Python came."""

    libraries = ("curio",)

    def run(self, batch: Batch) -> None:
        # A unit's failure is in the reply, and needs no traceback on standard error.
        logging.getLogger("curio").addHandler(logging.NullHandler())
        curio.run(self.serve, batch)

    async def serve(self, batch: Batch) -> None:
        self.equip(curio.Semaphore, curio.Semaphore)
        self.gate, self.over, all_here = curio.Event(), curio.Event(), curio.Event()
        self.arrivals = curio.UniversalQueue()
        standing = Standing(batch.units, lambda: None)
        async with curio.TaskGroup() as units:
            for _ in range(batch.units):
                await units.spawn(self.unit, batch, standing, all_here)
            await all_here.wait()
            # A task group hears of a unit's failure when it is joined, not here.
            if batch.stopped:
                await units.cancel_remaining()
                return
            batch.open_gate()
            await self.gate.set()
            if batch.paced:
                pacer.start(batch, self.arrivals.put)

    async def unit(self, batch: Batch, standing: Standing, all_here: curio.Event) -> None:
        try:
            session = await batch.workload.open(self)
        except Exception as error:
            await all_here.set()
            raise batch.fail_to_open(error) from error
        try:
            if standing.come():
                # Setting an event is a coroutine of its own here.
                await all_here.set()
            await self.gate.wait()
            if batch.paced:
                await self.serve_arrivals(batch, session)
            else:
                for index in batch.indices:
                    await serve(self, batch, session, index)
            # Nobody closes a session while others still serve.
            if batch.closed:
                await self.over.set()
            await self.over.wait()
        finally:
            await batch.workload.close(session)

    async def serve_arrivals(self, batch: Batch, session) -> None:
        while (index := await self.arrivals.get()) is not None:
            await serve(self, batch, session, index)
            if batch.closed:
                # That was the last of all: those who wait for another are sent home.
                for _ in range(batch.units):
                    await self.arrivals.put(None)

    # The kit.

    async def connect(self, host: str, port: int) -> Connection:
        # `open_connection` asks a thread for the name's address, and this is no name.
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        await sock.connect((host.strip("[]"), port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Connection(sock)

    async def sleep_until(self, moment: int) -> None:
        # A timer may be a little early.
        while (left := moment - now()) > 0:
            await curio.sleep(left / 1e9)

    async def within(self, seconds: float, function, *args):
        try:
            return await curio.timeout_after(seconds, function, *args)
        except curio.TaskTimeout as error:
            raise TimeoutError from error

    async def join(self, work, rest):
        """Both at once; what the first gives."""
        async with curio.TaskGroup() as both:
            first = await both.spawn(work)
            await rest
        return first.result

    def is_free(self, station: curio.Semaphore) -> bool:
        return not station.locked()

    async def take_turn(self, index: int, turns: int) -> None:
        await self.turns[index % turns].acquire()
        await self.turns[(index + 1) % turns].release()

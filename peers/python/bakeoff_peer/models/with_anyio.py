"""AnyIO: one body over either event loop, by the portability layer that people use.

Beside ``asyncio`` and ``trio``, these rows show what the layer costs.
"""

import math

import anyio
from anyio.abc import SocketStream
from anyio.from_thread import BlockingPortal

from .. import pacer
from ..batch import Batch, now, serve
from .base import Model, Standing


class Connection:
    """A stream of AnyIO's, which raises at its end where the codec expects no bytes."""

    __slots__ = ("stream",)

    def __init__(self, stream: SocketStream):
        self.stream = stream

    async def exchange(self, request: bytes, decoder):
        await self.stream.send(request)
        try:
            while not (response := decoder.feed(await self.stream.receive())):
                pass
        except anyio.EndOfStream:
            response = decoder.feed(b"")
        return response

    async def close(self) -> None:
        await self.stream.aclose()


class Anyio(Model):
    """Task groups, capacity limiters and memory channels of AnyIO's."""

    backend: str

    def run(self, batch: Batch) -> None:
        anyio.run(self.serve, batch, backend=self.backend)

    async def serve(self, batch: Batch) -> None:
        # A place of `turns` is given back by another task than took it, which a limiter refuses.
        self.equip(anyio.CapacityLimiter, anyio.Semaphore)
        self.gate, self.over = anyio.Event(), anyio.Event()
        hand_over, self.arrivals = anyio.create_memory_object_stream[int](math.inf)
        all_here = anyio.Event()
        standing = Standing(batch.units, all_here.set)
        async with BlockingPortal() as portal, anyio.create_task_group() as units:
            for _ in range(batch.units):
                units.start_soon(self.unit, batch, standing, hand_over)
            await all_here.wait()
            batch.open_gate()
            self.gate.set()
            if batch.paced:
                pacer.start(batch, lambda index: portal.start_task_soon(hand_over.send_nowait, index))

    async def unit(self, batch: Batch, standing: Standing, hand_over) -> None:
        try:
            session = await batch.workload.open(self)
        except Exception as error:
            raise batch.fail_to_open(error) from error
        try:
            standing.come()
            await self.gate.wait()
            if batch.paced:
                async for index in self.arrivals:
                    await serve(self, batch, session, index)
                    if batch.closed:
                        # That was the last of all: those who wait for another are sent home.
                        hand_over.close()
            else:
                for index in batch.indices:
                    await serve(self, batch, session, index)
            # Nobody closes a session while others still serve.
            if batch.closed:
                self.over.set()
            await self.over.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await batch.workload.close(session)

    # The kit.

    async def connect(self, host: str, port: int) -> Connection:
        return Connection(await anyio.connect_tcp(host, port))

    async def sleep_until(self, moment: int) -> None:
        # A timer may be a little early.
        while (left := moment - now()) > 0:
            await anyio.sleep(left / 1e9)

    async def within(self, seconds: float, function, *args):
        with anyio.fail_after(seconds):
            return await function(*args)

    async def join(self, work, rest):
        """Both at once; what the first gives."""
        results = []

        async def keep(work) -> None:
            results.append(await work)

        async with anyio.create_task_group() as both:
            both.start_soon(keep, work)
            await rest
        return results[0]

    def is_free(self, station: anyio.CapacityLimiter) -> bool:
        return station.available_tokens > 0


class AnyioAsyncio(Anyio):
    """AnyIO over asyncio."""

    backend = "asyncio"
    libraries = ("anyio",)


class AnyioTrio(Anyio):
    """AnyIO over trio."""

    backend = "trio"
    libraries = ("anyio", "trio")

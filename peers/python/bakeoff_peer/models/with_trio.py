"""trio: a child task for each unit in a nursery, ``CapacityLimiter``, memory channels."""

import math

import trio

from .. import pacer
from ..batch import Batch, now, serve
from .base import Model, Standing


class Connection:
    """A stream of trio's."""

    __slots__ = ("stream",)

    def __init__(self, stream: trio.SocketStream):
        self.stream = stream

    async def exchange(self, request: bytes, decoder):
        await self.stream.send_all(request)
        while not (response := decoder.feed(await self.stream.receive_some())):
            pass
        return response

    async def close(self) -> None:
        await self.stream.aclose()


class Trio(Model):
    """Structured concurrency: cancellation and checkpoints everywhere."""

    libraries = ("trio",)

    def run(self, batch: Batch) -> None:
        trio.run(self.serve, batch)

    async def serve(self, batch: Batch) -> None:
        self.equip(trio.CapacityLimiter, trio.Semaphore)
        self.gate, self.over = trio.Event(), trio.Event()
        hand_over, self.arrivals = trio.open_memory_channel[int](math.inf)
        all_here = trio.Event()
        standing = Standing(batch.units, all_here.set)
        async with trio.open_nursery() as units:
            for _ in range(batch.units):
                units.start_soon(self.unit, batch, standing, hand_over)
            await all_here.wait()
            batch.open_gate()
            self.gate.set()
            if batch.paced:
                token = trio.lowlevel.current_trio_token()
                pacer.start(batch, lambda index: token.run_sync_soon(hand_over.send_nowait, index))

    async def unit(self, batch: Batch, standing: Standing, hand_over: trio.MemorySendChannel) -> None:
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
            with trio.CancelScope(shield=True):
                await batch.workload.close(session)

    # The kit.

    async def connect(self, host: str, port: int) -> Connection:
        return Connection(await trio.open_tcp_stream(host, port))

    async def sleep_until(self, moment: int) -> None:
        # A timer may be a little early.
        while (left := moment - now()) > 0:
            await trio.sleep(left / 1e9)

    async def within(self, seconds: float, function, *args):
        try:
            with trio.fail_after(seconds):
                return await function(*args)
        except trio.TooSlowError as error:
            raise TimeoutError from error

    async def join(self, work, rest):
        """Both at once; what the first gives."""
        results = []

        async def keep(work) -> None:
            results.append(await work)

        async with trio.open_nursery() as both:
            both.start_soon(keep, work)
            await rest
        return results[0]

    def is_free(self, station: trio.CapacityLimiter) -> bool:
        return station.available_tokens > 0

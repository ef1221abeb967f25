"""asyncio: a task for each unit in a ``TaskGroup``, streams, ``asyncio.Semaphore``."""

import asyncio

from .. import pacer
from ..batch import Batch, now, serve
from .base import Model, Standing


class Connection:
    """A pair of streams."""

    __slots__ = ("reader", "writer")

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer = reader, writer

    async def exchange(self, request: bytes, decoder):
        self.writer.write(request)
        await self.writer.drain()
        while not (response := decoder.feed(await self.reader.read(65536))):
            pass
        return response

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            # It was gone already.
            pass


class Asyncio(Model):
    """The standard library's event loop, on its selector."""

    def run(self, batch: Batch) -> None:
        asyncio.run(self.serve(batch))

    async def serve(self, batch: Batch) -> None:
        self.equip(asyncio.Semaphore, asyncio.Semaphore)
        self.gate, self.over = asyncio.Event(), asyncio.Event()
        self.queue: asyncio.Queue[int | None] = asyncio.Queue()
        all_here = asyncio.Event()
        standing = Standing(batch.units, all_here.set)
        async with asyncio.TaskGroup() as units:
            for _ in range(batch.units):
                units.create_task(self.unit(batch, standing))
            await all_here.wait()
            batch.open_gate()
            self.gate.set()
            if batch.paced:
                loop = asyncio.get_running_loop()
                pacer.start(batch, lambda index: loop.call_soon_threadsafe(self.queue.put_nowait, index))

    async def unit(self, batch: Batch, standing: Standing) -> None:
        try:
            session = await batch.workload.open(self)
        except Exception as error:
            raise batch.fail_to_open(error) from error
        try:
            standing.come()
            await self.gate.wait()
            if batch.paced:
                await self.serve_arrivals(batch, session)
            else:
                for index in batch.indices:
                    await serve(self, batch, session, index)
            # Nobody closes a session while others still serve.
            if batch.closed:
                self.over.set()
            await self.over.wait()
        finally:
            await batch.workload.close(session)

    async def serve_arrivals(self, batch: Batch, session) -> None:
        while (index := await self.queue.get()) is not None:
            await serve(self, batch, session, index)
            if batch.closed:
                # That was the last of all: those who wait for another are sent home.
                for _ in range(batch.units):
                    self.queue.put_nowait(None)

    # The kit.

    async def connect(self, host: str, port: int) -> Connection:
        return Connection(*await asyncio.open_connection(host, port))

    async def sleep_until(self, moment: int) -> None:
        # A timer may be a little early.
        while (left := moment - now()) > 0:
            await asyncio.sleep(left / 1e9)

    async def within(self, seconds: float, function, *args):
        async with asyncio.timeout(seconds):
            return await function(*args)

    async def join(self, work, rest):
        """Both at once; what the first gives."""
        async with asyncio.TaskGroup() as both:
            result = both.create_task(work)
            await rest
        return result.result()

    def is_free(self, station: asyncio.Semaphore) -> bool:
        return not station.locked()

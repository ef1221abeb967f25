"""uvloop: asyncio's tasks and streams on libuv's event loop."""

import asyncio
import math

import uvloop

from ..batch import Batch, now
from .with_asyncio import Asyncio


class AsyncioUvloop(Asyncio):
    """asyncio with the loop that people install to make it faster."""

    libraries = ("uvloop",)

    def run(self, batch: Batch) -> None:
        uvloop.run(self.serve(batch))

    async def sleep_until(self, moment: int) -> None:
        # Its timers count whole milliseconds, to the nearest: half of them would be early.
        while (left := moment - now()) > 0:
            await asyncio.sleep(math.ceil(left / 1e6) / 1e3)

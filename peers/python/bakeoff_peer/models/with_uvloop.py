"""uvloop: asyncio's tasks and streams on libuv's event loop."""

import uvloop

from ..batch import Batch
from .with_asyncio import Asyncio


class AsyncioUvloop(Asyncio):
    """asyncio with the loop that people install to make it faster."""

    libraries = ("uvloop",)

    def run(self, batch: Batch) -> None:
        uvloop.run(self.serve(batch))

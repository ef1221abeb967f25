"""aiohttp, as its documentation asks: one session for the program."""

import aiohttp

from .. import http1
from .shared import address


class WithAiohttp:
    """asyncio's best known client."""

    def __init__(self, fetch):
        self.fetch = fetch
        self.session: aiohttp.ClientSession | None = None
        self.users = 0

    async def open(self, kit) -> aiohttp.ClientSession:
        if self.session is None:
            keep_alive = self.fetch.keep_alive
            self.session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=not keep_alive),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        self.users += 1
        if self.fetch.keep_alive:
            async with self.session.get(f"http://{address(self.fetch, 0)}/ready") as response:
                await response.read()
        return self.session

    async def close(self, session: aiohttp.ClientSession) -> None:
        self.users -= 1
        if self.users == 0:
            self.session = None
            await session.close()

    async def exchange(self, kit, session: aiohttp.ClientSession, page) -> tuple[int, bytes]:
        fetch = self.fetch
        url = f"http://{address(fetch, page.id % fetch.hosts)}{fetch.target(page)}"
        headers = http1.JSON if fetch.posts else None
        async with session.request(fetch.method, url, data=fetch.body(page), headers=headers) as response:
            return response.status, await response.read()

"""httpx, as its documentation asks: one client for the program. It finds the event loop by itself."""

import httpx

from .. import http1
from .shared import address


class WithHttpx:
    """The client that runs on asyncio and on trio."""

    def __init__(self, fetch):
        self.fetch = fetch
        self.client: httpx.AsyncClient | None = None
        self.users = 0

    async def open(self, kit) -> httpx.AsyncClient:
        if self.client is None:
            kept = None if self.fetch.keep_alive else 0
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept)
            self.client = httpx.AsyncClient(limits=limits, timeout=None, trust_env=False)
        self.users += 1
        if self.fetch.keep_alive:
            await self.client.get(f"http://{address(self.fetch, 0)}/ready")
        return self.client

    async def close(self, client: httpx.AsyncClient) -> None:
        self.users -= 1
        if self.users == 0:
            self.client = None
            await client.aclose()

    async def exchange(self, kit, client: httpx.AsyncClient, page) -> tuple[int, bytes]:
        fetch = self.fetch
        url = f"http://{address(fetch, page.id % fetch.hosts)}{fetch.target(page)}"
        headers = http1.JSON if fetch.posts else None
        response = await client.request(fetch.method, url, content=fetch.body(page), headers=headers)
        return response.status_code, response.content

"""Fetching pages over HTTP/1.1: what is asked for, and how an answer is judged."""

import json
import zlib
from typing import NamedTuple

from .. import clients
from ..batch import now
from ..errors import UsageError, duration
from ..generators import answer, form
from ..params import Params, Shared

METHODS = {"GET": 200, "HEAD": 200, "PUT": 200, "DELETE": 204, "POST": 201}
KEYS = (
    *("method", "delay", "size", "fault", "hold", "connection", "hosts", "cap_per_host"),
    *("backend", "timeout", "accept", "errors"),
)
FAULTS = ("status500", "reset", "truncate", "silence", "drip")
TEN_MINUTES = 600_000_000_000


class Page(NamedTuple):
    """One order."""

    sample: int
    id: int
    #: Length of the body that is due.
    length: int
    #: What is posted; ``None`` where nothing is.
    form: dict | None


class Fetch:
    """Pages, and how politely they are fetched."""

    def __init__(self, params: Params, client: str, hosts: list[str]):
        params.refuse_unknown(KEYS)
        self.method = params.choice("method", *METHODS)
        self.status = METHODS[self.method]
        self.posts = self.method in ("PUT", "POST")
        self.keep_alive = params.choice("connection", "keep-alive", "per-order") == "keep-alive"
        self.size = params.sizes("size", "128", 1 << 20)
        self.hosts = params.whole("hosts", 1, 1, 64)
        self.cap = params.whole("cap_per_host", 0, 0, 60_000)
        #: Longest time for one order, ns; 0 for no limit.
        self.timeout = params.times("timeout", TEN_MINUTES).greatest
        self.concurrency = Shared.of(params).concurrency
        params.times("delay", TEN_MINUTES)
        params.whole("hold", 0, 0, 1_000_000)
        params.choice("backend", "native", "wiremock")
        if fault := params.table.get("fault"):
            kind, _, every = str(fault).partition(":")
            if kind not in FAULTS or not (every.isdecimal() and int(every) > 0):
                raise UsageError(f"{params.name}: fault = {fault} is not KIND:N, as in reset:100")
        if self.hosts > 1 and self.keep_alive:
            raise UsageError(
                f"{params.name}: a unit keeps one connection alive, so hosts = {self.hosts} needs "
                'connection = "per-order"'
            )
        for key in ("accept", "errors"):
            if key in params.table:
                raise UsageError(f"{params.name}: {key} is for a server that is not the mock server")
        self.addresses = [(host, int(port)) for host, _, port in (text.rpartition(":") for text in hosts)]
        #: Caps are stations, one for each host.
        self.stations = (self.cap,) * self.hosts if self.cap else ()
        self.client = clients.build(client, self)

    def plan(self, seed: int, sample: int, orders: int) -> list[Page]:
        def length(id: int) -> int:
            return min(self.size.value(seed, id, 2), 1 << 20) if self.method == "GET" else 0

        return [Page(sample, id, length(id), form(id) if self.posts else None) for id in range(orders)]

    def answers(self, results: list) -> list[int]:
        return [answer(id, self.status, content) for id, content in results]

    def target(self, page: Page) -> str:
        """Path and query of a page."""
        if self.method == "POST":
            return f"/items?sample={page.sample}"
        return f"/items/{page.id}?sample={page.sample}"

    def body(self, page: Page) -> bytes | None:
        """What is sent with the request, serialised anew for each order."""
        return json.dumps(page.form, separators=(",", ":")).encode() if self.posts else None

    def _require_addresses(self) -> None:
        if (given := len(self.addresses)) < self.hosts:
            raise ValueError(f"the runner was given no host number {given}")

    async def open(self, kit):
        """Opens a unit's connection and warms it up."""
        self._require_addresses()
        return await self.client.open(kit)

    async def close(self, session) -> None:
        """Closes a unit's connection."""
        await self.client.close(session)

    async def order(self, kit, session, page: Page) -> tuple[int, int]:
        """Fetches a page on an event loop."""
        if not self.cap:
            return await self._within(kit, session, page)
        # A timeout counts from the moment at which the host may be asked.
        async with kit.stations[page.id % self.hosts]:
            return await self._within(kit, session, page)

    async def _within(self, kit, session, page: Page) -> tuple[int, int]:
        if not self.timeout:
            return self._judge(page, *await self.client.exchange(kit, session, page))
        try:
            return self._judge(page, *await kit.within(self.timeout / 1e9, self.client.exchange, kit, session, page))
        except TimeoutError:
            raise self._late(page) from None

    def open_direct(self, kit):
        """Opens a unit's connection and warms it up."""
        self._require_addresses()
        return self.client.open_direct(kit)

    def close_direct(self, session) -> None:
        """Closes a unit's connection."""
        self.client.close_direct(session)

    def order_direct(self, kit, session, page: Page) -> tuple[int, int]:
        """Fetches a page where waiting blocks the unit."""
        if not self.cap:
            return self._within_direct(kit, session, page)
        with kit.stations[page.id % self.hosts]:
            return self._within_direct(kit, session, page)

    def _within_direct(self, kit, session, page: Page) -> tuple[int, int]:
        if not self.timeout:
            return self._judge(page, *self.client.exchange_direct(kit, session, page, None))
        try:
            with kit.within(self.timeout / 1e9):
                deadline = now() + self.timeout
                return self._judge(page, *self.client.exchange_direct(kit, session, page, deadline))
        except TimeoutError:
            raise self._late(page) from None

    def _late(self, page: Page) -> TimeoutError:
        return TimeoutError(f"item {page.id}: no whole response within {duration(self.timeout)}")

    def _judge(self, page: Page, status: int, body: bytes) -> tuple[int, int]:
        """Checks an answer; the id that it is for, and its content."""
        if status != self.status:
            raise self._wrong(page, f"status {status} where {self.status} was due")
        if self.posts:
            try:
                receipt = json.loads(body)
                return receipt["id"], int(receipt["receipt"], 16)
            except (ValueError, KeyError, TypeError) as error:
                raise self._wrong(page, f"the receipt is not the JSON that was due: {error!r}") from None
        if len(body) != page.length:
            raise self._wrong(page, f"{len(body)} bytes where {page.length} were due")
        return page.id, zlib.crc32(body)

    def _wrong(self, page: Page, what: str) -> ValueError:
        return ValueError(f"{self.method} of item {page.id}: {what}")

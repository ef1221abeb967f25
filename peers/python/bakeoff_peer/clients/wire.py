"""The ranked client: the library's own sockets or streams, and one small codec of ours."""

from .. import http1
from ..http1 import Decoder, HttpError

#: What requests to the mock server name as their host.
HOST = "bakery.test"


class Session:
    """What a unit owns: a connection, if one is open, and a decoder."""

    __slots__ = ("connection", "decoder")

    def __init__(self):
        self.connection = None
        self.decoder = Decoder()


class Wire:
    """A connection for each unit, or for each order."""

    def __init__(self, fetch):
        self.fetch = fetch

    def _warm_up(self, session: Session) -> bytes:
        session.decoder.begin("GET")
        return http1.request("GET", HOST, "/ready", True)

    def _request(self, session: Session, page) -> bytes:
        fetch = self.fetch
        session.decoder.begin(fetch.method)
        return http1.request(fetch.method, HOST, fetch.target(page), fetch.keep_alive, fetch.body(page))

    def _address(self, page) -> tuple[str, int]:
        return self.fetch.addresses[page.id % self.fetch.hosts]

    async def open(self, kit) -> Session:
        session = Session()
        if self.fetch.keep_alive:
            session.connection = await kit.connect(*self.fetch.addresses[0])
            await session.connection.exchange(self._warm_up(session), session.decoder)
        return session

    async def close(self, session: Session) -> None:
        if session.connection is not None:
            await session.connection.close()

    async def exchange(self, kit, session: Session, page) -> tuple[int, bytes]:
        if session.connection is None:
            session.connection = await kit.connect(*self._address(page))
        connection = session.connection
        try:
            response = await connection.exchange(self._request(session, page), session.decoder)
        except HttpError as error:
            raise HttpError(f"item {page.id}: {error}") from None
        if not (self.fetch.keep_alive and response.keep_alive):
            session.connection = None
            await connection.close()
        return response.status, response.body

    def open_direct(self, kit) -> Session:
        session = Session()
        if self.fetch.keep_alive:
            session.connection = kit.connect(*self.fetch.addresses[0], None)
            session.connection.exchange(self._warm_up(session), session.decoder, None)
        return session

    def close_direct(self, session: Session) -> None:
        if session.connection is not None:
            session.connection.close()

    def exchange_direct(self, kit, session: Session, page, deadline: int | None) -> tuple[int, bytes]:
        if session.connection is None:
            session.connection = kit.connect(*self._address(page), deadline)
        connection = session.connection
        try:
            response = connection.exchange(self._request(session, page), session.decoder, deadline)
        except HttpError as error:
            raise HttpError(f"item {page.id}: {error}") from None
        if not (self.fetch.keep_alive and response.keep_alive):
            session.connection = None
            connection.close()
        return response.status, response.body

"""Twisted: protocols that the reactor calls, Deferreds, and coroutines over them."""

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredQueue, DeferredSemaphore, TimeoutError as TimedOut
from twisted.internet.defer import ensureDeferred, gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from .. import pacer
from ..batch import Batch, now, serve
from .base import Model, Standing


class Connection(Protocol):
    """A protocol that feeds the codec with what comes, and fires when a response is whole."""

    decoder = waiting = lost = None

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self.ended = Deferred()

    async def exchange(self, request: bytes, decoder):
        if self.lost:
            raise self.lost
        self.decoder, self.waiting = decoder, Deferred()
        self.transport.write(request)
        return await self.waiting

    def dataReceived(self, data: bytes) -> None:
        if self.waiting:
            try:
                response = self.decoder.feed(data)
            except Exception as error:
                self._fire(Failure(error))
            else:
                if response:
                    self._fire(response)

    def connectionLost(self, reason: Failure) -> None:
        # Twisted keeps the system's error to itself.
        self.lost = ConnectionResetError("the connection was lost: reset by peer")
        if self.waiting:
            if reason.check(ConnectionDone):
                self.dataReceived(b"")
            if self.waiting:
                self._fire(Failure(self.lost))
        self.ended.callback(None)

    def _fire(self, result) -> None:
        waiting, self.waiting = self.waiting, None
        waiting.callback(result)

    async def close(self) -> None:
        if not self.lost:
            self.transport.loseConnection()
            await self.ended


def passing(gate: Deferred) -> Deferred:
    """Fires when the gate does: one Deferred passes its result on to one waiter only."""
    passed = Deferred()
    gate.addCallback(lambda _: passed.called or passed.callback(None))
    return passed


def token(places: int) -> DeferredSemaphore:
    """One place, free or taken."""
    semaphore = DeferredSemaphore(1)
    if not places:
        semaphore.acquire()
    return semaphore


class Twisted(Model):
    """The oldest of the event loops: its reactor runs once for each batch."""

    libraries = ("twisted",)

    def run(self, batch: Batch) -> None:
        # As Twisted's own tests do: a reactor that was stopped never runs again, one that has
        # crashed may.
        def begin() -> None:
            ensureDeferred(self.serve(batch)).addErrback(failed.append).addBoth(lambda _: reactor.crash())

        failed: list[Failure] = []
        reactor.callWhenRunning(begin)
        reactor.run(installSignalHandlers=False)
        if failed and not batch.stopped:
            failed[0].raiseException()

    async def serve(self, batch: Batch) -> None:
        self.equip(DeferredSemaphore, token)
        self.gate, self.over, all_here = Deferred(), Deferred(), Deferred()
        self.arrivals = DeferredQueue()
        standing = Standing(batch.units, lambda: all_here.callback(None))
        units = [ensureDeferred(self.unit(batch, standing)) for _ in range(batch.units)]
        ended = gatherResults(units, consumeErrors=True)
        await all_here
        try:
            if not batch.stopped:
                batch.open_gate()
                self.gate.callback(None)
                if batch.paced:
                    pacer.start(batch, lambda index: reactor.callFromThread(self.arrivals.put, index))
                await ended
        finally:
            # The batch tells which of them failed.
            ended.addErrback(lambda _: None)
            for unit in units:
                unit.cancel()

    async def unit(self, batch: Batch, standing: Standing) -> None:
        try:
            session = await batch.workload.open(self)
        except Exception as error:
            raise batch.fail_to_open(error) from error
        finally:
            standing.come()
        try:
            await passing(self.gate)
            if batch.paced:
                await self.serve_arrivals(batch, session)
            else:
                for index in batch.indices:
                    await serve(self, batch, session, index)
            # Nobody closes a session while others still serve.
            if batch.closed and not self.over.called:
                self.over.callback(None)
            await passing(self.over)
        finally:
            await batch.workload.close(session)

    async def serve_arrivals(self, batch: Batch, session) -> None:
        while (index := await self.arrivals.get()) is not None:
            await serve(self, batch, session, index)
            if batch.closed:
                # That was the last of all: those who wait for another are sent home.
                for _ in range(batch.units):
                    self.arrivals.put(None)

    # The kit.

    async def connect(self, host: str, port: int) -> Connection:
        endpoint = TCP6ClientEndpoint if ":" in host else TCP4ClientEndpoint
        return await endpoint(reactor, host.strip("[]"), port).connect(Factory.forProtocol(Connection))

    async def sleep_until(self, moment: int) -> None:
        # A timer may be a little early.
        while (left := moment - now()) > 0:
            await deferLater(reactor, left / 1e9)

    async def within(self, seconds: float, function, *args):
        try:
            return await ensureDeferred(function(*args)).addTimeout(seconds, reactor)
        except TimedOut as error:
            raise TimeoutError from error

    async def join(self, work, rest):
        """Both at once; what the first gives."""
        both = gatherResults([ensureDeferred(work), ensureDeferred(rest)], consumeErrors=True)
        return (await both)[0]

    def is_free(self, station: DeferredSemaphore) -> bool:
        return station.tokens > 0

"""What every model has: how it was set up, its stations and its turns."""

from dataclasses import dataclass

from ..batch import Batch, now


@dataclass(frozen=True)
class Setup:
    """What a model is built for."""

    concurrency: int
    #: Threads or processes that carry units, where many units share one.
    workers: int
    #: Places by station; 0 for no limit.
    stations: tuple[int, ...]
    #: Places in the ring of turns; 0 where results count as they complete.
    turns: int
    #: Whether stays at stations are noted.
    trace: bool
    #: The workload, for models that start processes before its first batch.
    workload: object


class Unlimited:
    """A station without a limit."""

    def acquire(self, blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error) -> None:
        pass

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *error) -> None:
        pass


class Traced:
    """A station whose stays are noted, for conformance: they begin after the place was had, and end
    before it is given back."""

    def __init__(self, inner, number: int, holds: list):
        self.inner, self._number, self._holds = inner, number, holds
        # Whose stay ends is all the same: as many are there at each moment.
        self._since: list[int] = []

    def _leave(self) -> None:
        self._holds.append((self._number, self._since.pop(), now()))

    def acquire(self, blocking: bool = True) -> bool:
        had = self.inner.acquire(blocking)
        if had:
            self._since.append(now())
        return had

    def release(self) -> None:
        self._leave()
        self.inner.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *error) -> None:
        self.release()

    async def __aenter__(self) -> None:
        await self.inner.__aenter__()
        self._since.append(now())

    async def __aexit__(self, *error) -> None:
        self._leave()
        await self.inner.__aexit__(*error)


class Model:
    """A way to have many orders in flight.

    A model is the kit of the workloads' bodies at the same time: its stations, its timer, its
    connections.
    """

    #: `per-unit`, `multiplexed` or `bounded`.
    shape = "multiplexed"
    #: Packages whose versions are part of the row.
    libraries: tuple[str, ...] = ()

    @classmethod
    def make_way_for(cls, client: str) -> None:
        """Does what is needed before the client's library is imported."""

    def __init__(self, setup: Setup):
        self.setup = setup
        self.stations: list = []
        self.turns: list = []
        self.holds: list = []

    @property
    def in_flight(self) -> int:
        """Most orders in flight."""
        return self.setup.concurrency

    @property
    def threads(self) -> int | None:
        """Threads of all processes while the units stand at the gate; ``None`` where nobody knows."""
        return 1

    @property
    def processes(self) -> int | None:
        """Processes likewise."""
        return 1

    def equip(self, station, turn) -> None:
        """Makes stations and turns anew: each is a lock of the model's own, made from its places."""
        places = enumerate(self.setup.stations)
        self.stations = [self._traced(station(n) if n else Unlimited(), number, n) for number, n in places]
        self.turns = [turn(0 if place else 1) for place in range(self.setup.turns)]

    def _traced(self, station, number: int, places: int):
        return Traced(station, number, self.holds) if self.setup.trace and places else station

    def has_room(self, station) -> bool:
        """Whether a place is free now, where nobody can take it before the caller does."""
        station = getattr(station, "inner", station)
        return isinstance(station, Unlimited) or self.is_free(station)

    async def take_turn(self, index: int, turns: int) -> None:
        """Waits for an order's turn, and passes it on."""
        await self.turns[index % turns].acquire()
        self.turns[(index + 1) % turns].release()

    def is_free(self, station) -> bool:
        """Whether a lock of the model's own has a place."""
        raise NotImplementedError

    def run(self, batch: Batch) -> None:
        """Serves a batch: sessions, gate, orders, teardown."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends what outlives a batch."""

    def take_holds(self) -> list:
        """Stays that were noted since the last time."""
        holds = list(self.holds)
        self.holds.clear()
        return holds


class Standing:
    """Counts units that come to the gate; the last of them says so."""

    def __init__(self, units: int, all_here):
        self._missing, self._all_here = units, all_here

    def come(self) -> bool:
        """One more unit has come; whether it was the last."""
        self._missing -= 1
        if self._missing == 0:
            self._all_here()
        return self._missing == 0

"""A scenario's parameters, checked by name and range (docs/PROTOCOL.md, section 7)."""

from dataclasses import dataclass

from . import spread
from .errors import UsageError, unknown
from .spread import Spread

SHARED = ("orders", "concurrency", "payload", "arrivals", "rate", "load", "burst", "delivery")


class Params:
    """The parameters of one scenario, whose ``name`` messages show."""

    def __init__(self, name: str, table: dict):
        self.name, self.table = name, table

    def refuse_unknown(self, own: tuple[str, ...]) -> None:
        """Refuses a key that the workload does not have."""
        for key in self.table:
            if key not in SHARED and key not in own:
                raise unknown(f"key of {self.name}", key, SHARED + own)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number in ``low ..= high``."""
        value = self.table.get(key, default)
        if type(value) is not int or not low <= value <= high:
            raise self._bad(key, value, f"a whole number from {low} to {high}")
        return value

    def number(self, key: str, low: float, high: float) -> float:
        """A number in ``low ..= high``, 0 where it is absent."""
        value = self.table.get(key, 0)
        if type(value) not in (int, float) or not low <= value <= high:
            raise self._bad(key, value, f"a number from {low} to {high}")
        return value

    def choice(self, key: str, *words: str) -> str:
        """One of ``words``, the first where it is absent."""
        word = self.table.get(key, words[0])
        if not isinstance(word, str):
            raise self._bad(key, word, f"one of {', '.join(words)}")
        if word not in words:
            raise unknown(f"{key} of {self.name}", word, words)
        return word

    def times(self, key: str, most: int) -> Spread:
        """A distribution of times of at most ``most`` ns; none where it is absent."""
        return self._spread(key, "none", most, spread.time)

    def sizes(self, key: str, default: str, most: int) -> Spread:
        """A distribution of sizes of at most ``most`` bytes."""
        return self._spread(key, default, most, spread.size)

    def _spread(self, key: str, default: str, most: int, quantity) -> Spread:
        value = self.table.get(key, default)
        if type(value) not in (str, int):
            raise self._bad(key, value, "a distribution as in 'fixed:10ms'")
        try:
            found = spread.parse(str(value), quantity)
        except ValueError as why:
            raise UsageError(f"{self.name}: {key}: {why}") from None
        if found.greatest > most:
            raise self._bad(key, value, f"at most {most}")
        return found

    def _bad(self, key: str, value, allowed: str) -> UsageError:
        shown = value if isinstance(value, str) else repr(value)
        return UsageError(f"{self.name}: {key} = {shown[:64]} is not {allowed}")


@dataclass(frozen=True)
class Shared:
    """The parameters that every workload has, as far as they are a runner's business."""

    concurrency: int
    payload: int
    #: Places in the ring of turns; 0 where results count as they complete.
    turns: int

    @classmethod
    def of(cls, params: Params) -> "Shared":
        """Reads and checks them, those of the harness too."""
        params.whole("orders", 1000, 1, 100_000_000)
        params.number("rate", 0, 10_000_000)
        params.number("load", 0, 10)
        params.whole("burst", 32, 1, 1_000_000)
        params.choice("arrivals", "closed", "shared", "constant", "poisson", "burst")
        concurrency = params.whole("concurrency", 1, 1, 1_000_000)
        in_order = params.choice("delivery", "as-completed", "in-order") == "in-order"
        return cls(
            concurrency=concurrency,
            payload=params.whole("payload", 0, 0, 64 << 20),
            turns=concurrency if in_order else 0,
        )

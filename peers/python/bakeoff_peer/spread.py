"""Quantities and distributions as scenarios write them (docs/PROTOCOL.md, section 6)."""

import math
import re
from dataclasses import dataclass

from .generators import WORD, draw, unit

SCALES = {"": 1, "ns": 1, "B": 1, "us": 1e3, "µs": 1e3, "kB": 1e3, "ms": 1e6, "MB": 1e6, "s": 1e9}
TIMES = ("ns", "us", "µs", "ms", "s")
SIZES = ("", "B", "kB", "MB")


def _quantity(text: str) -> tuple[int, str]:
    """The value and the unit of ``10ms`` or ``150kB``."""
    text = text.strip()
    number, unit = re.fullmatch(r"([0-9._]*)(.*)", text, re.DOTALL).groups()
    unit, number = unit.strip(), number.replace("_", "")
    if unit not in SCALES:
        raise ValueError(f"unknown unit '{unit}' in '{text}': ns, us, ms, s, B, kB or MB")
    if not re.fullmatch(r"[0-9]+\.?[0-9]*|\.[0-9]+", number):
        raise ValueError(f"'{text}' is not a number with a unit, as in 10ms or 150kB")
    value = float(number) * SCALES[unit]
    if value > 1e15:
        raise ValueError(f"'{text}' is absurdly large")
    whole = math.floor(value)
    return (whole + 1 if value - whole >= 0.5 else whole), unit


def quantity(text: str) -> int:
    """A number of any unit, in ns or bytes."""
    return _quantity(text)[0]


def time(text: str) -> int:
    """A time, ns: each number but 0 has its unit."""
    value, unit = _quantity(text)
    if unit in TIMES or (unit == "" and value == 0):
        return value
    raise ValueError(f"'{text.strip()}' is no time: give ns, us, ms or s")


def size(text: str) -> int:
    """A size, bytes."""
    value, unit = _quantity(text)
    if unit in SIZES:
        return value
    raise ValueError(f"'{text.strip()}' is no size: B, kB or MB")


@dataclass(frozen=True)
class Spread:
    """How a time or a size varies from order to order."""

    kind: str = "none"
    #: Of ``fixed`` its value, of ``uniform`` both ends, of ``log-normal`` median, sigma and cap,
    #: of ``pareto`` least value, alpha and cap.
    numbers: tuple = ()

    def value(self, seed: int, id: int, lane: int) -> int:
        """The value of an order on ``lane`` and the lane behind it."""
        match self.kind, self.numbers:
            case "none", _:
                return 0
            case "fixed", (value,):
                return value
            case "uniform", (low, high):
                return low + ((draw(seed, id, lane) * (high - low + 1)) >> 64)
            case "log-normal", (median, sigma, cap):
                radius = math.sqrt(-2.0 * math.log(unit(draw(seed, id, lane))))
                angle = 2.0 * math.pi * unit(draw(seed, id, lane + 1))
                return min(_trunc(median * math.exp(sigma * (radius * math.cos(angle)))), cap)
            case "pareto", (least, alpha, cap):
                return min(_trunc(least / unit(draw(seed, id, lane)) ** (1.0 / alpha)), cap)
        raise AssertionError(self.kind)

    @property
    def greatest(self) -> int:
        """The greatest value that may come."""
        return self.numbers[-1] if self.numbers else 0

    def __str__(self) -> str:
        numbers = ",".join(f"{number:g}" if isinstance(number, float) else str(number) for number in self.numbers)
        return f"{self.kind}:{numbers}" if numbers else self.kind


def _trunc(value: float) -> int:
    return WORD if value >= 2.0**64 else math.trunc(value)


def parse(text: str, quantity=quantity) -> Spread:
    """Reads a distribution whose numbers ``quantity`` reads."""
    kind, colon, rest = text.partition(":")
    if not colon:
        kind, rest = "", text
    parts = [part.strip() for part in rest.split(",")]
    match kind, parts:
        case "", ["none"]:
            return Spread()
        case "" | "fixed", [value]:
            return Spread("fixed", (quantity(value),))
        case "uniform", [low, high]:
            low, high = quantity(low), quantity(high)
            if low > high:
                raise ValueError(f"'{text}': the low end lies above the high end")
            return Spread("uniform", (low, high))
        case "log-normal", [median, sigma, cap]:
            return Spread(kind, (quantity(median), _decimal(text, sigma, 10.0), quantity(cap)))
        case "pareto", [least, alpha, cap]:
            return Spread(kind, (quantity(least), _decimal(text, alpha, 100.0), quantity(cap)))
    raise ValueError(
        f"'{text}' is no distribution: none, fixed:V, uniform:LOW,HIGH, "
        "log-normal:MEDIAN,SIGMA,CAP or pareto:MIN,ALPHA,CAP"
    )


def _decimal(whole: str, text: str, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if 0.0 < number <= most:
        return number
    raise ValueError(f"'{text}' in '{whole}' is not a number above 0, at most {most:g}")

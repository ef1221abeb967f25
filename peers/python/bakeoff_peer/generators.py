"""The generators that every runner shares (docs/PROTOCOL.md, section 6).

All arithmetic is modulo 2^64. Nothing here runs while a batch is measured, except for
``knead``, which is the work of a cake.
"""

import math
from collections.abc import Iterable

WORD = (1 << 64) - 1


def mix(word: int) -> int:
    """SplitMix64's output function."""
    z = (word + 0x9E3779B97F4A7C15) & WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def draw(seed: int, index: int, lane: int) -> int:
    """The random word of an order's lane."""
    return mix(mix(mix(seed) ^ index) ^ lane)


def unit(bits: int) -> float:
    """A number in (0, 1] from 64 random bits."""
    return ((bits >> 11) + 1) / (1 << 53)


def knead(seed: int, iterations: int) -> int:
    """The bakery's arithmetic: each iteration needs the one before."""
    dough = seed
    for fold in range(iterations):
        dough = (((dough ^ (dough >> 29)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF) ^ fold
    return dough


def taste(mixed: int, baked: int, frosting: int, frosted: int) -> int:
    """A cake's answer, from those of its steps."""
    return mix(mix(mix(mixed) ^ baked) ^ frosting) ^ frosted


def answer(id: int, status: int, content: int) -> int:
    """A page's answer."""
    return mix(mix(id ^ (status << 48)) ^ content)


def fold(answers: Iterable[int]) -> int:
    """All answers in one word, each bound to its index."""
    return sum(mix(word ^ mix(index)) for index, word in enumerate(answers)) & WORD


def payload(length: int) -> bytes:
    """The bytes that travel with every order."""
    words = (mix(word).to_bytes(8, "little") for word in range((length + 7) // 8))
    return b"".join(words)[:length]


def with_payload(word: int, checksum: int) -> int:
    """An answer to which the CRC-32 of the order's payload is added."""
    return (word + checksum) & WORD


def form(id: int) -> dict:
    """What a client posts for an item. Keys are in the order in which they are sent."""
    flavours = ("vanilla", "chocolate", "lemon", "hazelnut")
    return {
        "id": id,
        "customer": f"customer {mix(id) & 0xFFFFFFFF:08x}",
        "layers": [flavours[mix(id ^ n) % 4] for n in range(1 + mix(id) % 4)],
        "candles": mix(id) % 100,
    }


def due_offsets(rate: float, orders: int) -> list[int]:
    """Shared rate: how long after the gate each order may start, ns."""
    period = 1e9 / rate
    return [math.trunc(index * period) for index in range(orders)]


def planned_starts(kind: str, rate: float, seed: int, burst: int, orders: int) -> list[int]:
    """Open loop: when each order is handed over, ns after the gate."""
    period = 1e9 / rate
    if kind == "constant":
        times = (index * period for index in range(orders))
    elif kind == "burst":
        times = (index // burst * burst * period for index in range(orders))
    else:
        times = _poisson(period, seed, orders)
    return [2_000_000 + math.trunc(time) for time in times]


def _poisson(period: float, seed: int, orders: int) -> Iterable[float]:
    time = 0.0
    for index in range(orders):
        time -= math.log(unit(draw(seed, index, WORD))) * period
        yield time


PATTERN = b"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.0123456789"


def receipt(seed: int, id: int, checksum: int) -> int:
    """The receipt of a payload with this CRC-32 (section 7, Items); for tests."""
    return mix(draw(seed, id, 4) ^ checksum)


def body(seed: int, id: int, length: int) -> bytes:
    """The body of an item (section 7, Items); for tests."""
    offset = draw(seed, id, 4) % 65536
    first, last = offset // 8, (offset + length + 7) // 8
    letters = b"".join(mix(word).to_bytes(8, "little") for word in range(first, last + 1))
    text = letters.translate(bytes(PATTERN[byte % 64] for byte in range(256)))
    return text[offset - 8 * first :][:length]

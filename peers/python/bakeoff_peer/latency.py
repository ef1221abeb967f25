"""Distributions of times, as rows keep them."""

from collections import Counter
from collections.abc import Iterable


def latency(nanos: Iterable[int]) -> dict | None:
    """The ``latency`` of a reply; ``None`` of nothing.

    Mean and maximum are exact. The counts are of values rounded down to eleven significant
    bits, the width of HdrHistogram's buckets at three significant digits.
    """
    values = list(nanos)
    if not values:
        return None
    counts = Counter(map(_rounded, values))
    return {
        "mean_ns": sum(values) / len(values),
        "max_ns": max(values),
        "counts": [[value, counts[value]] for value in sorted(counts)],
    }


def _rounded(value: int) -> int:
    shift = max(value.bit_length() - 11, 0)
    return value >> shift << shift

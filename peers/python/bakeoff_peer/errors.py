"""What can go wrong, by who is at fault."""

import difflib
from collections.abc import Iterable


class UsageError(Exception):
    """The request itself was at fault: a name, a parameter, a number."""


class Unable(Exception):
    """The protocol knows what was asked for, and this peer does not do it."""


class OrderFailed(Exception):
    """An order or a session failed, and the batch with it."""


def unknown(kind: str, word: str, known: Iterable[str]) -> UsageError:
    """Names what is not known and the nearest name that is."""
    known = list(known)
    nearest = difflib.get_close_matches(word, known, 1)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
    return UsageError(f"unknown {kind} '{word[:64]}'{hint} (known: {', '.join(known)})")


def one_line(error: BaseException) -> str:
    """An error as one line for a person, with its cause where it keeps that to itself."""
    texts = []
    while error is not None and len(texts) < 8:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
            continue
        text = " ".join(str(error).split()) or type(error).__name__
        if text not in texts:
            texts.append(text)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return ": ".join(texts)


def duration(nanos: int) -> str:
    """A time as a person writes it: 200ms, 1.5s."""
    for unit, scale in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if nanos >= scale:
            return f"{nanos / scale:g}{unit}"
    return f"{nanos}ns"

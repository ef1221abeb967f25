"""The pacer: a thread outside the model that hands orders over when they are planned."""

import threading
import time
from collections.abc import Callable

from .batch import Batch, now


def start(batch: Batch, hand_over: Callable[[int], object]) -> None:
    """Starts handing the batch's orders over, just after the gate was opened.

    ``hand_over`` puts an index into the model's own channel, and waits for nobody.
    """
    threading.Thread(target=_pace, args=(batch, hand_over), name="pacer", daemon=True).start()


def _pace(batch: Batch, hand_over: Callable[[int], object]) -> None:
    for index, after in enumerate(batch.planned):
        left = batch.opened + after - now()
        if left > 0:
            time.sleep(left / 1e9)
        if batch.stopped:
            return
        batch.lateness[index] = max(now() - batch.opened - after, 0)
        try:
            hand_over(index)
        except RuntimeError:
            # The model has given up, and its loop is closed.
            return

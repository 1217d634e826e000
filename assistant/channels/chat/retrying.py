"""How long to wait before something is tried again."""

from __future__ import annotations

import random


def seconds_before(tries: int, first: float, longest: float, asked: float | None = None) -> float:
    """Seconds before the next try, after so many: twice as long each time, half of it at random so that not all come at once.

    At least as long as the other side `asked` for; never longer than `longest`.
    """
    backoff: float = min(first * 2.0 ** min(tries - 1, 30), longest) * (0.5 + random.random() / 2)
    return min(max(backoff, asked or 0.0), longest)

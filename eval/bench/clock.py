"""Medians of repeated runs: CPU time where one process computes, wall time where an engine or a command works."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence

WARM_UPS = 3
SHORT_MS, MORE = 1500, 5


def cpu_ms(work: Callable[[], object], repeats: int) -> float:
    """Median CPU milliseconds of this process per call, after a warm-up."""
    for _ in range(WARM_UPS):
        work()
    return statistics.median(_timed(work, time.process_time) for _ in range(repeats))


def alternated_ms(one: Callable[[], object], other: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median wall milliseconds of both, run in turns; who goes first changes each time. Short work runs more often."""
    one(), other()
    first = wall_ms(one) + wall_ms(other)
    count = max(repeats, min(MORE * repeats, round(SHORT_MS / first)))
    times: tuple[list[float], list[float]] = ([], [])
    for n in range(count):
        for which in ((0, 1), (1, 0))[n % 2]:
            times[which].append(wall_ms((one, other)[which]))
    return statistics.median(times[0]), statistics.median(times[1])


def wall_ms(work: Callable[[], object]) -> float:
    """Wall milliseconds of one call."""
    return _timed(work, time.perf_counter)


def both_ms(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU milliseconds of one call: they differ where others want the same core."""
    start = time.process_time()
    wall = wall_ms(work)
    return wall, (time.process_time() - start) * 1000


def _timed(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return (clock() - start) * 1000


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def calibration_ms(repeats: int = 7) -> float:
    """A fixed loop of pure Python: what this machine does just now, to judge the other figures by."""

    def loop() -> int:
        total = 0
        for n in range(200_000):
            total = (total * 31 + n) % 1_000_003
        return total

    return cpu_ms(loop, repeats)


def command_ms(command: Sequence[str], repeats: int = 5) -> list[float]:
    """Wall milliseconds from start to end of a command, run after one warm-up. Raises CalledProcessError."""

    def run() -> None:
        subprocess.run(list(command), check=True, capture_output=True, stdin=subprocess.DEVNULL)

    run()
    return [wall_ms(run) for _ in range(repeats)]

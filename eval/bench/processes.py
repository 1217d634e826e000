"""What a command takes: seconds of the clock and of the processors, and the most memory of it with all that it starts."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_EVERY = 0.1  # seconds between two looks at the memory
_LAST = 5_000  # bytes kept of what a command printed


@dataclass(frozen=True)
class Taken:
    """`peak_mb` is of all processes of the tree together."""

    wall_s: float
    cpu_s: float
    peak_mb: float

    def text(self) -> str:
        """In a line."""
        return f"{self.wall_s:.1f} s, of the processors {self.cpu_s:.1f} s, memory at most {self.peak_mb:,.0f} MB"


class Followed:
    """A process that runs; `said` holds the last of what it printed, once it ended."""

    def __init__(self, command: Sequence[str]) -> None:
        self._began, self._before = time.monotonic(), _children_s()
        self._output, self.said = tempfile.TemporaryFile(), ""  # noqa: SIM115 - it outlives this call
        self.process = subprocess.Popen(list(command), stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT)
        self._peak, self._ended = 0.0, threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY):
            self._peak = max(self._peak, tree_mb(self.process.pid))

    def taken(self) -> Taken:
        """What it took until it ended."""
        self.process.wait()
        self._ended.set()
        self._watching.join()
        self._output.seek(max(0, self._output.seek(0, os.SEEK_END) - _LAST))
        self.said = self._output.read().decode("utf-8", "replace")
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
        # Where there is no /proc, the largest process that ever was has to do.
        return Taken(time.monotonic() - self._began, _children_s() - self._before, self._peak or largest)


def measured(command: Sequence[str]) -> Taken:
    """Runs a command to its end. Raises CalledProcessError, after what the command said last."""
    followed = Followed(command)
    taken = followed.taken()
    if followed.process.returncode:
        print(followed.said, file=sys.stderr)
        raise subprocess.CalledProcessError(followed.process.returncode, list(command))
    return taken


@contextlib.contextmanager
def follow_process(command: Sequence[str]) -> Iterator[Followed]:
    """Runs a command until the context ends."""
    followed = Followed(command)
    try:
        yield followed
    finally:
        followed.process.send_signal(signal.SIGINT)
        try:
            followed.process.wait(30)
        except subprocess.TimeoutExpired:
            followed.process.kill()


def tree_mb(pid: int) -> float:
    """The memory of a process and all below it, in MB; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0.0
    return pages * resource.getpagesize() / 1e6 + sum(tree_mb(int(child)) for child in below)


def _children_s() -> float:
    """Seconds of the processors that ended processes took."""
    found = os.times()
    return found.children_user + found.children_system

"""A worker process, as the process that started it sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import semantic_layer
from semantic_layer.engines.base import Limits
from semantic_layer.engines.failures import described, log
from semantic_layer.engines.wire import Head, receive, send
from semantic_layer.errors import ShopError

GRACE = 0.5  # seconds past the limit of a query in which the worker may end it by itself
_MOST_ARENAS = 8
_OTHER_THREADS = 2  # one watches the time, one the input
_OPENING = 60.0  # seconds; a long log of a database is read first
_SOURCE = str(Path(semantic_layer.__file__).parent.parent)


class Worker:
    """One process with the file open, for one query at a time. Whoever took it, and nobody else, calls `ask` and `end`."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.version = ""  # of the file that it has opened
        self.busy = True
        self.started = self.idle_since = time.monotonic()
        self._ending = threading.Lock()  # whoever closes the engine may end a worker that its starter ends as well
        # What a dying process writes must not reach the terminal.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        search = os.pathsep.join(filter(None, (_SOURCE, os.environ.get("PYTHONPATH"))))
        # Without -P a file duckdb.py in the working directory would be run.
        command = [sys.executable, "-P", "-m", "semantic_layer.engines.worker", str(path.absolute()), str(limits.memory_mb), str(limits.threads or 0)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                bufsize=0,
                env={**os.environ, "PYTHONPATH": search, "MALLOC_ARENA_MAX": str(_arenas(limits.threads))},
            )
        except OSError:
            self._said.close()
            raise
        assert self._process.stdin and self._process.stdout
        self._requests, self._replies = self._process.stdin, self._process.stdout

    def opened(self) -> str:
        """Waits until the file is open; gives the state of it. Raises ShopError, EOFError, TimeoutError."""
        head, _ = receive(self._replies.fileno(), time.monotonic() + _OPENING)
        if "version" not in head:
            log.warning("opening %s failed: %s", self.path, head["text"])
            raise ShopError(head["en"], head["zh"])
        return str(head["version"])

    def ask(self, sql: str, limits: Limits) -> tuple[Head, bytes]:
        """The reply to a query.

        Raises BrokenPipeError where the process had ended before, EOFError where it ends during the query, and TimeoutError
        for a query that cannot be interrupted; afterwards the worker is of no use.
        """
        send(self._requests.fileno(), {"sql": sql, "seconds": limits.seconds, "max_rows": limits.max_rows})
        return receive(self._replies.fileno(), time.monotonic() + limits.seconds + GRACE)

    @property
    def aborted(self) -> bool:
        """Whether the process has given up by itself."""
        return self._process.returncode == -signal.SIGABRT

    def kill(self) -> None:
        """Ends the process under a query; who waits for the reply gets an EOFError."""
        self._process.kill()

    def end(self) -> str:
        """Ends the process and everything that was held for it; gives what is known of its end, for the log."""
        with self._ending:
            if self._said.closed:
                return ""
            self._process.kill()
            code = self._process.wait()
            self._requests.close()
            self._replies.close()
            with self._said:
                self._said.seek(0)
                text = self._said.read(10_000).decode(errors="replace")
        return described(f"the worker ended with {code}: {text}")


def _arenas(threads: int | None) -> int:
    """Pools that memory is taken from: threads that share one wait for each other, but each takes of the bounded address space."""
    return min(threads or os.cpu_count() or 1, _MOST_ARENAS) + _OTHER_THREADS

"""The program of a worker process: opens one database file and runs one query after the other.

Started as `python -m semantic_layer.engines.worker FILE MEMORY_MB THREADS`, with 0 threads for as many as there are
cores. Requests come on stdin, replies go to stdout. It says first which state of the file it has opened. It ends when
stdin is closed, also in the middle of a query.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from semantic_layer.engines.failures import described
from semantic_layer.engines.files import file_version
from semantic_layer.engines.wire import Head, receive, send
from semantic_layer.errors import ShopError

if TYPE_CHECKING:
    import duckdb

_OPENINGS = 20  # tries, each of which fails only if the file is replaced during it
_ENGINE_SHARE = 3, 4  # of the memory: DuckDB does not count what its functions make of a row


def main(path: Path, memory_mb: int, threads: int) -> int:
    """Serves until stdin is closed; gives the exit code."""
    # Ctrl-C in the terminal is for the process that started this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    replies = os.dup(1)
    os.dup2(2, 1)
    threading.Thread(target=_end_with_input, daemon=True).start()
    root = _opened(path, memory_mb, threads, replies)
    if root is None:
        return 1
    from semantic_layer.engines.duckdb import fresh_cursor

    while True:
        # Made before it is needed, and closed after the reply: a caller waits for neither.
        with closing(fresh_cursor(root)) as cursor:
            request, _ = receive(0)
            send(replies, *_answer(cursor, request))


def _end_with_input() -> None:
    """Ends this process when the other side closes stdin, also in the middle of a query."""
    closed = select.poll()
    closed.register(0, 0)
    closed.poll()
    os._exit(0)


def _opened(path: Path, memory_mb: int, threads: int, replies: int) -> duckdb.DuckDBPyConnection | None:
    """The hardened root connection, once the state of the file is reported; none, once the reason is."""
    from semantic_layer.engines.duckdb import detached, fresh_cursor, harden, unopened

    part, whole = _ENGINE_SHARE
    root = detached(memory_mb * part // whole, threads or None)
    try:
        version = _attached(root, path)
        harden(root)
        with closing(fresh_cursor(root)) as cursor:  # loads what every query needs
            _answer(cursor, {"sql": "SELECT 1", "seconds": 60.0, "max_rows": 1})
    # The driver can also raise errors of Python itself.
    except Exception as error:
        problem = unopened(path, error)
        send(replies, {"en": problem.en, "zh": problem.zh, "text": described(error)})
        return None
    _bound_memory(memory_mb)
    send(replies, {"version": version})
    return root


def _attached(root: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Opens the file; gives the state of it that was opened. Raises the driver's errors."""
    from semantic_layer.engines.duckdb import attach, detach

    for _ in range(_OPENINGS):
        version = _state(path)
        try:
            attach(root, path)
        except Exception:
            if _state(path) == version:
                raise
            continue
        if _state(path) == version:
            return version
        detach(root)
    raise OSError(f"{path} was replaced during each of {_OPENINGS} openings")


def _state(path: Path) -> str:
    try:
        return file_version(path)
    except ShopError:
        return ""


def _bound_memory(memory_mb: int) -> None:
    """Holds the address space to what is used now and `memory_mb` more; only where the system says what is used."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return
    most = pages * resource.getpagesize() + memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _answer(cursor: duckdb.DuckDBPyConnection, request: Head) -> tuple[Head, bytes]:
    from semantic_layer.engines.arrow import NotAQuery, written
    from semantic_layer.engines.duckdb import bounded, kind_of

    # Should the other side be gone and Python stand still inside the engine, the system ends this process.
    signal.setitimer(signal.ITIMER_REAL, request["seconds"] + 1.0)
    try:
        with bounded(cursor, request["seconds"]):
            found = written(cursor, request["sql"], request["max_rows"])
    except NotAQuery as error:
        return {"failed": "fatal", "text": described(error)}, b""
    except Exception as error:
        return {"failed": kind_of(error), "text": described(error)}, b""
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
    return {"columns": found.columns, "truncated": found.truncated}, found.stream


if __name__ == "__main__":
    os._exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))

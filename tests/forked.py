"""`wenshu` in a process of its own, that is copied from one that has loaded what it needs: it can be signalled and killed like any other, and begins at once."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType

_COPIES = multiprocessing.get_context("forkserver")
_COPIES.set_forkserver_preload(["tests.preloaded"])


class Forked:
    """A running `wenshu`, with what tests use of subprocess.Popen. It leads a group of its own, in which are all processes that it starts."""

    def __init__(self, *arguments: str, env: Mapping[str, str], cwd: Path | None = None, quiet: bool = False) -> None:
        """Starts it; with `quiet`, nobody sees what it prints as an error."""
        read, write = _COPIES.Pipe(duplex=False)
        self._process = _COPIES.Process(target=_run, args=(arguments, dict(env), str(cwd or Path.cwd()), write, quiet), daemon=True)
        with _no_main():
            self._process.start()
        write.close()
        self.stdout = io.TextIOWrapper(io.FileIO(os.dup(read.fileno())), encoding="utf-8")
        read.close()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit code of one that has ended."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended. Raises TimeoutError."""
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise TimeoutError(f"it runs after {timeout} seconds")
        self.stdout.close()
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill_all(self) -> None:
        """Kills it with all that it has started, without a warning."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:  # it had no time to make its group, nor to start anything
            os.kill(self.pid, signal.SIGKILL)


@contextlib.contextmanager
def _no_main() -> Iterator[None]:
    """Hides the main module: the copy would run it again, and tests of the page leave theirs in its place."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _run(arguments: tuple[str, ...], env: dict[str, str], cwd: str, out: Connection, quiet: bool) -> None:
    """The copy: becomes what the arguments say."""
    os.setsid()
    os.dup2(out.fileno(), 1)
    out.close()
    if quiet:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["wenshu", *arguments]
    from assistant.channels.cli import main

    main()

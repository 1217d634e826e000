"""The command line inside of this process: as its user sees it, without the seconds in which a new process loads everything."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from assistant.channels.cli import main
from semantic_layer.places import home


def wenshu(*args: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs `wenshu` with these arguments; gives its exit code and what it printed. An error that it does not expect is raised."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code: object = 0
    alone = _as_if_alone(["wenshu", *args], {"WENSHU_HOME": str(home()), **variables}, cwd or Path.cwd())
    with alone, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    gc.collect()  # what it opened is let go of, as a process does at its end
    assert code is None or isinstance(code, int), f"a process would print {code!r}"
    printed = (each.buffer.getvalue().decode("utf-8") for each in (out, err))  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(["wenshu", *args], code or 0, *printed)


@contextlib.contextmanager
def _as_if_alone(argv: list[str], variables: dict[str, str], folder: Path) -> Iterator[None]:
    """Arguments, variables, folder, log and signals are afterwards what they were before."""
    root = logging.getLogger()
    handlers, level, interrupted = list(root.handlers), root.level, signal.getsignal(signal.SIGINT)
    try:
        with patch.object(sys, "argv", argv), patch.dict(os.environ, variables), contextlib.chdir(folder):
            yield
    finally:
        for added in [h for h in root.handlers if h not in handlers]:
            root.removeHandler(added)
            added.close()
        root.setLevel(level)
        signal.signal(signal.SIGINT, interrupted)

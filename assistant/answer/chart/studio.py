"""A process that draws pictures. vl-convert holds the interpreter for as long as it draws: a server would hear nobody meanwhile."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from typing import Any, Literal

from assistant.answer.chart import drawing

LONGEST = 60.0  # seconds for one picture
_TRIES = 2  # the process may have been ended from outside

Form = Literal["png", "svg"]


class Studio:
    """Draws one picture at a time, for all threads. The process is started with the first one, and ends with ours."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def drawn(self, form: Form, spec: dict[str, Any]) -> bytes:
        """A picture of a Vega-Lite specification. Raises ValueError for one that cannot be drawn, OSError where drawing it ends the process."""
        request = json.dumps([form, spec], default=str).encode() + b"\n"
        with self._lock:
            for left in reversed(range(_TRIES)):
                try:
                    return self._asked(request)
                except (OSError, EOFError) as error:
                    self._end()
                    if not left:
                        raise OSError("the picture could not be drawn") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Ends the process; another one is started where a picture is asked for later."""
        with self._lock:
            self._end()

    def _asked(self, request: bytes) -> bytes:
        process = self._running()
        assert process.stdin and process.stdout
        limit = threading.Timer(LONGEST, process.kill)
        limit.daemon = True
        limit.start()
        try:
            process.stdin.write(request)
            process.stdin.flush()
            head = process.stdout.readline()
            if not head.endswith(b"\n"):
                raise EOFError
            reply = json.loads(head)
            if "error" in reply:
                raise ValueError(reply["error"])
            picture = process.stdout.read(reply["size"])
            if len(picture) < reply["size"]:
                raise EOFError
            return picture
        finally:
            limit.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            # -P: a file vl_convert.py in the working directory is not run. A session of its own: Ctrl-C is for us to hear.
            command = [sys.executable, "-P", drawing.__file__]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.communicate()


STUDIO = Studio()

"""Messages between a worker and the process that started it: a JSON object and bytes, each after its length."""

from __future__ import annotations

import json
import os
import select
import struct
import time
from collections.abc import Mapping
from typing import Any

Head = dict[str, Any]

_LENGTHS = struct.Struct("!IQ")


def send(file: int, head: Mapping[str, Any], payload: bytes = b"") -> None:
    """Writes one message. Raises OSError where nobody reads any more."""
    text = json.dumps(head).encode()
    # Both at once: the reader is woken by the first byte, and would have to wait anew for the payload.
    rest = [memoryview(_LENGTHS.pack(len(text), len(payload)) + text), memoryview(payload)]
    while rest:
        count = os.writev(file, rest)
        while rest and count >= len(rest[0]):
            count -= len(rest.pop(0))
        if rest:
            rest[0] = rest[0][count:]


def receive(file: int, deadline: float | None = None) -> tuple[Head, bytes]:
    """Reads one message. Raises EOFError where the other side is gone, TimeoutError past the monotonic time `deadline`."""
    text, payload = _LENGTHS.unpack(_exactly(file, _LENGTHS.size, deadline))
    return json.loads(_exactly(file, text, deadline)), bytes(_exactly(file, payload, deadline))


def _exactly(file: int, size: int, deadline: float | None) -> bytearray:
    buffer = bytearray(size)
    rest = memoryview(buffer)
    readable = select.poll()
    readable.register(file, select.POLLIN)
    while rest:
        if deadline is not None and not readable.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
        count = os.readv(file, [rest])
        if not count:
            raise EOFError
        rest = rest[count:]
    return buffer

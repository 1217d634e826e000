"""`python -m tests.guard.timing [N]`: what the gate takes for N mutations of the corpus, in milliseconds of CPU."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from pathlib import Path

from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import GuardError
from semantic_layer.guard import Gate
from semantic_layer.rights import Rights
from tests.guard import database
from tests.guard.corpus import policy
from tests.guard.mutations import mutations


def main(count: int) -> None:
    """Prints median, 95th percentile and worst."""
    with tempfile.TemporaryDirectory() as folder, Introspector(database.build(Path(folder) / "app.duckdb")) as inspector:
        gate = Gate(inspector.tables(), Rights.model_validate(policy()))
    taken = []
    for each in mutations(7, count):
        start = time.process_time()
        with contextlib.suppress(GuardError):
            gate.admit(each.sql)
        taken.append((time.process_time() - start) * 1000)
    taken.sort()
    print(f"{count} statements: median {taken[count // 2]:.2f} ms, p95 {taken[count * 95 // 100]:.2f} ms, worst {taken[-1]:.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)

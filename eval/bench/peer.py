"""A peer beside us: another semantic layer in an environment and on a database of its own, asked the probe questions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.bench.cases import BenchCase
from eval.bench.rows import difference
from semantic_layer.engines import Engine

PACKAGES = ("sidemantic==0.13.0", "duckdb==1.5.5")
HERE = Path(__file__).parent
INSTALL_SECONDS, RUN_SECONDS = 600, 900


class PeerMissing(Exception):
    """The peer cannot be installed or run here; the text says why."""


@dataclass(frozen=True)
class PeerTiming:
    """One probe of the peer. `problem` says how its rows differ or what it raised; empty when right."""

    name: str
    problem: str
    compile_ms: float | None = None
    ratio: float | None = None
    note: str = ""


@dataclass(frozen=True)
class PeerReport:
    """All probes of one peer."""

    name: str
    version: str
    timings: list[PeerTiming]

    @property
    def right(self) -> int:
        """How many probes it answered with the right rows."""
        return sum(not t.problem for t in self.timings)


def folder() -> Path:
    """Where peers live: WENSHU_BENCH_HOME, by default a folder of the user's own in the system's temp folder."""
    named = os.environ.get("WENSHU_BENCH_HOME")
    return Path(named).expanduser() if named else Path(tempfile.gettempdir()) / f"wenshu-bench-{os.getuid()}"


def ask_peer(cases: list[BenchCase], engine: Engine, database: Path, *, compiles: int = 25, runs: int = 15) -> PeerReport:
    """Asks the peer the probes and judges its rows by the hand-written SQL's. Raises PeerMissing."""
    home = folder()
    python = _environment(home)
    probes = [c for c in cases if c.is_probe]
    asked = {
        "database": str(_copy(database, home)),
        "model": str(HERE / "peer_model.yaml"),
        "compiles": compiles,
        "runs": runs,
        "probes": [{"name": c.name, "sql": c.sql} for c in probes],
    }
    said = json.loads(_run([str(python), "-I", str(HERE / "peer_sidemantic.py")], json.dumps(asked), RUN_SECONDS))
    answers = {a["name"]: a for a in said["results"]}
    return PeerReport(said["peer"], said["version"], [_judged(c, answers[c.name], engine) for c in probes])


def _judged(case: BenchCase, answer: dict[str, Any], engine: Engine) -> PeerTiming:
    if "error" in answer:
        return PeerTiming(case.name, answer["error"])
    problem = difference(engine.run(case.sql).rows, answer["rows"], case.empty_is_zero)
    return PeerTiming(case.name, problem, answer["compile_ms"], answer["own_ms"] / answer["hand_ms"], answer["note"])


def _environment(home: Path) -> Path:
    """The Python of the peer's environment, made when first needed and anew when other versions are wanted."""
    venv, stamp = home / "peer", home / "peer" / "installed.txt"
    python = venv / "bin" / "python"
    wanted = "\n".join(PACKAGES)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    home.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", "--clear", str(venv)], "", INSTALL_SECONDS)
    quiet = ["--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "20"]
    _run([str(python), "-m", "pip", "install", *quiet, *PACKAGES], "", INSTALL_SECONDS)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _copy(database: Path, home: Path) -> Path:
    """The peer's own copy of the database, renewed when the original is newer."""
    copy = home / "peer.duckdb"
    if not copy.exists() or copy.stat().st_mtime < database.stat().st_mtime:
        shutil.copy2(database, copy)
    return copy


def _run(command: list[str], text: str, seconds: float) -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerMissing(f"{Path(command[0]).name} could not be run: {error}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise PeerMissing(f"{' '.join(PACKAGES)} could not be installed or run (is the package registry in reach?): {last}")
    return done.stdout

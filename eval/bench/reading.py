"""How long a question takes to become a semantic query where an index holds a million values, and what memory that takes.

Each part runs in a process of its own, on one core: `measure` starts `python -m eval.bench.reading build|read FOLDER SHOP COUNT`.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.ask import Assistant
from assistant.linking.encoders import load_encoder
from assistant.reading import AskBack, Reader, Refuse
from eval.bench.clock import both_ms, calibration_ms, quantile, wall_ms
from eval.bench.names import product_names
from semantic_layer.shops import open_shop
from semantic_layer.spelling import fold
from semantic_layer.values import ValueEntry, ValueIndex

COUNT = 1_000_000
SUITES = Path(__file__).parents[1] / "suites"
FIELD = "products.product_type"

_REPEATS = 3
_MISSPELT = 500


@dataclass(frozen=True)
class BuildFigures:
    """What making the index took."""

    values: int
    seconds: float
    disk_mb: float
    peak_mb: float


@dataclass(frozen=True)
class ReadFigures:
    """Milliseconds over the questions of the dev suites, wall if not said otherwise, and megabytes held by the process.

    `first`: when asked first; `own`: with the index of the shop's own values only.
    """

    questions: int
    calibration_ms: float
    median_ms: float
    p95_ms: float
    worst_ms: float
    cpu_median_ms: float
    cpu_p95_ms: float
    own_cpu_median_ms: float
    own_cpu_p95_ms: float
    first_p95_ms: float
    encoder_median_ms: float
    misspelt_found: float
    misspelt_p95_ms: float
    rss_before_mb: float
    rss_mb: float
    peak_mb: float


@dataclass(frozen=True)
class LargeIndex:
    """Both parts."""

    build: BuildFigures
    read: ReadFigures

    def lines(self) -> Iterator[str]:
        """The figures in words."""
        b, r = self.build, self.read
        yield (
            f"an index of {b.values:,} values: made in {b.seconds:.0f} s with {b.peak_mb:.0f} MB at most, {b.disk_mb:.0f} MB on disk; "
            f"calibration loop {r.calibration_ms:.1f} ms CPU"
        )
        yield (
            f"question to semantic query with it, one core: median {r.median_ms:.1f} ms (aim 25), p95 {r.p95_ms:.1f} ms (aim 80), "
            f"worst {r.worst_ms:.1f} ms, asked first p95 {r.first_p95_ms:.1f} ms over {r.questions} questions; "
            f"CPU: median {r.cpu_median_ms:.1f} ms, p95 {r.cpu_p95_ms:.1f} ms, with the shop's own values only "
            f"{r.own_cpu_median_ms:.1f} and {r.own_cpu_p95_ms:.1f} ms; the encoder alone, per question: median {r.encoder_median_ms:.1f} ms"
        )
        yield (
            f"misspelt values found in questions {r.misspelt_found:.1%}, looking for them p95 {r.misspelt_p95_ms:.1f} ms; "
            f"memory {r.rss_mb:.0f} MB (aim 600), peak {r.peak_mb:.0f} MB, {r.rss_before_mb:.0f} MB before the index was opened"
        )


def measure(shop: str, count: int = COUNT) -> LargeIndex:
    """Runs both parts. Raises CalledProcessError where one fails."""
    with tempfile.TemporaryDirectory() as folder:
        parts = [
            subprocess.run(
                [sys.executable, "-m", "eval.bench.reading", part, f"{folder}/values", shop, str(count)], check=True, stdout=subprocess.PIPE
            ).stdout
            for part in ("build", "read")
        ]
    return LargeIndex(BuildFigures(**json.loads(parts[0])), ReadFigures(**json.loads(parts[1])))


def build(folder: Path, shop: str, count: int) -> BuildFigures:
    """Makes the index of the shop's own values and made-up ones, `count` in all."""
    own = open_shop(shop).whole.values.entries
    made = product_names(count - len(own))
    started = time.perf_counter()
    index = ValueIndex.build((e for part in (own, (ValueEntry(FIELD, n, (n,)) for n in made)) for e in part), folder)
    seconds = time.perf_counter() - started
    return BuildFigures(len(index), seconds, sum(f.stat().st_size for f in folder.iterdir()) / 1e6, _peak_mb())


def read(folder: Path, shop: str) -> ReadFigures:
    """Reads the questions of the dev suites with the index."""
    opened = open_shop(shop)
    assistant = Assistant(opened)
    assistant.prepare()
    before = _rss_mb()
    whole = opened.whole
    index = ValueIndex.load(folder)
    reader = Reader(whole, assistant.reader(whole).lexicon, index)
    questions = _questions(shop)
    calibration = calibration_ms()
    first = [wall_ms(lambda q=q: _read(reader, q)) for q in questions]  # type: ignore[misc]
    times, cpu = _medians(lambda q: _read(reader, q), questions)
    found, looking = _misspelt(index)
    held, peak = _rss_mb(), _peak_mb()
    encoder = load_encoder(opened.settings.encoder)  # a second one, so after the memory is measured
    encoder.encode(questions[:1])
    encoding, _ = _medians(lambda q: encoder.encode([q]), questions)
    own = assistant.reader(whole)
    _, own_cpu = _medians(lambda q: _read(own, q), questions)
    return ReadFigures(
        len(questions), calibration, statistics.median(times), quantile(times, 0.95), max(times),
        statistics.median(cpu), quantile(cpu, 0.95), statistics.median(own_cpu), quantile(own_cpu, 0.95), quantile(first, 0.95),
        statistics.median(encoding), found, quantile(looking, 0.95), before, held, peak,
    )  # fmt: skip


def _read(reader: Reader, question: str) -> None:
    with suppress(AskBack, Refuse):
        reader.read(question)


def _medians(work: Callable[[str], object], questions: Sequence[str]) -> tuple[list[float], list[float]]:
    """For each question the median wall and CPU milliseconds of its repeats."""
    timed = [[both_ms(lambda q=q: work(q)) for _ in range(_REPEATS)] for q in questions]  # type: ignore[misc]
    return [statistics.median(wall for wall, _ in times) for times in timed], [statistics.median(cpu for _, cpu in times) for times in timed]


def _questions(shop: str) -> list[str]:
    files = sorted(SUITES.glob(f"{shop}-dev*.jsonl"))
    return [json.loads(line)["question"] for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def _misspelt(index: ValueIndex) -> tuple[float, list[float]]:
    """The share of names, each with one wrong letter, that are found in a question; and the milliseconds each took."""
    pick, found, times = random.Random(2), 0, []
    for name in product_names(_MISSPELT):
        wrong = _misspell(fold(name), pick)
        question = f"total units of {wrong} by month" if name.isascii() else f"{wrong}每个月的件数"
        times.append(wall_ms(lambda q=question: index.scan(q, misspelt=True)))  # type: ignore[misc]
        found += name in {h.value for h in index.scan(question, misspelt=True)}
    return found / _MISSPELT, times


def _misspell(name: str, pick: random.Random) -> str:
    """One letter left out, doubled, or in the place of its neighbour. Digits tell values apart, so they stay."""
    at = pick.choice([n for n in range(len(name) - 1) if name[n].isalpha() and name[n + 1].isalpha()])
    return pick.choice((name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], name[:at] + name[at + 1] + name[at] + name[at + 2 :]))


def _rss_mb() -> float:
    """What this process holds just now, pages of files among it; the peak where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        return _peak_mb()


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def main() -> None:
    """One part, its figures as JSON."""
    part, folder, shop, count = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    figures = build(Path(folder), shop, int(count)) if part == "build" else read(Path(folder), shop)
    print(json.dumps(asdict(figures)))


if __name__ == "__main__":
    main()

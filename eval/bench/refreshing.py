"""`python -m eval.bench.refreshing`: what refreshing the mall takes, and how soon new events show in answers while people ask.

Seconds of the clock depend on who else wants the processors; those of the processors much less.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.bench.clock import calibration_ms, quantile
from eval.bench.processes import Taken, follow_process, measured
from eval.bench.wiring import asking
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop, open_shop
from semantic_layer.shops.mall.generate import generate
from semantic_layer.shops.shop import PACKAGED
from semantic_layer.sources.refresh import LAST

QUESTIONS = (
    "上个月各类目的销售额",
    "6月退货率最高的5个品牌",
    "conversion rate by channel in June",
    "本月各渠道的浏览量",
    "top 10 products by units in June",
)
BATCH = 2_000  # events in a file that arrives
_PATIENCE = 120.0  # seconds that an event may take to show
_SOURCE = "sources/mini_events/*.jsonl"


@dataclass(frozen=True)
class Seen:
    """Seconds from a file's last write to the first answer that counts it; milliseconds of the questions answered meanwhile."""

    seconds: list[float]
    asked_ms: list[float]

    def lines(self) -> list[str]:
        """Both in a line each."""
        told = ", ".join(f"{s:.1f}" for s in self.seconds)
        shown = f"median {statistics.median(self.seconds):.1f}, worst {max(self.seconds):.1f} ({told})"
        asked = f"median {statistics.median(self.asked_ms):.0f} ms, p95 {quantile(self.asked_ms, 0.95):.0f} ms"
        return [
            f"{BATCH:,} events in a file, seconds until an answer counts them: {shown}",
            f"{len(self.asked_ms)} questions answered meanwhile: {asked}",
        ]


def main() -> int:
    """Prints the figures; 1 where a command fails or an event does not show."""
    options = _options()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenshu-bench-")))
        if not (folder / "truth" / "truth.json").exists():
            print(f"… making a mall at scale {options.scale:g}", file=sys.stderr, flush=True)
            generate(folder, options.scale, 1)
        _make_shop(folder)
        print(f"calibration loop {calibration_ms():.1f} ms CPU; scale {json.loads((folder / 'truth' / 'truth.json').read_text())['scale']:g}")
        command = [sys.executable, "-m", "assistant.channels.cli", "refresh", "--shop", str(folder)]
        for name in ("everything for the first time", "nothing new")[: 1 if options.first_only else 2]:
            print(f"wenshu refresh, {name}: {measured(command).text()}", flush=True)
        print(f"ledger {_mb(folder / '.wenshu/sources/ledger.duckdb')}, base {_mb(*(folder / '.wenshu/sources').glob('base-*.duckdb'))}", flush=True)
        if not options.first_only:
            seen, followed = _follow(folder, [*command, "--follow"], options.batches)
            print("\n".join(seen.lines()))
            print(f"wenshu refresh --follow, all the while: {followed.text()}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.refreshing", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of the mall")
    parser.add_argument("--folder", type=Path, help="where to make the mall, or one that was made before; default: a folder for the moment")
    parser.add_argument("--batches", type=int, default=5, help="files of events that arrive")
    parser.add_argument("--first-only", action="store_true", help="only the first refresh, for large scales")
    return parser.parse_args()


def _make_shop(folder: Path) -> None:
    """Makes a shop of the mall's files, whose small batches of events arrive continuously; what was refreshed before is forgotten."""
    mall = PACKAGED / "mall"
    shutil.copytree(mall / "catalog", folder / "catalog", dirs_exist_ok=True)
    shutil.copy(mall / "wenshu.yaml", folder)
    said = (mall / "sources.yaml").read_text(encoding="utf-8")
    (folder / "sources.yaml").write_text(said.replace(f"path: {_SOURCE}\n", f"path: {_SOURCE}\n    continuous: true\n"), encoding="utf-8")
    shutil.rmtree(folder / ".wenshu", ignore_errors=True)
    (folder / "mall.duckdb").unlink(missing_ok=True)
    for old in (folder / "sources" / "mini_events").glob("bench-*"):
        old.unlink()


def _follow(folder: Path, command: list[str], batches: int) -> tuple[Seen, Taken]:
    """Lets files of events arrive while a process follows the folder and another asks questions."""
    shop = open_shop(str(folder))
    query = SemanticQuery.model_validate({"metrics": [{"metric": "page_views"}]})
    ask = asking(shop)
    stop, asked = threading.Event(), list[float]()
    person = threading.Thread(target=_keep_asking, args=(ask, stop, asked))
    began = time.time()
    with follow_process(command) as followed:
        try:
            _first_look(folder, began)
            person.start()
            seconds = [_arrival(folder, shop, query, number) for number in range(batches)]
        finally:
            stop.set()
            if person.ident is not None:
                person.join()
            shop.close()
    return Seen(seconds, asked), followed.taken()


def _first_look(folder: Path, began: float) -> None:
    """Waits until the process has looked at all sources, as it does first. Raises RuntimeError where that takes too long."""
    told = folder / ".wenshu" / "sources" / LAST
    while told.stat().st_mtime < began:
        if time.time() - began > _PATIENCE:
            raise RuntimeError("wenshu refresh --follow does not come to an end of its first look")
        time.sleep(0.2)


def _keep_asking(ask: Callable[[str], object], stop: threading.Event, asked: list[float]) -> None:
    while True:
        for question in QUESTIONS:
            if stop.is_set():
                return
            began = time.perf_counter()
            ask(question)
            asked.append((time.perf_counter() - began) * 1000)
            stop.wait(0.5)  # as a person reads


def _arrival(folder: Path, shop: Shop, query: SemanticQuery, number: int) -> float:
    """Seconds until the views of a new file are counted. Raises RuntimeError where that takes too long."""
    before = shop.run(shop.compile(query)).rows[0][0]
    path = folder / "sources" / "mini_events" / f"bench-{os.getpid()}-{number}.jsonl"
    beside = path.with_suffix(".tmp")
    beside.write_text("".join(_events(number)), encoding="utf-8")
    os.replace(beside, path)
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE:
        if shop.run(shop.compile(query)).rows[0][0] == before + BATCH:
            return time.monotonic() - began
        time.sleep(0.1)
    raise RuntimeError(f"{path.name} does not show after {_PATIENCE:.0f} s")


def _events(number: int) -> Iterator[str]:
    """Views of the last day, each by somebody else."""
    for i in range(BATCH):
        at = f"2026-06-30 {10 + i // 3600 % 12:02d}:{i // 60 % 60:02d}:{i % 60:02d}"
        who = f"bench-{os.getpid()}-{number}-{i}"
        event = {"eid": who, "t": at, "openno": None, "dev": who, "sess": who, "act": "浏览"}
        yield json.dumps({**event, "code": None, "kw": None, "plat": "ios", "src": "直接访问", "order_no": None}, ensure_ascii=False) + "\n"


def _mb(*paths: Path) -> str:
    return f"{sum(p.stat().st_size for p in paths) / 1e6:,.0f} MB"


if __name__ == "__main__":
    raise SystemExit(main())

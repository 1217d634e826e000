"""`python -m eval.bench`: prints the table and keeps the figures under runs/."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from eval.bench.reading import COUNT
from eval.bench.run import Plan, run
from eval.bench.wiring import asking, commands
from semantic_layer.errors import WenshuError
from semantic_layer.shops import open_shop


def main() -> int:
    """Runs the bench; 1 when rows are wrong or the shop cannot be opened."""
    options = _options()
    try:
        shop = open_shop(options.shop)
        plan = Plan(options.compiles, options.runs, tuple(options.only), not options.no_peer, asking(shop), commands(shop), options.values)
        report = run(shop, plan, lambda text: print(f"… {text}", file=sys.stderr, flush=True))
    except WenshuError as error:
        print(error.en, file=sys.stderr)
        return 1
    print(report.text())
    print(f"kept as {report.save(options.folder)}")
    return 1 if any(t.difference for t in report.timings) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=__doc__)
    parser.add_argument("--shop", default="completejourney", help="shop to measure on")
    parser.add_argument("--only", action="append", default=[], metavar="PREFIX", help="only queries whose name starts so")
    parser.add_argument("--compiles", type=int, default=25, help="compilations per query, of which the median counts")
    parser.add_argument("--runs", type=int, default=15, help="runs per statement, of which the median counts")
    parser.add_argument("--no-peer", action="store_true", help="leave the other semantic layer out")
    parser.add_argument("--values", type=int, default=COUNT, help="how many values an index holds with which questions are read; 0: none")
    parser.add_argument("--folder", type=Path, default=Path("runs"), help="where the figures are kept")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())

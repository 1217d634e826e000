"""`python -m eval.mall`: makes a mall, refreshes it as a stranger's data, and prints how well it was cleaned; 1 where an aim is missed."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from eval.mall.opened import DATABASE
from eval.mall.people import score_people
from eval.mall.report import score, text
from semantic_layer.errors import WenshuError
from semantic_layer.shops.mall.generate import generate
from semantic_layer.shops.shop import PACKAGED
from semantic_layer.sources.refresh import Place, refresh


def main() -> int:
    """Runs it; 1 also where a source stops."""
    options = _options()
    try:
        with _folder(options) as folder:
            place = Place(PACKAGED / "mall", folder, folder / DATABASE, folder / ".wenshu")
            report = refresh(place, progress=lambda message: print(f"… {message.en}", file=sys.stderr, flush=True))
            for taken in report.stopped:
                print(f"{taken.source}: {taken.message.en}", file=sys.stderr)
            if report.stopped:
                return 1
            scored = score(folder)
    except WenshuError as error:
        print(error.en, file=sys.stderr)
        return 1
    print(text(scored))
    print()
    with tempfile.TemporaryDirectory(prefix="wenshu-people-") as apart:
        people = score_people(Path(apart), options.persons)
    print(people.text())
    return 0 if people.reached and all(f.reached for f in scored.figures()) else 1


@contextlib.contextmanager
def _folder(options: argparse.Namespace) -> Iterator[Path]:
    """The folder of a mall: the one named, made where it is not there, or one for the moment."""
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenshu-mall-")))
        if not (folder / "truth" / "truth.json").exists():
            generate(folder, options.scale, options.seed)
        yield folder


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.mall", description=__doc__)
    parser.add_argument("--folder", type=Path, help="a mall that was made before, or where to make it; default: a folder for the moment")
    parser.add_argument("--scale", type=float, default=1.0, help="from 0.02 to 10; 1 is 300,000 orders and 5 million events")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--persons", type=int, default=20_000, help="in the lists of customers that share no id")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())

"""How many questions of a suite get by without any of the catalog's own names.

Run as `python -m eval.labels SUITE --shop NAME`: counts only, never a question.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence

from eval.stats import Rate
from eval.suite import Case, load_suite
from semantic_layer.shops import open_shop


def without_names(cases: Sequence[Case], names: Iterable[str]) -> Rate:
    """The share of questions that hold none of the names (metrics, fields, entities, values, synonyms)."""
    folded = {_folded(name) for name in names} - {""}
    return Rate(sum(not _holds_any(_folded(case.question), folded) for case in cases), len(cases))


def metric_names(shop: str) -> set[str]:
    """The labels and synonyms of a shop's metrics."""
    return {n for m in open_shop(shop).catalog.spec.metrics.values() for n in m.names()}


def all_names(shop: str) -> set[str]:
    """The labels and synonyms of a shop's metrics, fields, entities, segments and values."""
    spec = open_shop(shop).catalog.spec
    fields = [f for d in spec.datasets.values() for f in d.fields.values()]
    named = [*spec.entities.values(), *spec.segments.values(), *fields, *(v for f in fields for v in f.values.values())]
    return metric_names(shop) | {n for x in named for n in x.names()}


def main(argv: Sequence[str]) -> int:
    """Prints the shares for a suite: without the name of a metric, and without any name at all."""
    parser = argparse.ArgumentParser(prog="python -m eval.labels", description=__doc__)
    parser.add_argument("suite")
    parser.add_argument("--shop", default="completejourney")
    given = parser.parse_args(argv)
    cases = load_suite(given.suite)
    print(f"questions without a metric's name: {without_names(cases, metric_names(given.shop))}")
    print(f"questions without any name of the catalog: {without_names(cases, all_names(given.shop))}")
    return 0


def _holds_any(question: str, names: set[str]) -> bool:
    return any(name in question and _stands_alone(name, question) for name in names)


def _stands_alone(name: str, question: str) -> bool:
    """Latin letters next to a Latin name make another word of it, but for a plural; Chinese has no such bounds."""
    return not name.isascii() or bool(re.search(rf"(?<![a-z0-9]){re.escape(name)}(?:e?s)?(?![a-z0-9])", question))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

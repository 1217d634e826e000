"""How many questions of a suite get by without any of the catalog's own names.

Run as `python -m eval.labels SUITE --shop NAME`: counts only, never a question.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from eval.stats import Rate
from eval.suite import Case, load_suite

NamesOfShop = Callable[[str], Iterable[str]]


def without_names(cases: Sequence[Case], names: Iterable[str]) -> Rate:
    """The share of questions that hold none of the names (metrics, fields, entities, values, synonyms)."""
    folded = {_folded(name) for name in names} - {""}
    return Rate(sum(not _holds_any(_folded(case.question), folded) for case in cases), len(cases))


def main(argv: Sequence[str], names_of_shop: NamesOfShop) -> int:
    """Prints the share for a suite; `names_of_shop` gives the names in a shop's catalog."""
    parser = argparse.ArgumentParser(prog="python -m eval.labels", description=__doc__)
    parser.add_argument("suite")
    parser.add_argument("--shop", required=True)
    given = parser.parse_args(argv)
    rate = without_names(load_suite(given.suite), names_of_shop(given.shop))
    print(f"questions without any name of the catalog: {rate}")
    return 0


def _holds_any(question: str, names: set[str]) -> bool:
    return any(name in question and _stands_alone(name, question) for name in names)


def _stands_alone(name: str, question: str) -> bool:
    """Latin letters next to a Latin name make another word of it, but for a plural; Chinese has no such bounds."""
    return not name.isascii() or bool(re.search(rf"(?<![a-z0-9]){re.escape(name)}(?:e?s)?(?![a-z0-9])", question))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

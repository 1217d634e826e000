"""Semantic queries beside hand-written SQL: both give the same columns and rows; or the typed error that is written down."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from semantic_layer.errors import QueryError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop
from tests.conftest import ALL_ROWS, Row, as_rows

CASES = Path(__file__).parent / "cases"


def _params(refused: bool) -> list[Any]:
    files = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(CASES.glob("*.yaml"))}
    found = [(stem, case) for stem, cases in files.items() for case in cases if ("error" in case) == refused]
    return [pytest.param(case, id=f"{stem}: {case['name']}") for stem, case in found]


@pytest.mark.parametrize("case", _params(refused=False))
def test_query_gives_the_rows_of_the_sql(case: dict[str, Any], shop: Shop, sql: Callable[[str], list[Row]]) -> None:
    compiled = shop.compile(SemanticQuery.model_validate(case["query"]))
    result = shop.engine.run(shop.whole.gate.admit(compiled.tree).sql, ALL_ROWS)
    assert [c.name for c in result.columns] == [c.name for c in compiled.columns]
    assert_same_rows(as_rows(result), sql(case["sql"]), ordered=case.get("ordered", False))


@pytest.mark.parametrize("case", _params(refused=True))
def test_query_is_refused(case: dict[str, Any], shop: Shop) -> None:
    with pytest.raises((QueryError, ValidationError)) as caught:
        shop.compile(SemanticQuery.model_validate(case["query"]))
    error = caught.value
    code = error.code if isinstance(error, QueryError) else "query"
    text = error.en if isinstance(error, QueryError) else str(error)
    assert code == case["error"], text
    assert [n for n in case["names"] if n not in text] == [], text
    if isinstance(error, QueryError):
        assert any("\u4e00" <= c <= "\u9fff" for c in error.zh), "the message has no Chinese"


def test_names_of_cases_are_unique() -> None:
    names = [p.id for refused in (False, True) for p in _params(refused)]
    assert len(names) == len(set(names))


def assert_same_rows(ours: list[Row], gold: list[Row], ordered: bool) -> None:
    """Equal columns and rows, floats within 1e-9 of their size or 1e-6; in any order unless `ordered`."""
    if ours and gold:
        assert sorted(ours[0]) == sorted(gold[0])
    names = list(gold[0]) if gold else []
    left, right = ([tuple(_plain(row[n]) for n in names) for row in rows] for rows in (ours, gold))
    assert len(left) == len(right)
    if not ordered:
        left, right = sorted(left, key=_sort_key), sorted(right, key=_sort_key)
    differing = [(a, b) for a, b in zip(left, right, strict=True) if not all(map(_close, a, b))]
    assert not differing, f"{len(differing)} of {len(right)} rows differ, first: ours {differing[0][0]}, SQL {differing[0][1]}"


def _plain(value: Any) -> Any:
    return value.date() if isinstance(value, dt.datetime) and value.time() == dt.time(0) else value


def _sort_key(row: tuple[Any, ...]) -> tuple[Any, ...]:
    exact = [(v is None, type(v).__name__, str(v)) for v in row if not _is_number(v)]
    return (*exact, *((True, _rounded(v)) for v in row if _is_number(v)))


def _rounded(value: float) -> str:
    """All digits of a whole number, six of any other: last bits do not change the order."""
    return str(round(value)) if math.isclose(value, round(value), rel_tol=1e-9) else f"{value:.6g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _close(a: Any, b: Any) -> bool:
    if _is_number(a) and _is_number(b):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-6)
    return bool(a == b) and type(a) is type(b)

"""The statements of the corpus. It was written without a look at the gate, from what DuckDB 2.0.0 does with each statement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Must = Literal["reject", "bounded", "accept"]

_FOLDER = Path(__file__).parent
_CHAIN = ", ".join(f"c{i} AS (SELECT a.x FROM c{i - 1} a, c{i - 1} b)" for i in range(1, 40))

# What is too long for a line of a file: name, statement, why.
_HUGE = (
    ("brackets", "SELECT " + "(" * 3000 + "1" + ")" * 3000, "three thousand brackets"),
    ("subqueries", "SELECT " + "(SELECT " * 200 + "1" + ")" * 200, "two hundred subqueries"),
    ("calls", "SELECT " + "abs(" * 400 + "1" + ")" * 400, "four hundred calls"),
    ("nots", "SELECT " + "NOT " * 3000 + "true", "three thousand NOTs"),
    ("signs", "SELECT " + "- " * 3000 + "1", "three thousand signs"),
    ("lists", "SELECT " + "[" * 800 + "1" + "]" * 800, "eight hundred lists"),
    ("terms", "SELECT " + " + ".join(["1"] * 9000), "nine thousand terms"),
    ("conditions", "SELECT 1 WHERE " + " AND ".join(["1 = 1"] * 5000), "five thousand conditions"),
    ("branches", "SELECT 1" + " UNION ALL SELECT 1" * 2000, "two thousand branches"),
    ("tables", "SELECT * FROM " + ", ".join(f"users u{i}" for i in range(150)), "a hundred and fifty tables"),
    ("columns", "SELECT " + ", ".join(f"{i} AS c{i}" for i in range(3500)), "three and a half thousand columns"),
    ("bytes", "SELECT '" + "x" * 60_000 + "'", "sixty thousand bytes"),
    ("letters", "SELECT '" + "字" * 20_000 + "'", "sixty thousand bytes in twenty thousand letters"),
    ("comments", "SELECT 1 " + "/*" * 2000 + "*/" * 2000, "two thousand nested comments"),
    ("squares", f"WITH c0 AS (SELECT 1 AS x UNION ALL SELECT 2), {_CHAIN} SELECT count(*) FROM c39", "CTEs that square each other"),
    ("cases", "SELECT " + "CASE WHEN true THEN " * 300 + "1" + " END" * 300, "three hundred CASEs"),
    ("digits", "SELECT " + "9" * 5000, "number of five thousand digits"),
)


@dataclass(frozen=True)
class Sample:
    """A statement and what must come of it.

    `reject`: the gate refuses. `bounded`: the gate refuses, or it runs inside the limits and shows nothing hidden; with `same`, its
    rows are those of the reference file. `accept`: it runs, and its rows are those of the reference file, in order if `ordered`.
    """

    id: str
    category: str
    must: Must
    sql: str
    same: bool = False
    ordered: bool = False

    def __str__(self) -> str:
        return self.id


@cache
def hostile() -> tuple[Sample, ...]:
    """What somebody writes who wants more than his rights."""
    huge = tuple(Sample(f"h-huge-{name}", "huge", "bounded", sql) for name, sql, _ in _HUGE)
    return (*(_sample(each) for each in _lines("samples") if each["kind"] == "sql_hostile"), *map(_sample, _lines("hostile")), *huge)


@cache
def legit() -> tuple[Sample, ...]:
    """What an analyst of the shop writes."""
    return (*(_sample(each) for each in _lines("samples") if each["kind"] == "sql_legit"), *map(_sample, _lines("legit")))


@cache
def policy() -> dict[str, Any]:
    """The rights of the role of the corpus."""
    rights: dict[str, Any] = next(each["policy"] for each in _lines("samples") if each["kind"] == "context")
    return rights


def _lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (_FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").split("\n"):
        if line:
            yield json.loads(line)


def _sample(line: dict[str, Any]) -> Sample:
    return Sample(line["id"], line["category"], line.get("must", "accept"), line["sql"], line.get("same", False), line.get("ordered", False))

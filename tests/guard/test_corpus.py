"""Hostile statements show nothing and legitimate ones get their rows."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from semantic_layer.errors import GuardError
from tests.guard import database
from tests.guard.conftest import LIMITS, House, comparable
from tests.guard.corpus import Sample, hostile, legit

SLACK = 10.0


def only(*musts: str) -> list[Sample]:
    return [each for each in hostile() if each.must in musts]


@pytest.mark.parametrize("sample", only("reject"), ids=str)
def test_what_must_be_refused_is_refused_in_words_that_name_nothing_hidden(house: House, sample: Sample) -> None:
    with pytest.raises(GuardError) as caught:
        house.gate.admit(sample.sql)
    assert caught.value.en and caught.value.zh
    assert house.leaks(sample.sql, caught.value.en, caught.value.zh) == []


@pytest.mark.parametrize("sample", only("bounded"), ids=str)
def test_what_may_run_stays_inside_the_limits_and_shows_nothing_hidden(house: House, sample: Sample) -> None:
    begun = time.monotonic()
    seen, result = house.outcome(sample.sql)
    assert time.monotonic() - begun < LIMITS.seconds + SLACK
    assert house.leaks(sample.sql, *seen) == []
    if sample.same and result is not None:
        assert sorted(comparable(result)) == sorted(house.expected(sample.sql) or [])


@pytest.mark.parametrize("sample", legit(), ids=str)
def test_what_an_analyst_writes_gives_the_rows_of_the_reference(house: House, sample: Sample) -> None:
    result = house.engine.run(house.gate.admit(sample.sql).sql, LIMITS)
    rows, expected = comparable(result), house.expected(sample.sql)
    assert expected is not None and not result.truncated
    assert sorted(rows) == sorted(expected)
    if sample.ordered:
        assert rows == expected


def test_the_engine_answers_after_the_whole_corpus(house: House) -> None:
    assert house.engine.run("SELECT 1 AS one", LIMITS).rows == [(1,)]


def test_every_statement_is_there_once() -> None:
    samples = (*hostile(), *legit())
    for value, times in Counter([each.id for each in samples] + [each.sql for each in samples]).items():
        assert times == 1, value


def test_without_the_gate_the_same_statements_show_what_is_hidden(tmp_path: Path) -> None:
    """Otherwise the tests above could not fail."""
    path = database.build(tmp_path / "app.duckdb")
    samples = [each for each in hostile() if each.category in ("denied_table", "denied_column", "cte_shadow", "whole_row", "row_filter")]
    with duckdb.connect(str(path), read_only=True) as connection:
        shown = [each for each in samples if database.leaks(_cells(connection, each.sql), each.sql, path)]
    assert len(shown) > len(samples) / 2


def test_the_reference_shows_nothing(tmp_path: Path) -> None:
    path = database.reference(tmp_path / "reference.duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        cells = [cell for name in tables for cell in (name, *_cells(connection, f"FROM {name}"))]
    assert len(tables) == 5 and len(cells) > 20_000
    assert database.leaks(cells, "", path) == []


def _cells(connection: duckdb.DuckDBPyConnection, sql: str) -> list[object]:
    try:
        rows = connection.execute(sql).fetchall()
    except duckdb.Error as error:
        return [error]
    return [*(column[0] for column in connection.description or ()), *(cell for row in rows for cell in row)]

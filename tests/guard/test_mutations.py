"""The corpus in thousands of other dresses; `WENSHU_MUTATIONS` says in how many."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator
from itertools import islice

import pytest

from semantic_layer.errors import GuardError
from tests.guard.conftest import LIMITS, House, comparable
from tests.guard.corpus import hostile, legit
from tests.guard.mutations import Mutation, mutations, tokens

N = int(os.environ.get("WENSHU_MUTATIONS", "4000"))
SEED = 20
# Each accepted one runs when there are many mutations; in an everyday run, these many of each kind.
RUNS, BOMBS = (1_200, 10) if N <= 10_000 else (N, 100)
SHORT = dataclasses.replace(LIMITS, seconds=1.0)

Accepted = tuple[Mutation, str]


@pytest.fixture(scope="module")
def accepted(house: House) -> list[Accepted]:
    """What the gate lets through and what it makes of it, each statement once; anything but a GuardError is an error."""
    seen: dict[tuple[str, str], Accepted] = {}
    for each in mutations(SEED, N):
        try:
            admitted = house.gate.admit(each.sql)
        except GuardError as error:
            assert error.en and error.zh
            continue
        seen.setdefault((each.kind, admitted.sql), (each, admitted.sql))
    return list(seen.values())


def test_no_mutation_shows_what_is_hidden(house: House, accepted: list[Accepted]) -> None:
    must = {each.id: each.must for each in hostile()}
    bombs = {each.id for each in hostile() if each.category in ("dos", "huge")}
    mine = [each for each in accepted if each[0].kind == "hostile"]
    mine.sort(key=lambda each: all(must.get(part) != "reject" for part in each[0].id.split()))
    slow = [each for each in mine if bombs & set(each[0].id.split())]
    quick = [each for each in mine if not bombs & set(each[0].id.split())]
    assert len(quick) > N / 100
    assert list(_leaks(house, (*quick[:RUNS], *slow[:BOMBS]))) == []


def test_words_of_refusals_name_nothing_hidden(house: House) -> None:
    for each in islice(mutations(SEED + 1, N), N // 4):
        try:
            house.gate.admit(each.sql)
        except GuardError as error:
            assert house.leaks(each.sql, error.en, error.zh) == [], each


def test_another_dress_changes_no_rows(house: House, accepted: list[Accepted]) -> None:
    statements = {each.id: each.sql for each in legit()}
    mine = [each for each in accepted if each[0].kind == "legit"]
    assert len(mine) > N / 20
    for each, sql in mine[: RUNS // 2]:
        expected = house.expected(statements[each.id])
        assert expected is not None
        assert sorted(comparable(house.engine.run(sql, SHORT))) == sorted(expected), each


def test_another_dress_is_no_reason_to_refuse(house: House) -> None:
    statements = {each.id: each.sql for each in legit()}
    for each in islice(mutations(SEED + 2, N), N // 4):
        if each.kind == "legit" and _admitted(house, statements[each.id]):
            assert _admitted(house, each.sql), each


def test_mutations_are_the_same_each_time_and_seldom_the_corpus() -> None:
    first = list(mutations(SEED, 500))
    assert first == list(mutations(SEED, 500)) != list(mutations(SEED + 1, 500))
    corpus = {each.sql for each in (*hostile(), *legit())}
    assert {each.kind for each in first} == {"hostile", "legit"}
    assert sum(each.sql not in corpus for each in first) > 450


def test_the_pieces_of_a_statement_are_the_statement() -> None:
    for each in (*hostile(), *legit()):
        if len(each.sql) < 2_000:
            assert "".join(piece.text for piece in tokens(each.sql)) == each.sql


def _admitted(house: House, sql: str) -> bool:
    try:
        house.gate.admit(sql)
    except GuardError:
        return False
    return True


def _leaks(house: House, chosen: Iterable[Accepted]) -> Iterator[tuple[str, str, list[str]]]:
    for each, sql in chosen:
        seen, _ = house.outcome(each.sql, sql, SHORT)
        if shown := house.leaks(each.sql, *seen):
            yield each.id, each.sql, shown[:3]

"""Pins of a board move on with the days where their period was said in words, whatever analysis they are run with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant
from assistant.pages.board import Tile, lasting, tile
from assistant.store import Pin, open_store
from semantic_layer.shops import open_shop
from tests.conftest import write_shop
from tests.subscriptions.conftest import CATALOG, ROWS, TODAY

Look = Callable[[str, int], Tile]


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Look]:
    """Asks something, pins it, and looks at the tile so many days later."""
    folder = write_shop(tmp_path / "small", CATALOG, ROWS)
    (folder / "wenshu.yaml").write_text("name: small\ndatabase: small.duckdb\n", encoding="utf-8")
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    opened = {days: Assistant(open_shop(str(folder), TODAY - dt.timedelta(days=days))) for days in (0, 7)}

    def looked(question: str, days: int) -> Tile:
        then = opened[days]
        answer = then.ask(question)
        assert answer.status == "answered", answer.text
        board = store.boards.start("small", "", "board")
        pin = Pin(question, answer.lang, answer.query or {}, answer.analysis)
        store.boards.pin(board, "", lasting(then, pin, None))
        return tile(opened[0], store.boards, store.boards.pins(board)[0], None)

    yield looked
    store.close()


def period(found: Tile) -> tuple[dt.date | None, dt.date | None]:
    assert found.answer and found.answer.status == "answered" and found.answer.period and not found.note
    return found.answer.period.start, found.answer.period.end


@pytest.mark.parametrize(
    ("question", "begins", "ends"),
    [
        ("上周的销售额", dt.date(2024, 6, 10), dt.date(2024, 6, 17)),
        ("sales by city yesterday", dt.date(2024, 6, 17), dt.date(2024, 6, 18)),
        ("why did sales change last week", dt.date(2024, 6, 10), dt.date(2024, 6, 17)),
        ("最近30天销售额有没有异常", dt.date(2024, 5, 19), dt.date(2024, 6, 18)),
    ],
)
def test_what_was_said_in_words_moves_on(look: Look, question: str, begins: dt.date, ends: dt.date) -> None:
    assert period(look(question, 0)) == period(look(question, 7)) == (begins, ends)


def test_named_days_stay(look: Look) -> None:
    assert period(look("2024年5月的销售额", 7)) == (dt.date(2024, 5, 1), dt.date(2024, 6, 1))

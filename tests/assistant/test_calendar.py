"""The calendar of the catalog in questions."""

from __future__ import annotations

import datetime as dt

import pytest

from assistant.ask import Assistant
from tests.compiler.small import orders_catalog, orders_table
from tests.conftest import MakeShop

WEDNESDAY = dt.date(2017, 2, 8)


@pytest.mark.parametrize(("start", "first"), [("monday", dt.date(2017, 1, 30)), ("sunday", dt.date(2017, 1, 29)), ("saturday", dt.date(2017, 1, 28))])
@pytest.mark.parametrize("question", ["revenue last week", "上周revenue"])
def test_a_week_begins_as_the_calendar_says(make_shop: MakeShop, start: str, first: dt.date, question: str) -> None:
    shop = make_shop(orders_catalog(calendar={"week_start": start}), orders_table(), today=WEDNESDAY)
    period = Assistant(shop).ask(question).period
    assert period is not None
    assert (period.start, period.end) == (first, first + dt.timedelta(days=7))

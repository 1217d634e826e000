"""What every page stands in, and the page on the health of the data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.ask import Assistant
from semantic_layer.shops import open_shop
from tests.sources.conftest import MakeSources, make  # noqa: F401
from tests.sources.test_effects import CATALOG, SOURCES, TILL
from tests.ui.conftest import Opened
from tests.ui.looking import plain, texts

NAMES = re.findall(r'^    Page\("(\w+)"', (Path(__file__).parents[2] / "ui" / "frame.py").read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_page_speaks_both_languages(page: Opened, name: str) -> None:
    test = page(first=name)
    shown = [h.value for h in test.header]
    test.segmented_control(key="language").set_value("en").run()
    assert not test.exception
    assert test.sidebar.subheader[0].value == "Wenshu"
    assert [h.value for h in test.header] != shown or name == "chat"


def test_a_shop_without_sources_says_so(page: Opened) -> None:
    assert any("没有 sources.yaml" in t for t in texts(page(first="health")))


@pytest.fixture
def sourced(make: MakeSources) -> Assistant:  # noqa: F811
    """A shop whose sources have rows with mistakes; only Ann sees all of it."""
    made = make(SOURCES, till__a_csv=TILL, crm_csv="customer,person\nA,P1\nB,P2\n")
    made.refresh()
    rights = "rights: [{role: all, allowed_tables: ['*']}, {role: till, allowed_tables: [orders], denied_columns: {orders: [pieces]}}]\nusers: {ann: all, bob: till}\n"
    made.write("wenshu.yaml", f"name: small\ndatabase: shop.duckdb\ntoday: 2024-06-01\n{rights}")
    made.write("catalog/catalog.yaml", CATALOG)
    return Assistant(open_shop(str(made.folder)))


def test_the_worst_problem_stands_first_with_its_effect(page: Opened, sourced: Assistant) -> None:
    test = page(first="health", of=sourced, user="ann")
    levels = [m.value for m in test.markdown if "badge" in m.value]
    assert "错误" in levels[0] and "错误" not in levels[-1]
    assert any("200000" in t for t in texts(test)), "an example"
    assert any("销售额" in t for t in texts(test)), "an effect"
    assert test.dataframe[0].value["来源"].tolist() == ["crm", "till"]


def test_examples_are_for_those_who_see_everything(page: Opened, sourced: Assistant) -> None:
    test = page(first="health", of=sourced, user="bob")
    assert not any("200000" in t for t in texts(test)) and len(test.dataframe[0].value) == 1
    assert "customers" not in " ".join(plain(c.value) for c in test.caption)

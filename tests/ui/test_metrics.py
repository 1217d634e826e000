"""The dictionary of metrics: found by any of their names, explained in words, and a way to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.answer.formula import formula
from assistant.answer.say import Speaker
from assistant.ask import Assistant
from assistant.pages.dictionary import entry, headings
from assistant.store import Pin
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import CatalogSpec
from semantic_layer.shops import Shop, open_shop
from tests.sources.conftest import MakeSources, make  # noqa: F401
from tests.sources.test_effects import CATALOG, SOURCES, TILL
from tests.ui.conftest import Opened
from tests.ui.looking import click, keys, plain, texts

if TYPE_CHECKING:
    from assistant.store.store import Store

FIELDS = {"id": {"label": {"zh": "单号", "en": "number"}}, "price": {"label": {"zh": "价", "en": "price"}}, "n": {"label": {"zh": "件", "en": "pieces"}}, "state": {"label": {"zh": "状态", "en": "state"}}}


@pytest.mark.parametrize(
    ("expression", "zh", "en"),
    [
        ("SUM(o.price * o.n)", "(价 × 件)合计", "sum of (price × pieces)"),
        ("COUNT(DISTINCT o.id)", "单号去重计数", "number of distinct number"),
        ("COUNT(o.id)", "订单计数", "number of orders"),
        ("total / NULLIF(AVG(o.n), 0) - MAX(o.n)", "总额 ÷ 件平均值 − 件最大值", "total ÷ average of pieces − largest pieces"),
        ("MEDIAN(o.price)", "MEDIAN(价)", "MEDIAN(price)"),
    ],
)
def test_formulas_are_said_in_words(expression: str, zh: str, en: str) -> None:
    datasets = {"o": {"label": {"zh": "订单", "en": "orders"}, "fields": FIELDS}}
    where = [{"field": "o.state", "op": "=", "value": "paid"}]
    metrics = {"total": {"expression": "SUM(o.price)", "label": {"zh": "总额", "en": "total"}}, "m": {"expression": expression, "filter": where}}
    catalog = Catalog(CatalogSpec.model_validate({"datasets": datasets, "metrics": metrics}))
    assert formula("m", Speaker(catalog, "zh")) == f"{zh}，只计：状态 = paid"
    assert formula("m", Speaker(catalog, "en")) == f"{en}, where state = paid"


def test_every_metric_of_a_shop_is_explained(shop: Shop) -> None:
    found = headings(shop, "zh")
    assert [h.name for h in found] == list(shop.catalog.spec.metrics)
    for heading in found:
        for lang in ("zh", "en"):
            about = entry(shop, heading.name, lang)
            assert about.formula and about.questions and about.origins, heading.name
            assert all(q.query for q in about.questions)


def test_a_search_finds_by_any_name_and_the_label_first(shop: Shop) -> None:
    assert headings(shop, "en", search="sales")[0].name == "sales"
    synonym = shop.catalog.metric("sales").synonyms.zh[0]
    assert "sales" in [h.name for h in headings(shop, "en", search=synonym.upper())]
    assert headings(shop, "en", search="nothing like that") == []


def test_a_metric_shows_lineage_boards_and_questions(page: Opened, store: Store, make: MakeSources) -> None:  # noqa: F811
    made = make(SOURCES, till__a_csv=TILL, crm_csv="customer,person\nA,P1\nB,P2\n")
    made.refresh()
    made.write("catalog/all.yaml", CATALOG)
    assistant = Assistant(open_shop(str(made.folder)))
    board = store.boards.start("small", "", "早会")
    store.boards.pin(board, "", Pin("x", "zh", {"metrics": [{"metric": "units"}]}))
    test = page(first="metrics", of=assistant, m="units")
    assert [plain(s.value) for s in test.main.subheader] == ["件数"]
    assert any("（表 orders）：pieces" in t for t in texts(test)) and any("till" in plain(c.value) for c in test.caption)
    assert keys(test, "to-board") == [f"to-board-{board}"]
    click(test, "metric-sales")
    assert [plain(s.value) for s in test.main.subheader] == ["销售额"] and keys(test, "to-board") == []
    test.text_input(key="metric-search").set_value("人").run()
    assert [plain(s.value) for s in test.main.subheader] == ["人数"]


def test_what_a_role_may_not_see_is_not_in_its_dictionary(page: Opened, make: MakeSources) -> None:  # noqa: F811
    made = make(SOURCES, till__a_csv=TILL, crm_csv="customer,person\nA,P1\nB,P2\n")
    made.refresh()
    made.write("catalog/all.yaml", CATALOG)
    rights = "rights: [{role: few, allowed_tables: [orders], denied_columns: {orders: [pieces]}}]\nusers: {bob: few}\n"
    made.write("wenshu.yaml", f"name: small\ndatabase: shop.duckdb\ntoday: 2024-06-01\n{rights}")
    test = page(first="metrics", of=Assistant(open_shop(str(made.folder))), user="bob", m="units")
    assert "metric-sales" in keys(test, "metric-") and "metric-units" not in keys(test, "metric-")
    assert [plain(s.value) for s in test.main.subheader] == ["销售额"]

"""Queries asked directly, and what they can be changed to: the same answers and the same rights as by way of words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.ask import Assistant
from assistant.conversation import Chip
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop, open_shop
from tests.conftest import write_shop

MAY = {"start": "2017-05-01", "end": "2017-06-01"}
QUERIES: list[dict[str, Any]] = [
    {"metrics": ["sales"], "time": MAY},
    {"metrics": ["sales", "units"], "group_by": ["products.department"], "time": MAY, "share": {"of": ["units"]}},
    {"metrics": ["sales"], "group_by": ["products.department"], "time": MAY, "compare": {}, "order_by": [{"by": "sales", "side": "growth"}], "limit": 5},
    {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "month"}, "products.brand"], "order_by": [{"by": "sales"}], "limit": 2, "limit_per": ["month"]},
    {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "month"}], "running": {}},
    {"metrics": ["baskets"], "group_by": ["household"], "having": [{"by": "baskets", "op": ">", "value": 200}]},
    {"metrics": ["sales"], "where": [{"segment": "fuel", "negated": True}, {"field": "products.brand", "value": "National"}]},
    {"metrics": [{"agg": "avg", "field": "transactions.sales_value"}], "group_by": ["products.brand"]},
    {"records": {"dataset": "campaign_descriptions", "fields": ["campaign_descriptions.campaign_id"]}, "limit": 5},
]


@pytest.fixture(scope="module")
def assistant(shop: Shop) -> Assistant:
    return Assistant(shop)


def chip(found: tuple[Chip, ...], kind: str) -> Chip:
    return next(c for c in found if c.kind == kind)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_every_change_offered_is_answered(assistant: Assistant, query: Mapping[str, Any], lang: str) -> None:
    asked = SemanticQuery.model_validate(query)
    offered = [edit for each in assistant.chips(asked, lang) for edit in (each.without, *(o.query for o in each.others)) if edit is not None]
    assert offered
    for edit in offered[:: max(1, len(offered) // 12)]:
        assert edit != asked
        answer = assistant.answer(edit, lang)
        assert answer.status == "answered" or "没有数据" in answer.text or "no data" in answer.text, answer.text


def test_a_query_gives_what_its_question_gives(assistant: Assistant) -> None:
    asked = assistant.ask("11月卖得最好的5个品类")
    again = assistant.answer(SemanticQuery.model_validate(asked.query), "zh", question="again")
    assert (again.rows, again.sql, again.text, again.definitions) == (asked.rows, asked.sql, asked.text, asked.definitions)
    assert again.question == "again" and again.lang == "zh"


def test_a_period_without_data_is_refused_as_in_words(assistant: Assistant) -> None:
    answer = assistant.answer(SemanticQuery.model_validate({"metrics": ["sales"], "time": {"start": "2025-01-01", "end": "2025-02-01"}}), "en")
    assert answer.status == "refused" and "no data" in answer.text and answer.nearest


def test_a_query_that_the_shop_does_not_know_is_refused_and_has_no_chips(assistant: Assistant) -> None:
    unknown = SemanticQuery.model_validate({"metrics": ["nothing"]})
    assert assistant.answer(unknown, "zh").status == "refused"
    assert assistant.chips(unknown, "zh") == ()


def test_what_hangs_on_a_part_goes_with_it(assistant: Assistant) -> None:
    ranked = SemanticQuery.model_validate(QUERIES[2])
    without = chip(assistant.chips(ranked, "en"), "compare").without
    assert without == SemanticQuery.model_validate({"metrics": ["sales"], "group_by": ["products.department"], "time": MAY})
    total = chip(assistant.chips(ranked, "en"), "group").without
    assert total == SemanticQuery.model_validate({"metrics": ["sales"], "time": MAY, "compare": {}})


def test_another_metric_takes_order_and_threshold_with_it(assistant: Assistant) -> None:
    ranked = SemanticQuery.model_validate(QUERIES[5])
    other = next(o for o in chip(assistant.chips(ranked, "en"), "metric").others if o.text == "units")
    assert other.query == SemanticQuery.model_validate({"metrics": ["units"], "group_by": ["household"], "having": [{"by": "units", "op": ">", "value": 200}]})


def test_a_filter_can_be_turned_round(assistant: Assistant) -> None:
    filtered = SemanticQuery.model_validate({"metrics": ["sales"], "where": [{"field": "products.brand", "value": "National"}]})
    (turned,) = chip(assistant.chips(filtered, "en"), "filter").others
    whole = assistant.answer(SemanticQuery.model_validate({"metrics": ["sales"]}), "en").rows[0][0]
    parts = [assistant.answer(q, "en").rows[0][0] for q in (filtered, turned.query)]
    assert sum(parts) == pytest.approx(whole)


@pytest.mark.parametrize("query", QUERIES[:8], ids=range(8))
def test_what_is_suggested_is_answered(assistant: Assistant, query: Mapping[str, Any]) -> None:
    answer = assistant.answer(SemanticQuery.model_validate(query), "en")
    assert answer.next and len({c.text for c in answer.next}) == len(answer.next)
    for choice in answer.next:
        assert assistant.answer(SemanticQuery.model_validate(choice.query), "en").status == "answered", choice.text


@pytest.fixture
def guarded(tmp_path: Path) -> Assistant:
    """A shop where the clerk sees neither what things cost nor the buyers."""
    fields = {"day": {"kind": "time", "type": "date"}, "amount": {"kind": "measure", "type": "number"},
              "cost": {"kind": "measure", "type": "number"}, "buyer": {}, "channel": {}}  # fmt: skip
    catalog = {
        "datasets": {"orders": {"time": "day", "fields": fields}},
        "metrics": {"sales": {"expression": "SUM(orders.amount)", "default": True}, "costs": {"expression": "SUM(orders.cost)"}},
    }
    rows = "CREATE TABLE orders AS SELECT DATE '2024-05-01' + i::INT AS day, i AS amount, i AS cost, 'b' || i % 3 AS buyer, 'c' || i % 2 AS channel FROM range(31) t(i)"
    folder = write_shop(tmp_path / "guarded", catalog, rows)
    clerk = {"role": "clerk", "allowed_tables": ["orders"], "denied_columns": {"orders": ["cost", "buyer"]}, "row_filters": {"orders": "channel = 'c0'"}}
    whole = {"role": "owner", "allowed_tables": ["*"]}
    settings = {"name": "small", "database": "small.duckdb", "rights": [whole, clerk], "users": {"ann": "owner", "bob": "clerk"}}
    (folder / "wenshu.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return Assistant(open_shop(str(folder), dt.date(2024, 6, 1)))


def test_rights_hold_for_queries_chips_suggestions_and_examples(guarded: Assistant) -> None:
    sales, costs = (SemanticQuery.model_validate({"metrics": [m], "time": {"start": "2024-05-01", "end": "2024-06-01"}}) for m in ("sales", "costs"))
    assert guarded.answer(sales, "en", user="ann").rows == [[465]] and guarded.answer(sales, "en", user="bob").rows == [[240]]
    assert guarded.answer(costs, "en", user="ann").status == "answered" and guarded.answer(costs, "en", user="bob").status == "refused"
    seen = {user: str((guarded.chips(sales, "en", user), guarded.answer(sales, "en", user=user).next, guarded.examples("en", user))) for user in ("ann", "bob")}
    assert "cost" in seen["ann"] and "buyer" in seen["ann"]
    assert "cost" not in seen["bob"] and "buyer" not in seen["bob"] and "channel" in seen["bob"]
    assert guarded.chips(costs, "en", "bob") == ()
    guarded.shop.close()

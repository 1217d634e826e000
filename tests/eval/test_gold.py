"""Gold tables, and the agreement of the two kinds of gold."""

from __future__ import annotations

import pytest

from eval.gold import disagreements, gold_tables
from eval.table import Table
from semantic_layer.errors import EngineError, QueryError, UsageError
from semantic_layer.query import SemanticQuery
from tests.eval.conftest import MakeCase

SALES = {"metrics": ["sales"]}


def run_sql(sql: str) -> Table:
    tables = {
        "one": Table(["sales"], [(1.5,)]),
        "two": Table(["sales"], [(2.5,)]),
        "nan": Table(["sales"], [(float("nan"),)]),
    }
    if sql not in tables:
        raise EngineError("The statement failed.", "语句出错。")
    return tables[sql]


def run_query(query: SemanticQuery) -> Table:
    if query.metrics[0].name == "saless":
        raise QueryError("There is no metric saless.")
    return Table(["sales", "baskets"], [(1.5, 9)])


def test_sql_comes_before_the_query_and_refusals_need_no_gold(make_case: MakeCase) -> None:
    cases = [
        make_case(id="sql", gold_sql="two", gold_query=SALES),
        make_case(id="query", gold_query=SALES),
        make_case(id="none", expect="refuse"),
    ]
    tables = gold_tables(cases, run_sql, run_query)
    assert {id: table.rows for id, table in tables.items()} == {"sql": [(2.5,)], "query": [(1.5, 9)]}


@pytest.mark.parametrize("gold", [{"gold_sql": "broken"}, {"gold_sql": "nan"}, {"gold_sql": "one", "must": ["units"]}])
def test_gold_that_cannot_be_graded_by_names_its_case(make_case: MakeCase, gold: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="q5"):
        gold_tables([make_case(id="q5", **gold)], run_sql, run_query)


def test_disagreements_name_the_cases_whose_query_and_sql_differ(make_case: MakeCase) -> None:
    cases = [
        make_case(id="agrees", gold_sql="one", gold_query=SALES),
        make_case(id="differs", gold_sql="two", gold_query=SALES),
        make_case(id="fails", gold_sql="one", gold_query={"metrics": ["saless"]}),
        make_case(id="sql only", gold_sql="two"),
        make_case(id="query only", gold_query=SALES),
    ]
    found = disagreements(cases, run_sql, run_query)
    assert [item.id for item in found] == ["differs", "fails"]
    assert "sales" in found[0].reason and "saless" in found[1].reason

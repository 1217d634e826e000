"""Drafts of two real databases without declared keys: what is found, and that it answers as hand-written SQL does."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import ShopError
from semantic_layer.query import TIME
from semantic_layer.shops.drafting import draft_shop
from semantic_layer.shops.shop import PACKAGED
from tests.catalog.draft.conftest import Drafted

WHOLESALE_KEYS = {
    "customer": ("c_custkey",),
    "lineitem": ("l_orderkey", "l_linenumber"),
    "nation": ("n_nationkey",),
    "orders": ("o_orderkey",),
    "part": ("p_partkey",),
    "partsupp": ("ps_partkey", "ps_suppkey"),
    "region": ("r_regionkey",),
    "supplier": ("s_suppkey",),
}
WHOLESALE_REFERENCES = {
    ("orders.o_custkey", "customer.c_custkey"),
    ("lineitem.l_orderkey", "orders.o_orderkey"),
    ("lineitem.l_partkey", "part.p_partkey"),
    ("lineitem.l_suppkey", "supplier.s_suppkey"),
    ("lineitem.l_partkey, lineitem.l_suppkey", "partsupp.ps_partkey, partsupp.ps_suppkey"),
    ("partsupp.ps_partkey", "part.p_partkey"),
    ("partsupp.ps_suppkey", "supplier.s_suppkey"),
    ("customer.c_nationkey", "nation.n_nationkey"),
    ("supplier.s_nationkey", "nation.n_nationkey"),
    ("nation.n_regionkey", "region.r_regionkey"),
}
FLIGHTS_KEYS = {"airlines": ("carrier",), "airports": ("faa",), "planes": ("tailnum",), "weather": ("origin", "time_hour")}
FLIGHTS_REFERENCES = {
    ("flights.carrier", "airlines.carrier"),
    ("flights.tailnum", "planes.tailnum"),
    ("flights.origin", "airports.faa"),
    ("flights.dest", "airports.faa"),
    ("flights.origin, flights.time_hour", "weather.origin, weather.time_hour"),
    ("weather.origin", "airports.faa"),
}


def test_keys_and_references_of_wholesale(wholesale: Drafted) -> None:
    datasets = wholesale.catalog.spec.datasets
    assert {name: datasets[name].primary_key for name in WHOLESALE_KEYS} == WHOLESALE_KEYS
    assert wholesale.relationships() == WHOLESALE_REFERENCES


def test_keys_and_references_of_flights(flights: Drafted) -> None:
    datasets = flights.catalog.spec.datasets
    assert {name: datasets[name].primary_key for name in FLIGHTS_KEYS} == FLIGHTS_KEYS
    assert flights.relationships() == FLIGHTS_REFERENCES


def test_the_drafts_have_no_problems(wholesale: Drafted, flights: Drafted) -> None:
    assert wholesale.problems() == []
    assert flights.problems() == []


def test_a_nation_that_two_tables_point_to_is_two_dimensions_and_a_word_for_both(wholesale: Drafted) -> None:
    spec = wholesale.catalog.spec
    labels = {name: spec.datasets[name].fields["n_name"].label.en for name in ("customer_nation", "supplier_nation")}
    assert labels == {"customer_nation": "customer nation", "supplier_nation": "supplier nation"}
    assert {"customer_nation.n_name", "supplier_nation.n_name"} <= set(spec.terms["nation"].means)
    by_customer = wholesale.ask({"metrics": [{"metric": "revenue"}], "group_by": [{"field": "customer_nation.n_name"}]})
    by_supplier = wholesale.ask({"metrics": [{"metric": "revenue"}], "group_by": [{"field": "supplier_nation.n_name"}]})
    sql = """SELECT n_name, SUM(l_extendedprice * (1 - l_discount)) FROM lineitem JOIN orders ON o_orderkey = l_orderkey
        JOIN customer ON c_custkey = o_custkey JOIN supplier ON s_suppkey = l_suppkey
        JOIN nation ON n_nationkey = {} GROUP BY 1"""
    assert _rounded(by_customer) == _rounded(wholesale.sql(sql.format("c_nationkey")))
    assert _rounded(by_supplier) == _rounded(wholesale.sql(sql.format("s_nationkey")))


def _rounded(rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    return {tuple(round(float(v), 3) if isinstance(v, (int, float)) or hasattr(v, "quantize") else v for v in row) for row in rows}


@pytest.mark.parametrize(
    ("query", "sql"),
    [
        ({"metrics": [{"metric": "orders"}], "time": {"start": "1996-01-01", "end": "1997-01-01"}}, "SELECT COUNT(*) FROM orders WHERE year(o_orderdate) = 1996"),
        (
            {"metrics": [{"metric": "quantity"}], "group_by": [{"field": TIME, "grain": "year"}]},
            "SELECT date_trunc('year', o_orderdate)::DATE, SUM(l_quantity) FROM lineitem JOIN orders ON o_orderkey = l_orderkey GROUP BY 1",
        ),
        ({"metrics": [{"metric": "customers"}], "group_by": [{"field": "customer_region.r_name"}]}, "SELECT r_name, COUNT(*) FROM customer JOIN nation ON n_nationkey = c_nationkey JOIN region ON r_regionkey = n_regionkey GROUP BY 1"),
        ({"metrics": [{"metric": "suppliers"}], "group_by": [{"field": "supplier_nation.n_name"}]}, "SELECT n_name, COUNT(*) FROM supplier JOIN nation ON n_nationkey = s_nationkey GROUP BY 1"),
        ({"metrics": [{"metric": "average_discount"}], "group_by": [{"field": "part.p_brand"}]}, "SELECT p_brand, AVG(l_discount) FROM lineitem JOIN part ON p_partkey = l_partkey GROUP BY 1"),
        ({"metrics": [{"metric": "customers_with_orders"}]}, "SELECT COUNT(DISTINCT o_custkey) FROM orders"),
        ({"metrics": [{"metric": "return_rate"}]}, "SELECT AVG((l_returnflag = 'R')::INT) FROM lineitem"),
    ],
)
def test_wholesale_answers_as_sql_does(wholesale: Drafted, query: dict[str, Any], sql: str) -> None:
    assert _rounded(wholesale.ask(query)) == _rounded(wholesale.sql(sql))


@pytest.mark.parametrize(
    ("query", "sql"),
    [
        ({"metrics": [{"metric": "flights"}], "group_by": [{"field": "airlines.name"}]}, "SELECT name, COUNT(*) FROM flights JOIN airlines USING (carrier) GROUP BY 1"),
        ({"metrics": [{"metric": "flights"}], "group_by": [{"field": "destination_airport"}]}, "SELECT dest, COUNT(*) FROM flights GROUP BY 1"),
        ({"metrics": [{"metric": "flights"}], "group_by": [{"field": "origin_airports.name"}]}, "SELECT name, COUNT(*) FROM flights JOIN airports ON faa = origin GROUP BY 1"),
        ({"metrics": [{"metric": "airports"}]}, "SELECT COUNT(*) FROM airports"),
        ({"metrics": [{"metric": "cancelled_flights"}]}, "SELECT COUNT(*) FROM flights WHERE dep_time IS NULL"),
        ({"metrics": [{"metric": "cancellation_rate"}], "group_by": [{"field": "origin_airport"}]}, "SELECT origin, AVG((dep_time IS NULL)::INT) FROM flights GROUP BY 1"),
        ({"metrics": [{"metric": "average_arrival_delay"}], "group_by": [{"field": TIME, "grain": "month"}]}, "SELECT make_date(year, month, 1), AVG(arr_delay) FROM flights GROUP BY 1"),
        ({"metrics": [{"metric": "average_temperature"}], "group_by": [{"field": "origin_airport"}]}, "SELECT origin, AVG(temp) FROM weather GROUP BY 1"),
        ({"metrics": [{"metric": "distance"}], "group_by": [{"field": "planes.manufacturer"}]}, "SELECT manufacturer, SUM(distance) FROM flights LEFT JOIN planes USING (tailnum) GROUP BY 1"),
    ],
)
def test_flights_answer_as_sql_does(flights: Drafted, query: dict[str, Any], sql: str) -> None:
    assert _rounded(flights.ask(query)) == _rounded(flights.sql(sql))


def test_prices_rates_and_keys_are_never_added_up(wholesale: Drafted, flights: Drafted) -> None:
    assert _sums(wholesale) == {
        "lineitem.l_quantity", "lineitem.l_extendedprice", "partsupp.ps_availqty", "orders.o_totalprice", "customer.c_acctbal", "supplier.s_acctbal",
    }  # fmt: skip
    assert _sums(flights) == {"flights.air_time", "flights.distance", "weather.precip", "planes.seats"}


def _sums(drafted: Drafted) -> set[str]:
    return {found.group(1) for m in drafted.catalog.spec.metrics.values() if (found := re.fullmatch(r"SUM\((\w+\.\w+)\)", m.expression))}


def test_the_names_of_people_are_personal(wholesale: Drafted) -> None:
    fields = wholesale.catalog.spec.datasets["customer"].fields
    assert {n for n, f in fields.items() if f.personal} == {"c_name", "c_address", "c_phone", "c_comment"}
    assert wholesale.catalog.spec.entities["customer_id"].people


def test_what_was_guessed_is_marked_and_listed(flights: Drafted) -> None:
    review = (flights.folder / "REVIEW.md").read_text(encoding="utf-8")
    assert "flights.tailnum -> planes.tailnum. 82% of its values stand in planes.tailnum" in review
    lines = (flights.folder / "catalog" / "datasets.yaml").read_text(encoding="utf-8").splitlines()
    assert all("# review: " in line for line in lines if "primary_key:" in line)


def test_data_that_ended_long_ago_say_what_day_it_is(wholesale: Drafted) -> None:
    settings = (wholesale.folder / "wenshu.yaml").read_text(encoding="utf-8")
    assert "today: 1998-08-03  # review: the data end on 1998-08-02" in settings


@pytest.mark.parametrize("name", ["wholesale", "flights"])
def test_the_same_rows_give_the_same_bytes(name: str, wholesale: Drafted, flights: Drafted, tmp_path: Path) -> None:
    known = {"wholesale": wholesale, "flights": flights}[name]
    draft_shop(str(known.database), tmp_path / "shop")
    again = Drafted(tmp_path / "shop", known.database).files()
    assert {k: v for k, v in again.items() if k != "wenshu.yaml"} == {k: v for k, v in known.files().items() if k != "wenshu.yaml"}


def test_the_packaged_flights_are_as_drafted(flights: Drafted) -> None:
    packaged = PACKAGED / "flights" / "catalog"
    drafted = {p.name: p.read_text(encoding="utf-8") for p in (flights.folder / "catalog").iterdir()}
    assert drafted == {p.name: p.read_text(encoding="utf-8") for p in packaged.glob("*.yaml")}


def test_the_packaged_wholesaler_is_as_drafted_but_for_sixty_lines(wholesale: Drafted) -> None:
    packaged = PACKAGED / "wholesale" / "catalog"
    changed = 0
    for path in (wholesale.folder / "catalog").iterdir():
        ours, theirs = (p.read_text(encoding="utf-8").splitlines() for p in (packaged / path.name, path))
        matcher = difflib.SequenceMatcher(None, theirs, ours, autojunk=False)
        changed += sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal")
    assert changed <= 60


def test_a_folder_that_holds_something_is_left_alone(flights: Drafted) -> None:
    before = flights.files()
    with pytest.raises(ShopError, match="not empty"):
        draft_shop(str(flights.database), flights.folder)
    assert flights.files() == before

"""What the rows of a finding do to metrics: numbers that were worked out by hand, and honest words where there are none."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from assistant.channels.cli import app
from semantic_layer.shops.data_health import data_health
from semantic_layer.sources.health import Finding, Health
from semantic_layer.sources.refresh import Options, refresh
from tests.sources.conftest import NOW, MakeSources, SourceShop

SOURCES = """
sources:
  till:
    into: orders
    path: till/*.csv
    fresh_hours: 24
    columns:
      id: {as: id}
      day: {as: date, required: true}
      price: {as: money}
      pieces: {as: integer, invalid: missing}
      amount: {as: money, compute: price * pieces}
      customer: {as: id}
  crm:
    into: customers
    path: crm.csv
    columns:
      customer: {as: id}
      person: {as: id}
tables:
  orders:
    key: id
    rules:
      huge: {bad: amount > 100000}
      cheap: {bad: amount < 1, then: mark, severity: warning}
      negative: {bad: pieces < 0, then: repair, repair: {pieces: abs(pieces)}, severity: warning}
    refers:
      customer: {to: customers.customer, severity: warning}
    lookups:
      person: {column: customer, in: customers.customer, take: person}
  customers: {key: customer}
"""
CATALOG = """
datasets:
  orders:
    label: {zh: 订单, en: orders}
    primary_key: [id]
    time: day
    fields: {id: {}, day: {type: date}, amount: {}, pieces: {}, person: {}}
  customers:
    primary_key: [customer]
    fields: {customer: {}}
metrics:
  sales: {label: {zh: 销售额, en: sales}, expression: SUM(orders.amount), default: true}
  units: {label: {zh: 件数, en: units}, expression: SUM(orders.pieces)}
  orders: {label: {zh: 订单数, en: orders}, expression: COUNT(DISTINCT orders.id)}
  buyers: {label: {zh: 人数, en: buyers}, expression: COUNT(DISTINCT orders.person)}
"""
# In the table: 1 (10, 1 piece), 2 (20, 2), 4 (0.5, 1; marked), 6 (30, 3; repaired, nobody's), 7 (50, unknown pieces): 110.5.
TILL = """id,day,price,pieces,amount,customer
1,2024-05-01,10,1,10,A
2,2024-05-02,10,2,20,B
3,2024-05-03,200000,1,200000,A
4,2024-05-03,0.5,1,0.5,B
1,2024-05-01,10,1,10,A
5,soon,7,1,7,A
6,2024-05-04,10,-3,30,Z
7,2024-05-04,,many,50,A
8
"""


@pytest.fixture
def shop(make: MakeSources) -> SourceShop:
    shop = make(SOURCES, till__a_csv=TILL, crm_csv="customer,person\nA,P1\nB,P2\n")
    shop.write("catalog/all.yaml", CATALOG)
    refresh(shop.place, Options(memory_mb=500), clock=lambda: NOW)
    return shop


def found(shop: SourceShop, now: dt.datetime = NOW) -> Health:
    health = data_health(str(shop.folder), now, effects=True)
    assert health is not None
    return health


def finding(health: Health, rule: str) -> Finding:
    return next(f for f in health.findings if rule in (f.rule, f.kind))


def numbers(f: Finding) -> dict[str, tuple[float | None, float | None]]:
    """By metric: with the rows, and without."""
    assert f.effects is not None
    return {e.metric: (e.included, e.excluded) for e in f.effects.moved}


def unknown(f: Finding) -> set[str]:
    assert f.effects is not None
    return {name for name, _ in f.effects.unknown}


def test_rows_that_were_left_out_are_counted_as_well(shop: SourceShop) -> None:
    huge = finding(found(shop), "rule:huge")
    assert numbers(huge) == {"sales": (200110.5, 110.5), "units": (8, 7), "orders": (6, 5)}
    # Who bought is looked up for the rows of the table only.
    assert unknown(huge) == {"buyers"} and "person" in huge.effects.why.en  # type: ignore[union-attr]
    assert huge.effect is not None
    assert huge.effect.en.startswith("Leaving them out moves sales by -99.9%, orders by -16.7%, units by -12.5%. Not computed for buyers")
    assert huge.effect.zh.startswith("不计这些行使指标变动：销售额 -99.9%、订单数 -16.7%、件数 -12.5%。以下指标无法计算：人数（")


def test_a_value_that_cannot_be_read_is_not_guessed_at(shop: SourceShop) -> None:
    soon = finding(found(shop), "day:date")
    assert numbers(soon) == {"sales": (117.5, 110.5), "units": (8, 7), "orders": (6, 5)}
    no_row = finding(found(shop), "columns")
    assert not numbers(no_row) and unknown(no_row) == {"sales", "units", "orders", "buyers"}
    many = finding(found(shop), "pieces:integer")
    assert not numbers(many) and unknown(many) == {"units"}


def test_marked_and_repaired_rows_are_left_out(shop: SourceShop) -> None:
    health = found(shop)
    assert numbers(finding(health, "cheap")) == {"sales": (110.5, 110), "units": (7, 6), "orders": (5, 4), "buyers": (2, 2)}
    assert numbers(finding(health, "refers:customer"))["sales"] == (110.5, 80.5)
    # A repair changes a value; what does not read it stays as it is.
    assert numbers(finding(health, "rule:negative")) == {"units": (7, 4)}
    assert [e.where for e in finding(health, "rule:negative").examples] == ["id 6"]
    effect = finding(health, "cheap").effect
    assert effect is not None and effect.en.startswith("Excluding them would move sales by -0.5%, ")


def test_what_came_twice_is_counted_twice(shop: SourceShop) -> None:
    assert numbers(finding(found(shop), "duplicates")) == {"sales": (120.5, 110.5), "units": (8, 7), "orders": (5, 5)}


def test_what_moves_most_comes_first_among_what_is_as_grave(shop: SourceShop) -> None:
    warnings = [f for f in found(shop).findings if f.severity == "warning"]
    sizes = [f.effects.size for f in warnings if f.effects]
    assert len(sizes) > 2 and sizes == sorted(sizes, reverse=True)


def test_what_has_not_come_is_not_computed(shop: SourceShop) -> None:
    late = finding(found(shop, NOW + dt.timedelta(days=3)), "late")
    assert unknown(late) == {"sales", "units", "orders", "buyers"} and late.effect is not None
    assert late.effect.en.endswith("what has not come is not known.") and "尚未到达" in late.effect.zh


def test_while_a_refresh_holds_the_rows_the_report_says_so(shop: SourceShop) -> None:
    with duckdb.connect(str(shop.folder / ".wenshu" / "sources" / "ledger.duckdb")):
        health = found(shop)
    assert not numbers(finding(health, "rule:huge")) and "sales" in unknown(finding(health, "rule:huge"))
    # What is told from the tables alone still is.
    assert numbers(finding(health, "refers:customer"))["sales"] == (110.5, 80.5)


def test_without_the_ledger_or_a_catalog_the_report_is_given_all_the_same(shop: SourceShop) -> None:
    (shop.folder / ".wenshu" / "sources" / "ledger.duckdb").unlink()
    huge = finding(found(shop), "rule:huge")
    assert "wenshu refresh --full" in huge.effect.en and "wenshu refresh --full" in huge.effect.zh  # type: ignore[union-attr]
    shop.write("catalog/all.yaml", "datasets: {orders: {fields: {id: {tpe: date}}}}")
    health = found(shop)
    assert finding(health, "rule:huge").effects is None and "wenshu catalog check" in health.note.en


def test_a_report_shows_effects_and_how_it_was_before(shop: SourceShop, tmp_path: Path) -> None:
    shop.write("till/b.csv", TILL.splitlines()[0] + "\n" + "".join(f"{n},2024-05-05,10,1,10,A\n" for n in range(20, 30)))
    refresh(shop.place, Options(memory_mb=500), clock=lambda: NOW + dt.timedelta(days=1))
    huge = finding(found(shop), "rule:huge")
    assert [(p.at, p.count, p.of) for p in huge.trend] == [("2024-06-01 12:00:00", 1, 9), ("2024-06-02 12:00:00", 1, 19)]
    for lang, effect, trend in (
        ("en", "moves sales by", "over the refreshes 11.1% → 5.3%"),
        ("zh", "不计这些行使指标变动：销售额", "历次刷新 11.1% → 5.3%"),
    ):
        page = tmp_path / f"{lang}.html"
        done = CliRunner().invoke(app, ["health", "--shop", str(shop.folder), "--lang", lang, "--html", str(page)])
        assert done.exit_code == 0 and effect in done.stdout and trend in done.stdout
        assert effect in (text := page.read_text(encoding="utf-8")) and "11.1% → 5.3%" in text and "<polyline" in text
    printed = CliRunner().invoke(app, ["health", "--shop", str(shop.folder), "--format", "json"]).stdout
    said = next(f for f in json.loads(printed)["findings"] if f["rule"] == "rule:huge")
    assert said["effects"]["computed"][0]["metric"] == "sales" and said["effects"]["not_computed"][0]["metric"] == "buyers"
    assert [p["count"] for p in said["trend"]] == [1, 1]


def test_a_column_of_which_less_is_known_shows_since_when(shop: SourceShop) -> None:
    shop.write("till/b.csv", TILL.splitlines()[0] + "\n" + "".join(f"{n},2024-05-05,10,1,10,\n" for n in range(20, 25)))
    refresh(shop.place, Options(memory_mb=500), clock=lambda: NOW + dt.timedelta(days=1))
    customer = next(f for f in found(shop).findings if f.kind == "missing" and f.columns == ("customer",))
    assert [(p.count, p.of) for p in customer.trend] == [(0, 9), (5, 10)]

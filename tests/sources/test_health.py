"""The health of a shop's data: what is found, what is said of it, and the answers that rest on it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.ask import Assistant
from assistant.channels.cli import app
from semantic_layer.shops import open_shop
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
      amount: {as: money}
      phone: {as: phone}
      city: {as: text}
      coupon: {as: integer, invalid: missing}
  list:
    into: shops
    path: shops.csv
    columns:
      shop: {as: id}
      people: {as: integer}
tables:
  orders:
    key: id
    label: {zh: 订单, en: Orders}
    rules:
      huge: {bad: amount > 100000, description: {zh: 金额过大, en: more than anyone pays}}
      cheap: {bad: amount < 1, then: mark, severity: warning}
  shops: {key: shop}
"""
CATALOG = """
datasets:
  orders:
    label: {zh: 订单, en: orders}
    primary_key: [id]
    time: day
    fields:
      id: {}
      day: {type: date}
      amount: {}
      city: {label: {zh: 城市, en: city}}
      coupon: {label: {zh: 优惠券, en: coupon}}
  shops:
    label: {zh: 门店, en: shops}
    primary_key: [shop]
    fields: {shop: {}, people: {}}
metrics:
  sales: {label: {zh: 销售额, en: sales}, expression: SUM(orders.amount)}
  staff: {label: {zh: 员工数, en: staff}, expression: SUM(shops.people)}
"""
HEAD = "id,day,amount,phone,city,coupon\n"
GOOD = HEAD + "1,2024-05-01,10,13812345678,Xi'an,1\n2,2024-05-02,20,13812345679,,2\n"
BAD = GOOD + "3,2024-05-03,200000,13812345670,,3\n4,2024-05-03,0.5,13812345671,,4\n1,2024-05-01,10,13812345678,Xi'an,1\n5,2024-05-03,7,110,,5\n"


@pytest.fixture
def shop(make: MakeSources) -> SourceShop:
    return make(SOURCES, till__a_csv=GOOD, shops_csv="shop,people\nA,3\n")


def prepared(shop: SourceShop, till: str = GOOD, now: dt.datetime | None = None) -> SourceShop:
    """The shop refreshed with a file of its till, at `now` (default: this moment)."""
    shop.write("till/a.csv", till)
    shop.write("catalog/all.yaml", CATALOG)
    again(shop, now)
    return shop


def again(shop: SourceShop, now: dt.datetime | None = None) -> None:
    refresh(shop.place, Options(memory_mb=500), clock=lambda: now or dt.datetime.now(dt.UTC))


def health(shop: SourceShop, now: dt.datetime = NOW) -> Health:
    found = data_health(str(shop.folder), now)
    assert found is not None
    return found


def of(found: Health, kind: str) -> list[Finding]:
    return [f for f in found.findings if f.kind == kind]


def told(shop: SourceShop, *questions: str, user: str | None = None) -> list[list[str]]:
    """The caveats of the answers, all of one opening of the shop."""
    opened = open_shop(str(shop.folder))
    try:
        assistant = Assistant(opened)
        answers = [assistant.ask(question, user=user) for question in questions]
    finally:
        opened.close()
    assert [a.status for a in answers] == ["answered"] * len(questions)
    return [a.caveats for a in answers]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["health", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_shop_in_order_has_nothing_that_answers_name(shop: SourceShop) -> None:
    prepared(shop, now=NOW)
    found = health(shop)
    assert not [f for f in found.findings if f.is_open]
    assert [(f.kind, f.severity, f.table, f.columns, f.count, f.of) for f in found.findings] == [("missing", "info", "orders", ("city",), 1, 2)]


def test_a_broken_rule_is_found_with_its_columns_its_share_and_examples(shop: SourceShop) -> None:
    prepared(shop, BAD, NOW)
    rules = {f.rule: f for f in of(health(shop), "rule")}
    huge, cheap, phone = rules["rule:huge"], rules["cheap"], rules["phone:phone"]
    assert (huge.severity, huge.outcome, huge.table, huge.source, huge.columns, huge.count, huge.of) == ("error", "quarantine", "orders", "till", ("amount",), 1, 6)
    assert [(e.where, e.values) for e in huge.examples] == [("till/a.csv:4", "amount=200000")]
    assert (cheap.severity, cheap.outcome, cheap.is_open) == ("warning", "mark", False)
    assert [e.where for e in cheap.examples] == ["id 4"]
    # Personal data are not shown, in whatever form they stand in quarantine.
    assert [(e.where, e.values) for e in phone.examples] == [("till/a.csv:7", "")]
    (twice,) = of(health(shop), "duplicates")
    assert (twice.count, twice.of, twice.severity) == (1, 6, "info")


def test_a_source_becomes_late_while_nothing_happens(shop: SourceShop) -> None:
    prepared(shop, now=NOW)
    assert not of(health(shop, NOW + dt.timedelta(hours=23)), "late")
    (late,) = of(health(shop, NOW + dt.timedelta(hours=30)), "late")
    assert (late.source, late.table, late.severity, late.message.en) == ("till", "orders", "error", "nothing new for 30.0 hours; expected within 24")


def test_a_source_whose_data_end_before_those_of_another_is_late_and_answers_say_so(make: MakeSources) -> None:
    keeps_up = "path: shops.csv\n    keeps_up: {column: until, with: orders.day, hours: 48}"
    said = SOURCES.replace("path: shops.csv", keeps_up).replace("people: {as: integer}", "people: {as: integer}\n      until: {as: time}")
    shop = make(said, shops_csv="shop,people,until\nA,3,2024-04-29 12:00\n")
    prepared(shop)
    (late,) = of(health(shop, dt.datetime.now()), "late")
    assert (late.source, late.table, late.is_open) == ("list", "shops", True)
    assert "end on 2024-04-29 12:00, 60 hours before those of orders.day" in late.message.en and "早 60 小时" in late.message.zh
    (staff,), sales = told(shop, "staff", "sales")
    assert "60 hours before" in staff and sales == []
    shop.write("shops.csv", "shop,people,until\nA,3,2024-05-01 12:00\n")
    again(shop)
    assert not of(health(shop, dt.datetime.now()), "late")


def test_a_stopped_source_is_the_worst(shop: SourceShop) -> None:
    prepared(shop, BAD, NOW)
    shop.write("till/b.csv", "id,day,cost\n9,2024-05-09,1\n")
    again(shop, NOW + dt.timedelta(hours=30))
    found = health(shop, NOW + dt.timedelta(hours=30))
    assert [f.kind for f in found.findings[:2]] == ["stopped", "late"]
    assert "cost" in found.findings[0].message.zh and "2024-06-01 12:00" in found.findings[0].message.en
    order = ["error", "warning", "info"]
    assert [f.severity for f in found.findings] == sorted((f.severity for f in found.findings), key=order.index)


def test_each_refresh_is_remembered(shop: SourceShop) -> None:
    prepared(shop, now=NOW)
    shop.write("till/b.csv", HEAD + "7,2024-05-03,300000,13812345670,,1\n8,2024-05-03,3,13812345670,,1\n")
    again(shop, NOW + dt.timedelta(hours=1))
    till = next(s for s in health(shop).sources if s.name == "till")
    assert [(d.at, d.records, d.quarantined) for d in till.history] == [("2024-06-01 12:00:00", 2, 0), ("2024-06-01 13:00:00", 4, 1)]
    assert "0.0% → 25.0%" in run("--shop", str(shop.folder), "--lang", "en")


def test_what_the_verb_says(shop: SourceShop, tmp_path: Path) -> None:
    prepared(shop, BAD)
    en = run("--shop", str(shop.folder), "--lang", "en")
    assert "!! Orders <- till: 1 of 6 rows (16.7%) (left out): more than anyone pays" in en and "till/a.csv:4  amount=200000" in en
    zh = run("--shop", str(shop.folder), "--lang", "zh")
    assert "!! 订单 ← till：6 行中的 1 行（16.7%）（未入表）：金额过大" in zh
    found = json.loads(run("--shop", str(shop.folder), "--format", "json"))
    assert found["ok"] is False and found["findings"][0]["severity"] == "error"
    assert {s["source"]: s["quarantined"] for s in found["sources"]} == {"till": 2, "list": 0}
    for lang, said in (("en", "more than anyone pays"), ("zh", "金额过大")):
        page = tmp_path / f"{lang}.html"
        run("--shop", str(shop.folder), "--lang", lang, "--html", str(page))
        text = page.read_text(encoding="utf-8")
        assert said in text and "till/a.csv:4 amount=200000" in text and "<script" not in text and "http" not in text and "110" not in text


def test_a_shop_without_sources_says_so_in_one_sentence() -> None:
    assert run("--shop", "completejourney", "--lang", "en").startswith("The shop completejourney has no sources.yaml")
    assert run("--shop", "completejourney", "--lang", "zh").count("\n") == 1


def test_an_answer_names_what_it_rests_on(shop: SourceShop) -> None:
    prepared(shop, BAD)
    (en,), (zh,), *others = told(shop, "sales", "销售额", "staff", "员工数")
    assert en.startswith("orders: source till: 1 of 6 rows (16.7%) (left out): ") and en.endswith(" (and 1 more).")
    assert zh.startswith("订单：来源 till 6 行中的 1 行（16.7%）（未入表）：") and zh.endswith("（另有 1 个问题）。")
    assert others == [[], []]


def test_an_answer_names_a_late_and_a_stopped_source(shop: SourceShop) -> None:
    prepared(shop, now=dt.datetime.now(dt.UTC) - dt.timedelta(hours=30))
    (en,), (zh,) = told(shop, "sales", "销售额")
    assert en.startswith("orders: source till: nothing new for 30.0 hours")
    assert zh.startswith("订单：来源 till 已有 30.0 小时没有新数据")
    shop.write("till/b.csv", "id,day,cost\n9,2024-05-09,1\n")
    again(shop)
    (en,), (zh,) = told(shop, "sales", "销售额")
    assert en.startswith("orders: the source till stopped at the last refresh")
    assert zh.startswith("订单：来源 till 在上次刷新时停下")


def test_an_open_shop_notices_that_a_source_stopped_and_that_it_is_well_again(shop: SourceShop) -> None:
    prepared(shop)
    opened = open_shop(str(shop.folder))
    assistant = Assistant(opened)
    assert assistant.ask("sales").caveats == []
    # The database stays as it is when a source stops.
    broken = shop.write("till/b.csv", "id,day,cost\n9,2024-05-09,1\n")
    again(shop)
    assert "stopped" in assistant.ask("sales").caveats[0]
    broken.unlink()
    again(shop)
    assert assistant.ask("sales").caveats == []
    opened.close()


def test_a_role_that_sees_a_part_is_told_no_numbers_and_no_rules(shop: SourceShop) -> None:
    prepared(shop, BAD)
    rights = "rights: [{role: part, allowed_tables: ['*'], row_filters: {orders: \"city = 'Xi''an'\"}}]\nusers: {ann: part}\n"
    shop.write("wenshu.yaml", "name: small\ndatabase: shop.duckdb\n" + rights)
    assert told(shop, "sales", "销售额", user="ann") == [["orders: the data have an open problem."], ["订单：数据有尚未解决的问题。"]]


def doctor(shop: SourceShop, lang: str) -> dict[str, tuple[str, str]]:
    """What the doctor says of the shop's data, by check."""
    done = CliRunner().invoke(app, ["doctor", "--shop", str(shop.folder), "--lang", lang, "--format", "json"])
    return {c["name"]: (c["status"], c["text"]) for c in json.loads(done.stdout)["checks"] if c["name"] in ("sources", "data")}


def test_the_doctor_points_to_the_report(shop: SourceShop) -> None:
    prepared(shop)
    status, text = doctor(shop, "en")["data"]
    assert status == "ok" and text.startswith("0 of 3 rows are in quarantine. See: wenshu health --shop ")
    prepared(shop, BAD, dt.datetime.now(dt.UTC) - dt.timedelta(hours=30))
    status, text = doctor(shop, "en")["data"]
    assert status == "advice" and text.startswith("2 of 7 rows are in quarantine; nothing new from till; 2 open problem(s). See: wenshu health")
    assert doctor(shop, "zh")["data"][1].startswith("7 行中有 2 行被隔离；till 没有新数据；2 个尚未解决的问题。请看：wenshu health")
    shop.write("till/b.csv", "id,day,cost\n9,2024-05-09,1\n")
    again(shop)
    found = doctor(shop, "en")
    assert "data" not in found and found["sources"][0] == "wrong" and "wenshu health --shop" in found["sources"][1]

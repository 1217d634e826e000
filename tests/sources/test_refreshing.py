"""Refreshing: full and again, what is new, what is late, what has changed; nothing lost, nothing doubled, nothing changed twice."""

from __future__ import annotations

import datetime as dt
import json
import os

import pytest

from semantic_layer.engines.writer import NoRoom
from semantic_layer.errors import ShopError
from semantic_layer.sources.build import build
from tests.sources.conftest import NOW, MakeSources, SourceShop

ORDERS = """
sources:
  app:
    into: orders
    path: app/*.csv
    columns:
      id: {as: id}
      day: {as: date, required: true}
      amount: {as: money}
      status: {as: text}
      updated: {as: time}
  web:
    into: orders
    path: web.jsonl
    columns:
      id: {as: {id: {prefix: W}}}
      day: {as: date}
      amount: {as: {money: {unit: fen}}}
      updated: {as: time, optional: true}
    ignore: "*"
tables:
  orders:
    key: id
    winner: {latest: updated}
    rules:
      negative: {bad: amount < 0, then: repair, repair: {amount: abs(amount)}, severity: warning}
      huge: {bad: amount > 100000}
      cheap: {bad: amount < 1, then: mark, severity: info}
      unborn: {bad: "day > arrived_at + INTERVAL 1 DAY"}
"""
HEAD = "id,day,amount,status,updated\n"
FIRST = HEAD + "1,2024-05-01,10,new,2024-05-01 10:00\n2,2024-05-01,-20,new,2024-05-01 10:00\n3,2024-05-02,200000,new,\n4,2024-05-02,0.5,new,\n1,2024-05-01,10,new,2024-05-01 10:00\n5,2034-05-02,1,new,\n"
WEB = '{"id": 1, "day": "2024-05-02", "amount": 1250, "foo": 1}\n{"id": 1, "day": "2024-05-02", "amount": 1300}\n'


@pytest.fixture
def shop(make: MakeSources) -> SourceShop:
    made = make(ORDERS, app__a_csv=FIRST, web_jsonl=WEB)
    assert not made.refresh().stopped
    return made


def amounts(shop: SourceShop) -> dict[str, float]:
    return {id_: float(amount) for id_, amount in shop.rows("SELECT id, amount FROM orders ORDER BY id")}


def test_rules_repair_mark_and_put_into_quarantine(shop: SourceShop) -> None:
    assert amounts(shop) == {"1": 10, "2": 20, "4": 0.5, "W1": 13}
    assert shop.rows("SELECT id, quality_marks FROM orders WHERE quality_marks IS NOT NULL") == [("4", "cheap")]
    assert shop.quarantine() == {("app/a.csv", 4): "rule:huge", ("app/a.csv", 7): "rule:unborn", ("web.jsonl", 1): "key:superseded"}
    assert shop.accounts() == {"app": (6, 3, 2, 1), "web": (2, 1, 1, 0)}


def test_quality_names_every_rule_also_those_that_hold(shop: SourceShop) -> None:
    found = {(s, r): (o, v, n, of) for s, r, o, v, n, of in shop.rows("SELECT source, rule, outcome, severity, broken, checked FROM wenshu_state.quality")}
    assert found["app", "rule:negative"] == ("repair", "warning", 1, 6)
    assert found["app", "rule:huge"] == ("quarantine", "error", 1, 6)
    assert found["app", "cheap"] == ("mark", "info", 1, 6)
    assert found["app", "day:missing"] == ("quarantine", "error", 0, 6)
    assert found["web", "key:superseded"] == ("quarantine", "info", 1, 2)


def test_the_same_input_twice_changes_nothing(shop: SourceShop) -> None:
    before, data = shop.state(), shop.rows("FROM orders ORDER BY ALL")
    report = shop.refresh()
    assert report.built is None and {t.state for t in report.sources} == {"same"}
    assert shop.state() == before
    (shop.folder / "app" / "a.csv").touch()
    assert shop.refresh().built is None and shop.state() == before
    shop.refresh(full=True)
    assert shop.rows("FROM orders ORDER BY ALL") == data
    assert shop.accounts() == {"app": (6, 3, 2, 1), "web": (2, 1, 1, 0)}


def test_new_and_late_rows_update_earlier_days(shop: SourceShop) -> None:
    shop.write("app/b.csv", HEAD + "1,2024-05-01,11,paid,2024-05-03 09:00\n2,2024-05-01,99,new,2024-04-30 10:00\n6,2024-04-01,5,new,\n")
    report = shop.refresh()
    assert [t.read for t in report.sources] == [["app/b.csv"], []]
    assert amounts(shop) == {"1": 11, "2": 20, "4": 0.5, "6": 5, "W1": 13}
    # The older states are in quarantine, each with the row that took its place.
    assert shop.rows("SELECT file, line, instead_file, instead_line FROM wenshu_state.quarantine WHERE source = 'app' AND reasons = 'key:superseded' ORDER BY ALL") == [
        ("app/a.csv", 2, "app/b.csv", 2), ("app/b.csv", 3, "app/a.csv", 3),
    ]  # fmt: skip


def test_what_comes_bit_by_bit_ends_as_what_comes_at_once(shop: SourceShop, make: MakeSources) -> None:
    more = {f"app/{n}.csv": HEAD + "".join(f"{i},2024-05-0{1 + i % 9},{i * n % 7 + 1},s{n},2024-05-0{n} 0{i % 10}:00\n" for i in range(20)) for n in range(1, 6)}
    for name, content in more.items():
        shop.write(name, content)
        shop.refresh()
    whole = make(ORDERS, name="whole", app__a_csv=FIRST, web_jsonl=WEB)
    for name, content in more.items():
        whole.write(name, content)
    whole.refresh()
    assert shop.rows("FROM orders ORDER BY ALL") == whole.rows("FROM orders ORDER BY ALL")
    assert shop.accounts() == whole.accounts()
    assert shop.quarantine() == whole.quarantine()


def test_a_file_that_changed_is_read_again_and_one_that_is_gone_is_kept(shop: SourceShop) -> None:
    shop.write("app/a.csv", HEAD + "1,2024-05-01,7,new,\n")
    shop.refresh()
    assert amounts(shop) == {"1": 7, "W1": 13}
    (shop.folder / "app" / "a.csv").unlink()
    shop.refresh()
    assert amounts(shop) == {"1": 7, "W1": 13}
    shop.refresh(full=True)
    assert amounts(shop) == {"1": 7, "W1": 13}
    text = (shop.folder / "sources.yaml").read_text(encoding="utf-8")
    shop.write("sources.yaml", text.replace("    path: app/*.csv\n", "    path: app/*.csv\n    when_gone: drop\n"))
    shop.refresh()
    assert amounts(shop) == {"W1": 13}


def test_a_changed_recipe_reads_everything_again(shop: SourceShop) -> None:
    text = (shop.folder / "sources.yaml").read_text(encoding="utf-8")
    shop.write("sources.yaml", text.replace("amount > 100000", "amount > 1000000"))
    shop.refresh()
    assert amounts(shop) == {"1": 10, "2": 20, "3": 200000, "4": 0.5, "W1": 13}
    shop.write("sources.yaml", text.replace("winner: {latest: updated}", "winner: {otherwise: first}"))
    shop.refresh()
    assert amounts(shop)["W1"] == 12.5


def test_a_dry_run_says_what_would_happen_and_changes_nothing(shop: SourceShop) -> None:
    before = shop.state()
    shop.write("app/b.csv", HEAD + "7,2024-05-01,1,x,\n8,oops,1,x,\n")
    report = shop.refresh(dry_run=True)
    app = report.sources[0]
    assert (app.read, app.rows, app.quarantined, app.reasons) == (["app/b.csv"], 2, 1, {"day:date": 1})
    assert shop.state() == before
    assert shop.refresh().sources[0].read == ["app/b.csv"]


def drifted(shop: SourceShop, name: str, content: str) -> str:
    """Why the source stops that gets this file; everything stays as it was, but for what others bring."""
    before = amounts(shop)
    shop.write(name, content)
    shop.write("web.jsonl" if name.startswith("app") else "app/z.csv", WEB + '{"id": 5, "day": "2024-05-02", "amount": 100}\n' if name.startswith("app") else HEAD + "9,2024-05-01,5,,\n")
    report = shop.refresh()
    (stopped,) = report.stopped
    assert report.good_at[stopped.source] is not None
    assert amounts(shop) == before | ({"W5": 1.0} if name.startswith("app") else {"9": 5.0})
    last = json.loads((shop.folder / ".wenshu" / "sources" / "last-refresh.json").read_text(encoding="utf-8"))
    assert [s["source"] for s in last["sources"] if s["state"] == "stopped"] == [stopped.source]
    assert stopped.message.zh != stopped.message.en
    return stopped.message.en


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("app/b.csv", "id,day,amount,status,updated,coupon\n7,2024-05-01,1,x,,c\n", "There is a new column: coupon, in app/b.csv"),
        ("app/b.csv", "id,day,amount,status\n7,2024-05-01,1,x\n", "There is no column updated any more in app/b.csv"),
        ("app/b.csv", "id,day,price,status,updated\n7,2024-05-01,1,x,\n", "There is no column amount any more in app/b.csv, but a new one: price"),
        ("app/b.csv", HEAD + "".join(f"{i},2024-05-01,lots,x,\n" for i in range(30)), "30 of 30 values for amount are not what `money` reads"),
        ("web.jsonl", '{"id": 1, "day": "2024-05-02", "amount": {"fen": 1}}\n', "The column amount held number and now holds nested"),
        ("web.jsonl", '{"id": "x", "day": "2024-05-02"}\n', "There is no column amount any more in web.jsonl"),
    ],
)
def test_a_source_whose_columns_change_stops_and_keeps_its_last_good_data(shop: SourceShop, name: str, content: str, words: str) -> None:
    assert words in drifted(shop, name, content)


def test_a_change_of_kind_can_be_accepted(shop: SourceShop) -> None:
    shop.write("app/b.csv", HEAD + "".join(f"{i},2024-05-01,lots,x,\n" for i in range(30)))
    assert shop.refresh().stopped
    assert not shop.refresh(accept=["app"]).stopped
    assert shop.accounts()["app"] == (36, 3, 32, 1)


def test_rules_can_stop_a_source(make: MakeSources) -> None:
    shop = make(ORDERS.replace("huge: {bad: amount > 100000}", "huge: {bad: amount > 100000, stop_above: 0.5}"), app__a_csv=FIRST, web_jsonl=WEB)
    shop.refresh()
    shop.write("app/b.csv", HEAD + "7,2024-05-01,300000,x,\n")
    assert "break the rule huge" in shop.refresh().stopped[0].message.en


def test_a_source_without_anything_new_is_stale(make: MakeSources) -> None:
    shop = make(ORDERS.replace("path: web.jsonl", "path: web.jsonl\n    fresh_hours: 24"), app__a_csv=FIRST, web_jsonl=WEB)
    assert shop.refresh().stale == {}
    two_days_before = (NOW - dt.timedelta(days=2)).timestamp()
    web = shop.write("web.jsonl", WEB + WEB.replace("1250", "1251"))
    os.utime(web, (two_days_before, two_days_before))
    assert shop.refresh().stale == {"web": 48.0}


def test_an_expression_that_cannot_be_computed_is_said(make: MakeSources) -> None:
    shop = make(ORDERS.replace("amount > 100000", "amount > day"), app__a_csv=FIRST, web_jsonl=WEB)
    assert "An expression for app in sources.yaml cannot be computed" in shop.refresh().stopped[0].message.en
    shop.write("sources.yaml", ORDERS.replace("amount > 100000", "abss(amount) > 100000"))
    said = shop.refresh().stopped[0].message.en
    assert "abss" in said and "Catalog Error" not in said


def test_a_mapping_whose_pattern_fits_no_file_stops_the_source(make: MakeSources) -> None:
    mapped = ORDERS.replace("status: {as: text}", "status: {as: {map: {by: states, unmapped: keep}}}")
    shop = make("mappings:\n  states: {path: states*.csv, from: a, to: b}\n" + mapped, app__a_csv=FIRST, web_jsonl=WEB)
    assert "No file fits path: states*.csv" in shop.refresh().stopped[0].message.en


def test_a_second_refresh_at_the_same_time_is_refused(shop: SourceShop) -> None:
    import subprocess
    import sys

    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold, str(shop.folder / ".wenshu/sources/ledger.duckdb")], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        with pytest.raises(ShopError, match="Another refresh"):
            shop.refresh()
        other.communicate(b"")
    assert not shop.refresh().stopped


@pytest.mark.parametrize("gone", ["keep", "drop"])
def test_a_pattern_that_fits_no_file_stops_its_source(make: MakeSources, gone: str) -> None:
    mistyped = ORDERS.replace("path: app/*.csv", f"path: ap/*.csv\n    when_gone: {gone}")
    new = make(mistyped, name="new", app__a_csv=FIRST, web_jsonl=WEB)
    report = new.refresh()
    assert "No file fits path: ap/*.csv" in report.stopped[0].message.en and report.built is not None and report.built.left_out == ("orders",)
    old = make(ORDERS, app__a_csv=FIRST, web_jsonl=WEB)
    old.refresh()
    before = amounts(old)
    old.write("sources.yaml", mistyped)
    assert [t.source for t in old.refresh().stopped] == ["app"] and amounts(old) == before


def test_a_file_with_another_name_for_a_column_is_named_and_two_sources_read_both(make: MakeSources) -> None:
    one = "sources:\n  refunds:\n    into: refunds\n    path: r*.csv\n    columns:\n      id: {as: id}\n      amount: {as: money}\n"
    shop = make(one, r1_csv="id,amount\n1,5\n", r2_csv="id,refund_amount\n2,6\n")
    (stopped,) = shop.refresh().stopped
    assert "There is no column amount in r2.csv, but a new one: refund_amount." in stopped.message.en and "two sources into one table" in stopped.message.en
    assert "any more" not in stopped.message.en
    other = one.removeprefix("sources:\n").replace("refunds:\n    into", "later:\n    into").replace("r*.csv", "r2.csv")
    shop.write("sources.yaml", one.replace("r*.csv", "r1.csv") + other.replace("{as: money}", "{from: refund_amount, as: money}"))
    assert not shop.refresh().stopped and shop.rows("SELECT count(*), sum(amount) FROM refunds") == [(2, 11)]


def test_a_dry_run_before_the_first_refresh_leaves_nothing_behind(make: MakeSources) -> None:
    shop = make(ORDERS, app__a_csv=FIRST, web_jsonl=WEB)
    assert shop.refresh(dry_run=True).sources[0].rows == 6
    assert not (shop.folder / ".wenshu").exists() and not shop.place.database.exists()


def test_another_encoding_than_declared_is_said(make: MakeSources) -> None:
    shop = make(ORDERS.replace("path: app/*.csv", "path: app/*.csv\n    encoding: utf-8"), app__a_csv="编号,日期,金额\n1,2024-05-01,3\n".encode("gbk"), web_jsonl=WEB)
    assert "app/a.csv is not written in utf-8" in shop.refresh().stopped[0].message.en


def test_however_many_statements_many_files_take_the_tables_are_the_same(make: MakeSources, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [f"{n},2024-05-{n:02},{n * 10},new,2024-05-{n:02} 10:00\n" for n in range(1, 29)]
    files = {f"app__{n}_csv": HEAD + line + days[0] for n, line in enumerate(days)}
    whole = make(ORDERS, "whole", web_jsonl=WEB, **files)
    assert not whole.refresh().stopped
    monkeypatch.setattr("semantic_layer.sources.intake._PART", 150)  # bytes: two or three files
    parts = make(ORDERS, "parts", web_jsonl=WEB, **files)
    assert not parts.refresh().stopped
    assert amounts(parts) == amounts(whole) and len(amounts(whole)) == 29
    assert parts.accounts() == whole.accounts() and parts.quarantine() == whole.quarantine()


@pytest.mark.parametrize("short", [1, 2])
def test_tables_that_had_no_room_are_made_once_more_with_more(make: MakeSources, monkeypatch: pytest.MonkeyPatch, short: int) -> None:
    shop, limits = make(ORDERS, app__a_csv=FIRST, web_jsonl=WEB), list[str]()

    def build_short(ledger, *rest):  # type: ignore[no-untyped-def]
        limits.append(ledger.writer.value("SELECT current_setting('memory_limit')"))
        if len(limits) <= short:
            raise NoRoom("full", "已满")
        return build(ledger, *rest)

    monkeypatch.setattr("semantic_layer.sources.build.build", build_short)
    if short == 1:
        shop.refresh()
        assert shop.accounts() == {"app": (6, 3, 2, 1), "web": (2, 1, 1, 0)}
    else:
        with pytest.raises(ShopError):
            shop.refresh()
        assert not shop.place.database.exists()
    assert len(limits) == 2 and limits[0].startswith("476") and limits[1].startswith("953")  # MiB of 500 and 1,000 MB

"""Sources that bring a little all the time: what came lies beside the base, and shows as if all had been read at once."""

from __future__ import annotations

import datetime as dt
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.engines import DuckDBEngine
from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import EngineError, GuardError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop
from semantic_layer.sources.follow import follow
from semantic_layer.sources.refresh import Options, last_refresh
from tests.sources.conftest import MakeSources, SourceShop

EVENTS = """
sources:
  app:
    into: events
    path: app/*.jsonl
    continuous: true
    columns:
      id: {as: id, required: true}
      person: {as: id}
      at: {from: ts, as: time, required: true}
      price: {as: {money: {unit: fen}}}
  mini:
    into: events
    path: mini/*.csv
    continuous: true
    columns:
      id: {as: id}
      person: {as: id}
      at: {as: time}
  crm:
    into: customers
    path: crm.csv
    columns:
      account: {as: id, required: true}
      name: {as: text}
tables:
  events:
    key: id
    winner: {latest: at}
    rules:
      free: {bad: price <= 0, then: mark, severity: info}
      dear: {bad: price > 1000}
    refers:
      person: {to: customers.account, then: mark}
    lookups:
      name: {column: person, in: customers.account, take: name}
  customers:
    key: account
"""
CRM = "account,name\na,Lan\nb,Wu\n"


def line(number: int, person: str = "a", minute: int = 0, price: int = 100) -> str:
    at = dt.datetime(2024, 5, 1, 10, minute, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    return f'{{"id": {number}, "person": "{person}", "ts": {int(at.timestamp() * 1000)}, "price": {price}}}\n'


BATCHES: list[tuple[str, str]] = [
    ("app/2.jsonl", line(4, "b") + line(5, "x", price=0) + line(1)),  # one that was there, exactly so
    ("mini/2.csv", "id,person,at\n2,b,2024-05-01 11:00\n3,b,2024-05-01 09:00\n6,a,oops\n"),  # one later, one earlier than what was there
    ("app/3.jsonl", line(7, price=200_000) + line(4, "b", 5) + line(4, "b", 4) + line(8) + line(8) + "{broken\n"),
    ("app/0.jsonl", line(2, "b", 59) + line(9)),  # named before all others
]


def filled(make: MakeSources, name: str = "shop") -> SourceShop:
    return make(EVENTS, name=name, app__1_jsonl=line(1) + line(2, "x") + line(2, "x") + line(3, "b"), mini__1_csv="id,person,at\n20,a,2024-05-01 10:00\n", crm_csv=CRM)


def through_readers(shop: SourceShop, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query as a question gets them: from a hardened worker."""
    engine = DuckDBEngine(shop.place.database)
    try:
        return engine.run(sql).rows
    finally:
        engine.close()


def everything(shop: SourceShop) -> dict[str, Any]:
    quality = "SELECT source, table_name, rule, outcome, severity, broken, checked FROM wenshu_state.quality ORDER BY ALL"
    quarantine = "SELECT source, file, line, reasons, raw FROM wenshu_state.quarantine ORDER BY ALL"
    accounts = "SELECT * FROM wenshu_state.accounts ORDER BY ALL"
    return {q: through_readers(shop, q) for q in ("SELECT * FROM events ORDER BY ALL", "SELECT * FROM customers ORDER BY ALL", accounts, quality, quarantine)}


def base(shop: SourceShop) -> list[Path]:
    return sorted((shop.folder / ".wenshu" / "sources").glob("base-*.duckdb"))


def test_batches_beside_the_base_show_as_if_all_was_read_at_once(make: MakeSources) -> None:
    shop = filled(make)
    assert not shop.refresh().stopped
    (first,) = base(shop)
    for name, content in BATCHES:
        before = shop.state()
        shop.write(name, content)
        report = shop.refresh(only=("app", "mini"), beside_base=True)
        assert not report.stopped and report.built is not None
        assert shop.state() != before and base(shop) == [first]
    whole = filled(make, "whole")
    for name, content in BATCHES:
        whole.write(name, content)
    whole.refresh()
    assert everything(shop) == everything(whole)
    # What the last full look found of other sources is not forgotten.
    last = last_refresh(shop.place.state)
    assert last is not None and last.sources == 3
    # A full look makes a new base of it all, and the old one goes.
    shop.refresh()
    assert everything(shop) == everything(whole)
    assert base(shop) == [first]
    shop.write("crm.csv", CRM + "x,Xu\n")
    shop.refresh()
    assert base(shop) != [first] and len(base(shop)) == 1
    # What was marked for a customer that was not there is so no longer.
    assert through_readers(shop, "SELECT person, name, quality_marks FROM events WHERE id = '5'") == [("x", "Xu", "free")]


REPEATS = """
sources:
  app:
    into: events
    path: app/*.csv
    continuous: true
    columns:
      id: {as: id, required: true}
      device: {as: id}
      what: {as: trim}
      at: {as: time, required: true}
tables:
  events: {key: id, repeats: {same: [device, what], at: at, within_seconds: 2}}
"""
HEAD = "id,device,what,at\n"


def test_what_is_sent_again_in_a_later_batch_is_found_as_if_all_was_read_at_once(make: MakeSources) -> None:
    first = HEAD + "1,d,view,2024-05-01 10:00:00\n2,d,view,2024-05-01 10:00:05\n3,e,view,2024-05-01 10:00:00\n4,d,cart,2024-05-01 10:00:01\n"
    batches = [
        HEAD + "1R,d,view,2024-05-01 10:00:01\n5,d,view,2024-05-01 10:00:20\n",
        HEAD + "2A,d,view,2024-05-01 10:00:04.5\n",  # before the row that it repeats, which goes now
        HEAD + "1Q,d,view,2024-05-01 10:00:02\n3,e,view,2024-05-01 10:00:01\n2,f,view,2024-05-01 10:00:05\n",  # a third time; and other rows of known keys
        HEAD + ",e,view,2024-05-01 10:00:00\n6,,,2024-05-01 10:00:00\n6R,,,2024-05-01 10:00:01\n",
    ]
    shop, whole = make(REPEATS, **{"app__0_csv": first}), make(REPEATS, name="whole", **{"app__0_csv": first})
    shop.refresh()
    kept = base(shop)
    for i, content in enumerate(batches, 1):
        shop.write(f"app/{i}.csv", content)
        whole.write(f"app/{i}.csv", content)
        report = shop.refresh(only=("app",), beside_base=True)
        assert not report.stopped and base(shop) == kept
    whole.refresh()
    for query in ("FROM events ORDER BY ALL", "FROM wenshu_state.accounts", "FROM wenshu_state.quality ORDER BY ALL", "FROM wenshu_state.quarantine ORDER BY ALL"):
        assert through_readers(shop, query) == through_readers(whole, query)
    assert through_readers(whole, "SELECT id, device FROM events ORDER BY ALL") == [("1", "d"), ("2", "f"), ("2A", "d"), ("3", "e"), ("4", "d"), ("5", "d"), ("6", None)]


def test_what_readers_see_of_it(make: MakeSources) -> None:
    shop = filled(make)
    shop.refresh()
    shop.write(*BATCHES[0])
    shop.refresh(only=("app",), beside_base=True)
    with Introspector(shop.place.database) as inspector:
        assert set(inspector.tables()) == {"events", "customers"}
        assert list(inspector.tables()["events"]) == ["id", "person", "at", "price", "name", "quality_marks"]
        assert inspector.count("SELECT count(*) FROM events") == 6
    # A reader's engine can neither write to the base, nor open another file.
    for statement in ("CREATE TABLE wenshu_base.main.x AS SELECT 1", f"ATTACH '{base(shop)[0]}' AS again", f"SELECT * FROM read_csv('{shop.folder}/crm.csv')"):
        with pytest.raises(EngineError):
            through_readers(shop, statement)
    shop.write("catalog/all.yaml", CATALOG)
    opened = open_shop(str(shop.folder))
    try:
        assert opened.whole.run_sql("SELECT count(*) FROM events").rows == [(6,)]
        for table in ("wenshu_base.main.events", "wenshu_delta.events", "wenshu_state.quarantine", "wenshu_state.base", "customers"):
            with pytest.raises(GuardError):
                opened.whole.run_sql(f"SELECT * FROM {table}")
    finally:
        opened.close()


def test_a_base_that_is_missing_is_said(make: MakeSources) -> None:
    from semantic_layer.errors import ShopError

    shop = filled(make)
    shop.refresh()
    base(shop)[0].unlink()
    with pytest.raises(ShopError, match="wenshu refresh"):
        through_readers(shop, "SELECT 1")
    shop.refresh(full=True)
    assert len(through_readers(shop, "SELECT * FROM events")) == 4


CATALOG = """
datasets:
  events:
    primary_key: [id]
    time: at
    fields:
      id: {kind: key}
      at: {kind: time, type: datetime}
      person: {}
metrics:
  events: {expression: COUNT(events.id), label: {zh: 事件数, en: events}}
"""


def test_following_shows_new_rows_within_seconds_also_while_people_ask(make: MakeSources) -> None:
    source = filled(make)
    source.write("catalog/all.yaml", CATALOG)
    source.refresh()
    shop = open_shop(str(source.folder))
    query = SemanticQuery.model_validate({"metrics": [{"metric": "events"}]})
    stop = threading.Event()
    told: list[object] = []
    thread = threading.Thread(target=follow, args=(source.place, Options(memory_mb=500), 3600.0, told.append, stop.wait))
    thread.start()
    try:
        counts = [shop.run(shop.compile(query)).rows[0][0]]
        source.write("app/later.jsonl", line(50) + line(51))
        end = time.monotonic() + 60
        while counts[-1] != counts[0] + 2 and time.monotonic() < end:
            counts.append(shop.run(shop.compile(query)).rows[0][0])
            time.sleep(0.2)
        # Nobody is told of anything but the state before and the state after.
        assert sorted(set(counts)) == [counts[0], counts[0] + 2], told
    finally:
        stop.set()
        thread.join(60)
        shop.close()

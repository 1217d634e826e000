"""A shop that is open takes over changed files, and only sound ones."""

from __future__ import annotations

import datetime as dt
import gc
import logging
import os
import shutil
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from semantic_layer.errors import CatalogError, UsageError, WenshuError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop, open_shop
from semantic_layer.shops.watch import STILL
from tests.compiler.small import orders_table
from tests.shops.changing import TOTAL, catalog, eventually, never, new_shop, replace, write_catalog, write_settings

REVENUE = SemanticQuery.model_validate({"metrics": [{"metric": "revenue"}]})
ALL = {"role": "all", "allowed_tables": ["*"]}
NARROW = {"role": "narrow", "allowed_tables": ["*"], "row_filters": {"orders": "item = 'A'"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new_shop(tmp_path / "shop")


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    opened = open_shop(str(folder))
    yield opened
    opened.close()


def revenue(shop: Shop, user: str | None = None) -> float:
    return float(shop.access(user).answer(REVENUE).rows[0][0])


def label(shop: Shop) -> str:
    return shop.catalog.metric("revenue").label.en


def test_a_changed_catalog_is_taken_over(folder: Path, shop: Shop) -> None:
    assert revenue(shop) == TOTAL
    write_catalog(folder, catalog(10))
    eventually(lambda: label(shop) == "tenfold revenue")
    assert revenue(shop) == 10 * TOTAL
    assert shop.catalog_error is None


def test_a_file_replaced_at_once_is_taken_over(folder: Path, shop: Shop) -> None:
    replace(folder / "catalog" / "catalog.yaml", catalog(10))
    eventually(lambda: label(shop) == "tenfold revenue")


def test_a_change_that_keeps_size_and_time_of_the_file_is_taken_over(folder: Path, shop: Shop) -> None:
    path = folder / "catalog" / "catalog.yaml"
    before = path.stat()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("SUM(orders.amount) * 1", "SUM(orders.amount) * 3"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size and path.stat().st_mtime_ns == before.st_mtime_ns
    eventually(lambda: revenue(shop) == 3 * TOTAL)


def test_a_new_file_counts_and_a_file_gone_does_not(folder: Path, shop: Shop) -> None:
    more = folder / "catalog" / "more.yml"
    replace(more, {"metrics": {"average": {"expression": "AVG(orders.amount)"}}})
    eventually(lambda: "average" in shop.catalog.spec.metrics)
    more.unlink()
    eventually(lambda: "average" not in shop.catalog.spec.metrics)


def test_settings_are_taken_over(folder: Path, shop: Shop) -> None:
    write_settings(folder, today="2017-05-01", limits={"max_rows": 2})
    eventually(lambda: shop.today == dt.date(2017, 5, 1))
    rows = shop.whole.answer(SemanticQuery.model_validate({"metrics": [{"metric": "revenue"}], "group_by": [{"field": "orders.order_id"}]}))
    assert rows.truncated and len(rows.rows) == 2


def test_another_database_is_opened(folder: Path, shop: Shop) -> None:
    assert revenue(shop) == TOTAL
    with duckdb.connect(str(folder / "other.duckdb")) as connection:
        connection.execute(orders_table(rows="(1, 10, 'A', 8.0, DATE '2017-01-05')"))
    old = weakref.ref(shop.engine)
    write_settings(folder, database="other.duckdb")
    eventually(lambda: revenue(shop) == 8)
    eventually(lambda: gc.collect() >= 0 and old() is None)


BROKEN = {
    "no YAML": "metrics: [",
    "an unknown key": yaml.safe_dump({"metrics": {"revenue": {"expresion": "SUM(orders.amount)"}}}),
    "a metric over nothing": yaml.safe_dump(catalog(10) | {"metrics": {"revenue": {"expression": "SUM(orders.amuont)"}}}),
    "a column that is not there": yaml.safe_dump(catalog(10)).replace("item:", "itme:"),
    "a table that is not there": yaml.safe_dump(catalog(10)).replace("time: ordered_at", "time: ordered_at\n    source: nowhere"),
    "no UTF-8": "\udcff",
    "nothing at all": "",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_catalog_with_mistakes_is_not_taken_over_until_it_is_mended(
    folder: Path, shop: Shop, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = folder / "catalog" / "catalog.yaml"
    with caplog.at_level(logging.WARNING, "wenshu.shop"):
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        eventually(lambda: shop.catalog_error is not None)
        never(lambda: label(shop) != "revenue")
    assert revenue(shop) == TOTAL
    assert isinstance(shop.catalog_error, CatalogError) and "catalog" in shop.catalog_error.en
    assert len(caplog.records) == 1
    write_catalog(folder, catalog(10))
    eventually(lambda: shop.catalog_error is None)
    assert revenue(shop) == 10 * TOTAL


def test_the_mistake_names_file_and_line(folder: Path, shop: Shop) -> None:
    path = folder / "catalog" / "more.yaml"
    path.write_text("metrics:\n  average:\n    expresion: AVG(orders.amount)\n", encoding="utf-8")
    eventually(lambda: shop.catalog_error is not None)
    assert "catalog/more.yaml:3" in str(shop.catalog_error)


@pytest.mark.parametrize("gone", ["catalog", "catalog/catalog.yaml", "wenshu.yaml"])
def test_what_is_deleted_leaves_the_old_in_place(folder: Path, shop: Shop, gone: str) -> None:
    path, aside = folder / gone, folder / "aside"
    shutil.move(path, aside)
    eventually(lambda: shop.catalog_error is not None)
    assert revenue(shop) == TOTAL and label(shop) == "revenue"
    shutil.move(aside, path)
    eventually(lambda: shop.catalog_error is None)


def test_half_a_file_never_counts(folder: Path, shop: Shop) -> None:
    """The first half is a catalog of its own, without the metric of the second."""
    first = yaml.safe_dump(catalog(10), sort_keys=False)
    second = "  halved:\n    expression: SUM(orders.amount) / 2\n    label: {en: halved}\n"
    assert first.rstrip().split("\n")[-1].startswith("    ")  # what follows continues the metrics
    seen: set[tuple[str, bool]] = set()

    def look() -> bool:
        spec = shop.catalog.spec
        seen.add((spec.metrics["revenue"].label.en, "halved" in spec.metrics))
        return "halved" in spec.metrics

    rounds = 0
    while rounds < 3:
        began = time.monotonic()
        with (folder / "catalog" / "catalog.yaml").open("w", encoding="utf-8") as file:
            file.write(first)
            file.flush()
            never(look, seconds=0.05)
            file.write(second)
        # A machine that stood still for longer made two changes of it.
        as_one = time.monotonic() - began < STILL / 2
        eventually(look)
        if as_one:
            assert seen == {("revenue", False), ("tenfold revenue", True)}
            rounds += 1
        write_catalog(folder, catalog())
        eventually(lambda: not look())
        seen.clear()


def test_a_file_written_again_as_it_was_changes_nothing(folder: Path, shop: Shop) -> None:
    before = shop.now()
    path = folder / "catalog" / "catalog.yaml"
    path.write_text("# with a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    never(lambda: shop.now() is not before)


def test_a_catalog_may_come_before_its_data(folder: Path, shop: Shop) -> None:
    text = yaml.safe_dump(catalog(10)).replace("item:", "article:")
    write_catalog(folder, text)
    eventually(lambda: shop.catalog_error is not None)
    fresh = folder / "fresh.duckdb"
    with duckdb.connect(str(fresh)) as connection:
        connection.execute(orders_table())
        connection.execute("ALTER TABLE orders RENAME item TO article")
    os.replace(fresh, folder / "small.duckdb")
    eventually(lambda: shop.catalog_error is None)
    assert revenue(shop) == 10 * TOTAL


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Shop]:
    folder = new_shop(tmp_path / "guarded", rights_file="rights.yaml")
    replace(folder / "rights.yaml", {"rights": [ALL, NARROW], "users": {"ann": "narrow", "bob": "all"}})
    opened = open_shop(str(folder))
    yield opened
    opened.close()


def test_changed_rights_take_effect(guarded: Shop) -> None:
    assert (revenue(guarded, "ann"), revenue(guarded, "bob")) == (18, TOTAL)
    replace(guarded.folder / "rights.yaml", {"rights": [ALL, NARROW], "users": {"ann": "all", "bob": "narrow"}})
    eventually(lambda: revenue(guarded, "bob") == 18)
    assert revenue(guarded, "ann") == TOTAL
    replace(guarded.folder / "rights.yaml", {"rights": [ALL, NARROW], "users": {"ann": "all"}})

    def bob_is_out() -> bool:
        try:
            revenue(guarded, "bob")
        except UsageError:
            return True
        return False

    eventually(bob_is_out)


WIDENING = {
    "no YAML": "rights: [",
    "cut to nothing": "",
    "no roles": "rights: []\nusers: {}\n",
    "only the users are cut off": yaml.safe_dump({"rights": [ALL]}),
    "a filter over a column that is not there": yaml.safe_dump(
        {"rights": [ALL, {**NARROW, "row_filters": {"orders": "itme = 'A'"}}], "users": {"ann": "all"}}
    ),
    "an unknown role": yaml.safe_dump({"rights": [ALL], "users": {"ann": "al", "bob": "all"}}),
    "people whom nobody could count": yaml.safe_dump(
        {"rights": [ALL, {**NARROW, "min_group_size": 5, "denied_columns": {"orders": ["customer_id"]}}], "users": {"ann": "narrow"}}
    ),
    "a misspelt key": yaml.safe_dump({"rights": [{**NARROW, "row_filter": {}}], "users": {"ann": "narrow"}}),
}


@pytest.mark.parametrize("text", WIDENING.values(), ids=WIDENING)
def test_rights_with_mistakes_widen_nothing(guarded: Shop, text: str) -> None:
    (guarded.folder / "rights.yaml").write_text(text, encoding="utf-8")
    eventually(lambda: guarded.catalog_error is not None)
    never(lambda: revenue(guarded, "ann") != 18, seconds=0.5)
    for user in (None, "nobody"):
        with pytest.raises(WenshuError):
            guarded.access(user)


def test_a_rights_file_that_is_gone_widens_nothing(guarded: Shop) -> None:
    (guarded.folder / "rights.yaml").unlink()
    eventually(lambda: guarded.catalog_error is not None)
    assert revenue(guarded, "ann") == 18
    write_settings(guarded.folder)
    never(lambda: revenue(guarded, "ann") != 18)
    assert "name none any more" in str(guarded.catalog_error)


def test_a_rights_file_named_later_counts(folder: Path, shop: Shop) -> None:
    write_settings(folder, rights_file="rights.yaml")
    eventually(lambda: shop.catalog_error is not None)
    replace(folder / "rights.yaml", NARROW)
    eventually(lambda: revenue(shop) == 18)


def test_a_change_while_nobody_asks_is_seen_by_the_first_question(folder: Path, shop: Shop) -> None:
    assert revenue(shop) == TOTAL
    path = write_catalog(folder, catalog(10))
    eventually(lambda: os.stat(path).st_ctime < _now() - 1)
    assert revenue(shop) == 10 * TOTAL


def _now() -> float:
    return dt.datetime.now(dt.UTC).timestamp()

"""`wenshu refresh` as a person and a program meet it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from assistant.channels.cli import app
from semantic_layer.errors import ShopError
from semantic_layer.shops.health import shop_checks
from tests.sources.conftest import MakeSources

SALES = """
sources:
  shop:
    into: sales
    path: a.csv
    columns:
      id: {as: id}
      price: {as: money}
"""


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["refresh", *arguments], catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_what_it_says(make: MakeSources) -> None:
    shop = make(SALES, a_csv="id,price\n1,5\n2,x\n1,5\n")
    code, said = run("--shop", str(shop.folder), "--lang", "en")
    assert code == 0
    assert "OK shop: 1 file(s), 3 rows; in all 3 = 1 in sales + 1 in quarantine + 1 exact duplicates" in said
    assert "price:money: 1" in said and "Updated: sales (1 rows)." in said
    code, said = run("--shop", str(shop.folder), "--lang", "zh")
    assert (code, said) == (0, "OK shop：没有变化；共 3 行 = 入表 1 + 隔离 1 + 完全重复 1\n数据表保持不变。\n")
    shop.write("a.csv", "id,price,new\n1,5,x\n")
    code, said = run("--shop", str(shop.folder), "--lang", "en", "--dry-run")
    assert code == 1 and "!! shop: There is a new column: new, in a.csv." in said and "Its data stay those of" in said


def test_what_it_tells_programs(make: MakeSources) -> None:
    shop = make(SALES, a_csv="id,price\n1,5\n2,x\n")
    code, said = run("--shop", str(shop.folder), "--format", "json")
    found = json.loads(said)
    assert code == 0 and found["ok"] and found["changed"] and found["tables"] == {"sales": 1}
    assert found["sources"][0]["account"] == {"records": 2, "loaded": 1, "quarantined": 1, "exact_duplicates": 0}


def test_the_doctor_says_which_source_stopped(make: MakeSources) -> None:
    shop = make(SALES, a_csv="id,price\n1,5\n")
    shop.write("catalog/all.yaml", "datasets: {sales: {fields: {id: {}}}}\nmetrics: {sales: {expression: COUNT(sales.id)}}\n")
    shop.refresh()

    def found() -> tuple[str, str]:
        return next((c.status, c.en) for c in shop_checks(str(shop.folder)) if c.name == "sources")

    assert found()[0] == "ok"
    shop.write("a.csv", "id,cost\n1,5\n")
    shop.refresh()
    assert found()[0] == "wrong" and "shop: There is no column price any more in a.csv" in found()[1]


def test_a_shop_without_sources_says_so() -> None:
    with pytest.raises(ShopError, match=r"has no sources\.yaml"):
        run("--shop", "completejourney")


@pytest.mark.parametrize("more", [["--dry-run"], ["--full"], ["--accept", "shop"]])
def test_staying_goes_with_nothing_that_is_done_once(more: list[str]) -> None:
    with pytest.raises(ShopError.__base__, match="--follow"):  # type: ignore[arg-type]
        run("--shop", "x", "--follow", *more)

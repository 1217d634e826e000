"""`wenshu refresh` as a person and a program meet it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from assistant.channels.cli import app
from semantic_layer.errors import ShopError
from semantic_layer.shops import check_shop, open_shop
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
    assert "price:money: 1 (quarantine, error)" in said and "The tables now: sales (1 rows)." in said
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


LINKED = SALES + """
  refunds:
    into: refunds
    path: r.csv
    columns: {id: {as: id}, sale: {as: id}}
tables:
  sales: {key: id}
  refunds:
    refers:
      sale: {to: sales.id, severity: error}
"""


def test_it_lists_superseded_rows_and_broken_references(make: MakeSources) -> None:
    shop = make(LINKED, a_csv="id,price\n1,5\n1,6\n", r_csv="id,sale\n1,1\n2,7\n3,8\n")
    _, said = run("--shop", str(shop.folder), "--lang", "en", "--dry-run")
    assert "Rows with the same key, refers and lookups are only looked at by a real refresh" in said
    _, said = run("--shop", str(shop.folder), "--lang", "en")
    assert "    key:superseded: 1 (quarantine, info)\n" in said and "-- refunds: refers:sale: 2 (mark, error)\n" in said
    shop.write("r.csv", "id,sale\n1,1\n2,7\n")
    _, said = run("--shop", str(shop.folder), "--lang", "zh")
    assert "-- refunds：refers:sale: 1（标记，错误）" in said


def test_the_command_that_accepts_can_be_copied(make: MakeSources) -> None:
    good = "id,price\n" + "".join(f"{i},5\n" for i in range(30))
    shop = make(SALES, a_csv=good)
    shop.refresh()
    shop.write("a.csv", good.replace(",5", ",x"))
    code, said = run("--shop", str(shop.folder), "--lang", "en")
    (line,) = (line for line in said.splitlines() if "--accept" in line)
    command = line.partition("run: wenshu refresh ")[2].split()
    assert code == 1 and run(*command)[0] == 0


def test_before_the_first_refresh_all_say_to_refresh(make: MakeSources) -> None:
    shop = make(SALES, a_csv="id,price\n1,5\n")
    shop.write("catalog/all.yaml", "datasets: {sales: {fields: {id: {}}}}\nmetrics: {sales: {expression: COUNT(sales.id)}}\n")
    words = f"Run: wenshu refresh --shop {shop.folder}"
    assert any(words in c.en for c in shop_checks(str(shop.folder)) if c.status == "wrong")
    assert any(words in p.message for p in check_shop(str(shop.folder)))
    with pytest.raises(ShopError, match="never refreshed"):
        open_shop(str(shop.folder)).engine.version()

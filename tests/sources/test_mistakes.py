"""Mistakes in sources.yaml are all named, with file, line and what to do, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import ShopError
from semantic_layer.sources.load import load_sources

GOOD = """\
mappings:
  brands: {values: {耐克: Nike}}
sources:
  shop:
    path: orders.csv
    into: orders
    columns:
      id: {as: id}
      at: {as: time}
      price: {as: money}
      brand: {as: {map: {by: brands}}}
  mini:
    path: mini.csv
    into: orders
    columns:
      id: {as: id}
      price: {as: money}
tables:
  orders:
    key: id
    rules:
      negative: {bad: price < 0}
"""


def mistakes(folder: Path, text: str) -> list[str]:
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ShopError) as caught:
        load_sources(folder)
    assert caught.value.zh != caught.value.en
    return [str(p) for p in caught.value.problems]


def test_none(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(GOOD, encoding="utf-8")
    assert load_sources(tmp_path).columns("orders") == {"id": "VARCHAR", "at": "TIMESTAMP", "price": "DECIMAL(18, 2)", "brand": "VARCHAR"}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("as: time}", "as: tme}", 9, "Did you mean time"),
        ("    key: id\n", "    key: id\n    repeats: {same: [brnd], at: at}\n", 21, "Did you mean brand?"),
        ("    key: id\n", "    key: id\n    repeats: {same: [brand], at: price}\n", 21, "price is no time"),
        ("    path: mini.csv\n", "    path: mini.csv\n    keeps_up: {column: at, with: payments.at, hours: 3}\n", 14, "There is no other table payments"),
        ("    path: mini.csv\n", "    path: mini.csv\n    keeps_up: {column: price, with: payments.at, hours: 3}\n", 14, "price is no time"),
        ("as: money}", "as: money, default: eins}", 10, "The default eins is no DECIMAL(18, 2)"),
        ("as: time}", "as: time, default: today}", 9, "The default today is no TIMESTAMP"),
        ("as: time}", "as: [time, trim]}", 9, "time makes no text"),
        ("as: time}", "as: {time: {zone: Peking}}}", 9, "time zone such as"),
        ("{by: brands}", "{by: brand}", 11, "Did you mean brands?"),
        ("    path: mini.csv\n", "    path: mini\n", 12, "format"),
        ("    path: mini.csv\n", "    path: mini.csv\n    encoding: gbq\n", 14, "no encoding"),
        ("      price: {as: money}\ntables", "      price: {as: number}\ntables", 17, "DECIMAL(18, 2) from shop"),
        ("      price: {as: money}\ntables", "      Price: {as: money}\ntables", 17, "only in capital letters"),
        ("      id: {as: id}\n      price: {as: money}\ntables", "      price: {as: money}\ntables", 15, "does not give id"),
        ("key: id", "key: idd", 20, "Did you mean id?"),
        ("bad: price < 0", "bad: pric < 0", 22, "Did you mean price?"),
        ("bad: price < 0", "bad: price <", 22, "no SQL expression"),
        ("bad: price < 0", 'bad: "price < (SELECT 1)"', 22, "one SQL expression"),
        ("bad: price < 0", "bad: price < 0, then: repair", 22, "repair"),
        ("  orders:\n    key", "  order:\n    key", 19, "Did you mean orders?"),
        ("    key: id\n", "    key: id\n    refers:\n      brand: {to: brands.id}\n", 22, "no other table brands"),
        ("    key: id\n", "    key: id\n    fill: {price: {}}\n", 21, "median_by or along"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    found = mistakes(tmp_path, GOOD.replace(old, new, 1))
    assert any(p.startswith(f"sources.yaml:{line}:") and words in p for p in found), found


def test_all_are_named_at_once(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, GOOD.replace("{by: brands}", "{by: brand}").replace("key: id", "key: idd"))) == 2


def test_a_shop_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(ShopError, match=r"There is no sources\.yaml"):
        load_sources(tmp_path)


def test_what_cannot_be_read_is_the_only_mistake(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, GOOD.replace("{by: brands}", "{by: brands"))
    assert "sources.yaml:12: not valid YAML" in found


@pytest.mark.parametrize("default", ["12", "-3.5", "0"])
def test_a_default_that_fits(tmp_path: Path, default: str) -> None:
    (tmp_path / "sources.yaml").write_text(GOOD.replace("as: money}", f"as: money, default: {default}}}", 1), encoding="utf-8")
    load_sources(tmp_path)

"""The index of values of a shop: whose it is, of which data, and where it is kept."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from semantic_layer.shops import Shop, open_shop
from semantic_layer.values import ValueIndex
from tests.conftest import MakeShop, write_shop

DEADLINE = 20.0
CATALOG: dict[str, Any] = {
    "datasets": {
        "items": {
            "fields": {
                "product": {"label": {"en": "product"}, "values": {"p-000007": {"synonyms": {"en": "lucky seven"}}}},
                "city": {"label": {"en": "city"}},
                "buyer": {"label": {"en": "buyer"}, "personal": True},
                "quantity": {"kind": "measure", "type": "integer"},
            }
        }
    },
    "metrics": {"units": {"expression": "SUM(items.quantity)", "label": {"en": "units"}}},
}
FEW = (
    "CREATE TABLE items AS SELECT 'p-' || printf('%06d', i) AS product, ['Newark Liberty', 'Osaka Kansai'][i % 2 + 1] AS city, "
    "'Jane Canary' AS buyer, 1 AS quantity FROM range(10) t(i)",
)
ROLES: dict[str, Any] = {
    "rights": [
        {"role": "east", "allowed_tables": ["items"], "row_filters": {"items": "city = 'Osaka Kansai'"}},
        {"role": "buyer", "allowed_tables": ["items"], "denied_columns": {"items": ["city"]}},
        {"role": "owner", "allowed_tables": "*"},
    ],
    "users": {"ea": "east", "bu": "buyer", "ow": "owner"},
}


def kept(shop: Shop) -> list[str]:
    return sorted(p.name for p in (shop.state / "values").iterdir())


def values(index: ValueIndex) -> set[str]:
    return {e.value for e in index.entries}


def until(true: Callable[[], bool]) -> None:
    """Waits for what another thread does."""
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_more_values_than_a_page_are_all_found(make_shop: MakeShop) -> None:
    shop = make_shop(
        CATALOG,
        "CREATE TABLE items AS SELECT CASE WHEN i = 49999 THEN 'o''clock \\ ''tea''' ELSE 'item ' || printf('%06d', i) END AS product, "
        "'x' AS city, 'y' AS buyer, 1 AS quantity FROM range(50200) t(i)",
        "UPDATE items SET product = 'item 0499' || chr(39) WHERE product = 'item 049998'",
    )
    index = shop.whole.values
    assert sum(e.field == "items.product" for e in index.entries) == 50_200
    for name in ("item 000000", "item 049997", "item 050000", "item 050199", "item 0499'", "o'clock \\ 'tea'"):
        assert [e.value for e in index.exact(name)] == [name]


@pytest.fixture
def team(tmp_path: Path) -> Any:
    """A shop with roles."""
    folder = write_shop(tmp_path / "team", CATALOG, *FEW)
    settings = yaml.safe_load((folder / "wenshu.yaml").read_text(encoding="utf-8"))
    (folder / "wenshu.yaml").write_text(yaml.safe_dump({**settings, **ROLES}), encoding="utf-8")
    shop = open_shop(str(folder))
    yield shop
    shop.close()


@pytest.mark.parametrize("hidden", ["Newark Liberty", "newark", "newrak", "newarkliberty", "Jane Canary", "jane"])
def test_a_role_learns_no_hidden_value_by_any_way(team: Shop, hidden: str) -> None:
    owner, east, buyer = (team.access(user).values for user in ("ow", "ea", "bu"))
    if "ane" not in hidden:
        assert owner.fuzzy(hidden)
    for index in (east, buyer, *((owner,) if "ane" in hidden else ())):
        assert (index.exact(hidden), index.fuzzy(hidden), index.scan(f"units of {hidden.lower()}", overlapping=True, partial=True)) == ([], [], [])
    for index in (owner, east):
        assert {m.entry.value for m in index.fuzzy("osaka")} == {"Osaka Kansai"}


def test_no_file_of_a_role_holds_what_is_hidden_from_it(team: Shop) -> None:
    for user in ("ea", "bu", "ow"):
        access = team.access(user)
        assert len(access.values)
        (folder,) = (team.state / "values").glob(f"{access.rights.hash}-*")
        content = b"".join(p.read_bytes() for p in folder.iterdir()).lower()
        assert b"canary" not in content
        assert (b"newark" in content) == (user == "ow")
        assert (b"osaka" in content) == (user != "bu")


def test_an_index_is_kept_and_made_anew_with_the_data(make_shop: MakeShop) -> None:
    shop = make_shop(CATALOG, *FEW)
    assert "p-000007" in values(shop.whole.values)
    before = kept(shop)
    assert len(before) == 1
    with closing(open_shop(str(shop.database.parent))) as again:
        assert "p-000007" in values(again.whole.values)
        assert kept(again) == before
    fresh = shop.database.with_name("fresh.duckdb")
    with duckdb.connect(str(fresh)) as connection:
        connection.execute(FEW[0].replace("'p-'", "'q-'"))
    os.replace(fresh, shop.database)
    until(lambda: "q-000007" in values(shop.whole.values))
    assert "p-000007" not in values(shop.whole.values)
    until(lambda: len(kept(shop)) == 1)
    assert kept(shop) != before


@pytest.mark.parametrize(
    ("changed", "made_anew"),
    [
        ({"metrics": {"units": {"expression": "SUM(items.quantity)", "label": {"en": "pieces"}}}}, False),
        ({"product": {"label": {"en": "article"}, "values": {"p-000007": {"synonyms": {"en": "lucky seven"}}}}}, False),
        ({"product": {"label": {"en": "product"}, "values": {"p-000007": {"synonyms": {"en": "seventh heaven"}}}}}, True),
        ({"city": {"label": {"en": "city"}, "personal": True}}, True),
    ],
)
def test_a_changed_catalog_makes_an_index_anew_only_where_it_says_other_things_of_values(
    make_shop: MakeShop, changed: dict[str, Any], made_anew: bool
) -> None:
    shop = make_shop(CATALOG, *FEW)
    assert [h.value for h in shop.whole.values.scan("lucky seven")] == ["p-000007"]
    before = kept(shop)
    folder = shop.database.parent
    fields = {**CATALOG["datasets"]["items"]["fields"], **{k: v for k, v in changed.items() if k != "metrics"}}
    catalog = {**CATALOG, **{k: v for k, v in changed.items() if k == "metrics"}, "datasets": {"items": {"fields": fields}}}
    (folder / "catalog" / "catalog.yaml").write_text(yaml.safe_dump(catalog, sort_keys=False), encoding="utf-8")
    with closing(open_shop(str(folder))) as again:
        assert len(again.whole.values)
        assert (kept(again) != before) is made_anew


def test_a_damaged_index_is_made_anew(make_shop: MakeShop) -> None:
    shop = make_shop(CATALOG, *FEW)
    whole = values(shop.whole.values)
    (name,) = kept(shop)
    (shop.state / "values" / name / "names.text").write_bytes(b"p")
    with closing(open_shop(str(shop.database.parent))) as again:
        assert values(again.whole.values) == whole
        assert kept(again) == [name]


def test_without_a_folder_to_write_to_values_are_found_all_the_same(make_shop: MakeShop) -> None:
    shop = make_shop(CATALOG, *FEW)
    shop.state.mkdir(parents=True, exist_ok=True)
    (shop.state / "values").write_text("in the way")
    assert [h.value for h in shop.whole.values.scan("lucky seven")] == ["p-000007"]

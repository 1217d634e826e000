"""Shops whose data call for action: a small mall as it really was, and little shops of a test's own."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from assistant.actions import Action, ActionList, Desk
from assistant.actions.loading import packaged
from semantic_layer.shops import Shop, open_shop
from semantic_layer.shops.mall.generate import generate
from tests.conftest import Kept
from tests.malls import SCALE as SMALL
from tests.malls import shop_over

# A fiftieth of the mall is enough to read every playbook; a tenth for each of them to have its evidence.
SCALE = float(os.environ.get("WENSHU_ACTIONS_SCALE", str(SMALL)))


@dataclass
class Mall:
    """A mall without dirt as a shop, what is true of it, and its tables to ask in SQL."""

    folder: Path
    truth: dict[str, Any]
    _lists: dict[tuple[str, str], ActionList] = field(default_factory=dict)
    _desks: Kept[Desk] = field(default_factory=lambda: Kept(lambda desk: desk.shop.close()))

    def desk(self, day: str, kind: str = "") -> Desk:
        """With all playbooks, or with one alone, which is quicker; it works out once what several tests look at."""
        return self._desks.get((day, kind), lambda: self.new_desk(day, kind))

    def new_desk(self, day: str, kind: str = "") -> Desk:
        """The same, which has worked nothing out yet. Close its shop."""
        return Desk(open_shop(str(self.folder_of(kind) if kind else self.folder), dt.date.fromisoformat(day)))

    def close(self) -> None:
        self._desks.close()

    def open(self, day: str) -> Shop:
        return open_shop(str(self.folder), dt.date.fromisoformat(day))

    def listed(self, day: str, lang: str = "en") -> ActionList:
        if (day, lang) not in self._lists:
            self._lists[day, lang] = self.desk(day).listed(lang)
        return self._lists[day, lang]

    def folder_of(self, kind: str) -> Path:
        """The same shop with one playbook alone."""
        folder = self.folder.parent / kind
        if not folder.exists():
            shutil.copytree(self.folder / "catalog", folder / "catalog")
            shutil.copy(self.folder / "wenshu.yaml", folder)
            (folder / "mall.duckdb").symlink_to(self.folder / "mall.duckdb")
            (folder / "playbooks").mkdir()
            others = sorted(p.stem for p in packaged().glob("*.yaml") if p.stem != kind)
            (folder / "playbooks" / "names.yaml").write_text(json.dumps({"omit": others}), encoding="utf-8")
        return folder

    def only(self, kind: str, day: str) -> ActionList:
        """The list of one playbook, in Chinese."""
        if (day, kind) not in self._lists:
            self._lists[day, kind] = self.desk(day, kind).listed("zh")
        return self._lists[day, kind]

    def effect(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(e for e in self.truth["effects"] if e["id"] == name)
        return found

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "mall.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def mall(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    if SCALE == SMALL:
        made: Path = request.getfixturevalue("made_mall")
    else:
        made = tmp_path_factory.mktemp("mall")
        generate(made, SCALE, seed=1)
    folder = shop_over(made / "truth", tmp_path_factory.mktemp("shop") / "mall")
    with duckdb.connect(str(folder / "mall.duckdb")) as connection:
        connection.execute(f"CREATE TABLE latent_users AS FROM read_parquet('{made / 'truth' / 'latent' / 'users.parquet'}')")
    mall = Mall(folder, json.loads((made / "truth" / "truth.json").read_text(encoding="utf-8")))
    yield mall
    mall.close()


def of_kind(listed: ActionList, kind: str) -> list[Action]:
    """The proposals of a playbook."""
    return [a for a in listed.proposed if a.kind == kind]


TEA: dict[str, Any] = {
    "datasets": {
        "guests": {"primary_key": ["guest_id"], "fields": {
            "guest_id": {"kind": "key", "entity": "guest"}, "town": {"label": {"zh": "城市", "en": "town"}}, "phone": {"personal": True}, "consent": {"type": "boolean"},
        }},
        "sales": {"time": "sold_on", "fields": {
            "guest_id": {"kind": "key", "entity": "guest"}, "tea": {"label": {"zh": "茶", "en": "tea"}},
            "sold_on": {"kind": "time", "type": "date"}, "amount": {"kind": "measure", "type": "number", "unit": "CNY"},
        }},
    },
    "relationships": [{"from": "sales.guest_id", "to": "guests.guest_id"}],
    "entities": {"guest": {"dataset": "guests", "people": True, "label": {"zh": "客人", "en": "guest"}}},
    "metrics": {
        "takings": {"expression": "SUM(sales.amount)", "label": {"zh": "销售额", "en": "takings"}, "format": "currency", "unit": "CNY"},
        "average_bill": {"expression": "AVG(sales.amount)", "label": {"zh": "每次消费", "en": "average bill"}, "format": "currency", "unit": "CNY"},
        "visits": {"expression": "COUNT(sales.*)", "label": {"zh": "次数", "en": "visits"}},
    },
}  # fmt: skip
FILLED = (
    "CREATE TABLE guests AS SELECT 'G' || lpad(i::VARCHAR, 3, '0') AS guest_id, CASE WHEN i % 4 = 0 THEN 'East' ELSE 'West' END AS town, '139' || i AS phone, TRUE AS consent FROM range(100) r(i)",
    """CREATE TABLE sales AS SELECT 'G' || lpad(i::VARCHAR, 3, '0') AS guest_id, CASE WHEN i % 2 = 0 THEN 'green' ELSE 'black' END AS tea,
        DATE '2024-06-30' - CAST(CASE WHEN i < 40 THEN d * 9 + 70 ELSE d * 9 END AS INTEGER) AS sold_on, 10.0 + i AS amount FROM range(100) r(i), range(20) s(d)""",
    "INSERT INTO sales SELECT 'G' || lpad(i::VARCHAR, 3, '0'), 'green', DATE '2024-06-20', 10 FROM range(8) r(i)",
    "INSERT INTO sales VALUES ('G099', NULL, DATE '2024-06-02', 10)",  # of what is not known
)
# Those who came often and have stayed away for 30 days: 40 guests of 100 in June, of whom 8 came back on the 20th; 8 of the 32 are of the east.
AWAY = """
label: {zh: 久未到店, en: Guests who stay away}
about: {zh: 30 天没来的客人。, en: Guests who have not come for 30 days.}
headline: {zh: "{size} 位客人 30 天没来", en: "{size} guests have not come for 30 days"}
owner: {zh: 店长, en: the manager}
audience:
  of: guest
  where:
    - {entity: guest, metric: visits, op: ">=", value: 3, time: {end: "{today}"}}
    - {entity: guest, event: last, dataset: sales, time: {end: "{today-30}"}}
  without:
    east: {label: {zh: 东边的, en: those of the east}, where: [{field: guests.town, value: East}]}
  fields: [guests.town, guests.phone]
  least: 5
offer: [{zh: 请来喝茶, en: an invitation}]
channel: {zh: 明信片, en: a postcard}
when: {zh: 本周, en: this week}
response:
  label: {zh: 14天到店率, en: back within 14 days}
  does: {entity: guest, exists: sales, time: {start: "{from}", end: "{until}"}}
  days: 14
  waves: 2
  least: 5
numbers:
  card: {label: {zh: 明信片, en: a postcard}, assume: 2, format: currency, unit: CNY}
  cup: {label: {zh: 每次消费, en: a visit}, format: currency, unit: CNY, query: {metrics: [{agg: avg, field: sales.amount}]}}
  cost: {label: {zh: 成本, en: cost}, formula: "treated * card", format: currency, unit: CNY}
  break_even: {label: {zh: 盈亏平衡, en: break-even}, formula: "card / cup", format: percent}
cost: cost
break_even: break_even
worth: cost
test: {holdout: 0.5}
guards: [{zh: 每人一张, en: one each}]
"""


@pytest.fixture
def teahouse(make_shop: Callable[..., Shop]) -> Callable[..., Shop]:
    """A shop with playbooks of its own and none of those that come with Wenshu that it could use."""

    numbers = count()

    def made(playbooks: dict[str, str] | None = None, today: dt.date = dt.date(2024, 7, 1), **settings: Any) -> Shop:
        shop = make_shop(TEA, *FILLED, today=today, name=f"small{next(numbers)}")
        folder = shop.folder / "playbooks"
        folder.mkdir()
        for name, text in ({"away": AWAY} if playbooks is None else playbooks).items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        if settings:
            shop.close()
            (shop.folder / "wenshu.yaml").write_text(yaml.safe_dump({"name": "small", "database": "small.duckdb", **settings}), encoding="utf-8")
            return open_shop(str(shop.folder), today)
        return shop

    return made


@pytest.fixture
def desk(teahouse: Callable[..., Shop]) -> Iterator[Desk]:
    yield Desk(teahouse())

"""The same person in several systems that share no id: made-up customers of three systems with known truth, brought together by `people:`.

As in real lists, a third of the persons stand in two or three systems; of the records, 12% have
a misspelt name, 10% another phone number than before, 15% no day of birth or a placeholder for it; store clerks mask phone numbers; people
move; and families share a phone, an address and a surname, one in ten of them the e-mail address, twins the day of birth.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from eval.mall.identity import Match
from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import ShopError
from semantic_layer.sources.refresh import Options, Place, refresh

PRECISION, RECALL, QUEUE = 0.99, 0.88, 0.92  # aims; of the queue: recall with as many of its first pairs as there are true ones
_SYSTEMS = ("app", "store", "hotline")
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国志文斌宇浩凯健俊帆雪琳瑶婷梅莉燕鹏飞辉晨阳博瑞轩涵子"
    "梓欣怡佳慧思雨诗梦琪嘉豪泽睿航一可心如意安乐天宁昊然"
)
_YAML = """
sources:
{sources}
tables:
  customers:
    key: record
    people: {{name: name, phone: phone, email: email, birthday: birthday, address: address, phone_end: phone_end}}
"""
_SOURCE = """  {system}:
    into: customers
    path: {system}.csv
    columns:
      record: {{as: id}}
      name: {{as: text}}
      phone: {{as: phone, invalid: missing}}
      phone_end: {{from: phone, as: {{phone: {{last: 4}}}}, invalid: missing}}
      email: {{as: email, invalid: missing}}
      birthday: {{as: date, missing_values: [1900-01-01, 保密, "-1"], invalid: missing}}
      address: {{as: text}}
"""
_COLUMNS = ("record", "name", "phone", "email", "birthday", "address")


@dataclass(frozen=True)
class Person:
    """Somebody as he is."""

    name: str
    phone: str
    email: str
    birthday: str
    address: str


def persons(count: int, chance: random.Random) -> Iterator[Person]:
    """People, of whom 6% share phone, address and surname with the one before; one in thirty of these is a twin."""
    before: Person | None = None
    for _ in range(count):
        surname = chance.choice(_SURNAMES)
        phone = f"1{chance.choice('3578')}{chance.randrange(10**9):09d}"
        one = Person(surname + _given(chance), phone, f"u{chance.randrange(10**9)}@mail.cn", _day(chance), _address(chance))
        if before is not None and chance.random() < 0.06:
            one = replace(one, name=before.name[0] + _given(chance), phone=before.phone, address=before.address)
            if chance.random() < 0.1:
                one = replace(one, email=before.email)
            if chance.random() < 1 / 30:
                one = replace(one, birthday=before.birthday)
        yield one
        before = one


def record(person: Person, system: str, chance: random.Random) -> dict[str, str]:
    """A person as one system writes him down."""
    name = person.name
    if chance.random() < 0.12:
        at = chance.randrange(1, len(name))
        name = name[:at] + chance.choice(_GIVEN) + name[at + 1 :]
    phone = person.phone if chance.random() >= 0.1 else f"139{chance.randrange(10**8):08d}"
    masked = system == "store" and chance.random() < 0.15
    written = (phone, f"+86 {phone}", f"{phone[:3]}-{phone[3:7]}-{phone[7:]}", f"86{phone}")
    shown = f"{phone[:3]}****{phone[7:]}" if masked else chance.choice(written)
    has_email = chance.random() < {"app": 0.8, "store": 0.5, "hotline": 0.5}[system]
    has_address = chance.random() < {"app": 0.7, "store": 0.5, "hotline": 0.7}[system]
    birthday = person.birthday if chance.random() >= 0.15 else chance.choice(("", "1900-01-01", "保密", "-1"))
    address = person.address if chance.random() >= 0.1 else _address(chance)
    return {"name": name, "phone": shown, "email": person.email if has_email else "", "birthday": birthday, "address": address if has_address else ""}


def _given(chance: random.Random) -> str:
    return "".join(chance.choice(_GIVEN) for _ in range(1 if chance.random() < 0.3 else 2))


def _day(chance: random.Random) -> str:
    return f"{chance.randrange(1950, 2008)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"


def _address(chance: random.Random) -> str:
    road = chance.choice("东南西北中") + chance.choice("湖山江河城")
    return f"{road}路{chance.randrange(1, 3000)}号{chance.randrange(1, 30)}栋{chance.randrange(101, 2500)}室"


def write(folder: Path, count: int, seed: int) -> dict[str, int]:
    """Writes a shop of three lists of customers; gives the number of the person of each record."""
    chance = random.Random(seed)
    of: dict[str, int] = {}
    lists: dict[str, list[dict[str, str]]] = {s: [] for s in _SYSTEMS}
    for number, person in enumerate(persons(count, chance)):
        systems = chance.sample(_SYSTEMS, chance.choices((1, 2, 3), (0.65, 0.25, 0.10))[0])
        for system in systems:
            row = {"record": f"{system}{len(lists[system])}", **record(person, system, chance)}
            lists[system].append(row)
            of[row["record"]] = number
    for system, rows in lists.items():
        with (folder / f"{system}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, _COLUMNS)
            out.writeheader()
            out.writerows(rows)
    (folder / "sources.yaml").write_text(_YAML.format(sources="".join(_SOURCE.format(system=s) for s in _SYSTEMS)), encoding="utf-8")
    return of


@dataclass(frozen=True)
class People:
    """How well persons were told. `with_queue` is the share of the true pairs that those found and the first of the queue have together, of
    which as many are looked at as there are true pairs."""

    match: Match
    with_queue: float

    @property
    def reached(self) -> bool:
        """Whether all aims are."""
        return self.match.precision >= PRECISION and self.match.recall >= RECALL and self.with_queue >= QUEUE

    def text(self) -> str:
        """In two lines."""
        return (
            f"records of one person in three systems without a common id, {self.match.true:,} pairs: precision {self.match.precision:.2%} "
            f"(aim {PRECISION:.0%}), recall {self.match.recall:.2%} (aim {RECALL:.0%})\n"
            f"with the first pairs of the queue for review: recall {self.with_queue:.2%} (aim {QUEUE:.0%})"
        )


def score_people(folder: Path, count: int, seed: int = 1) -> People:
    """Writes the lists into a folder, refreshes them, and compares the pairs of records that were taken for one person with the true ones."""
    of = write(folder, count, seed)
    report = refresh(Place(folder, folder, folder / "people.duckdb", folder / ".wenshu"), Options())
    if report.stopped:
        raise ShopError(report.stopped[0].message.en, report.stopped[0].message.zh)
    true = _pairs(of.items())
    with Introspector(folder / "people.duckdb") as db:
        found = _pairs((str(one), person) for one, person in db.rows("SELECT record, person_id FROM customers"))
        queue = {frozenset(map(str, pair)) for pair in db.rows(f"SELECT one, other FROM wenshu_state.alike LIMIT {len(true)}")}
    return People(Match(len(found), len(true), len(found & true)), len((found | queue) & true) / len(true))


def _pairs(belongs: Iterable[tuple[str, object]]) -> set[frozenset[str]]:
    groups: dict[object, list[str]] = {}
    for one, group in belongs:
        groups.setdefault(group, []).append(one)
    return {frozenset(pair) for members in groups.values() for pair in combinations(members, 2)}

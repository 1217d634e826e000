"""What is said of tables as a whole: references, lookups, what is filled, which row wins, and who is one person."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from tests.sources.conftest import MakeSources

PEOPLE = """
sources:
  crm:
    into: customers
    path: crm.csv
    columns:
      account: {as: id}
      name: {as: text}
      phone: {as: phone, invalid: missing}
      phone_end: {from: phone, as: {phone: {last: 4}}, invalid: missing}
      email: {as: email, invalid: missing}
      birthday: {as: date, missing_values: [1900-01-01], invalid: missing}
      address: {as: text}
  devices:
    into: devices
    path: devices.csv
    columns:
      device: {as: id}
      account: {as: id}
tables:
  customers:
    key: account
    people: {name: name, phone: phone, email: email, birthday: birthday, address: address, phone_end: phone_end}
  devices:
    key: device
    lookups:
      person: {column: account, in: customers.account, take: person_id}
"""
HEAD = "account,name,phone,email,birthday,address\n"
DEVICES = "device,account\nd1,a1\nd2,a2\nd3,zz\n"


def persons(make: MakeSources, rows: str) -> dict[str, str]:
    shop = make(PEOPLE, crm_csv=HEAD + rows, devices_csv=DEVICES)
    assert not shop.refresh().stopped
    return dict(shop.rows("SELECT account, person_id FROM customers"))


@pytest.mark.parametrize(
    ("rows", "same"),
    [
        ("a1,李雷,13800001111,,,\na2,李雷,+86 138-0000-1111,,,\n", True),
        # A family: one phone, one address, and names of its own; nobody gets another's coupon.
        ("a1,李雷,13800001111,,,西湖路1号\na2,韩梅,13800001111,,,西湖路1号\n", False),
        # Father and son share phone and surname; what tells them apart is the day of birth.
        ("a1,李雷,13800001111,,1960-01-02,\na2,李小雷,13800001111,,1990-03-04,\n", False),
        ("a1,李雷,,L@x.com,,\na2,李 雷,,l@x.com,,\n", True),
        # Brothers share a syllable and their mother's phone; a misspelt name looks the same.
        ("a1,李小雷,13800001111,,,\na2,李小磊,13800001111,,,\n", False),
        # Among many people, some share a name and a birthday.
        ("a1,李雷,13800001111,,1990-03-04,\na2,李雷,13900002222,,1990-03-04,\n", False),
        ("a1,李雷,13800001111,,1990-03-04,\na2,李雷,138****1111,,1990-03-04,\n", True),
        ("a1,李雷,13800001111,,,\na2,李雷,138****1111,,,\n", False),
        ("a1,李雷,13800001111,,,\na2,李雷,13900002222,,,\n", False),
        ("a1,Ann Lee,13800001111,,,\na2,ann  lee,13800001111,,,\n", True),
        ("a1,Ann Lee,13800001111,,,\na2,Alan Lee,13800001111,,,\n", False),
        ("a1,,13800001111,,,\na2,,13800001111,,,\n", False),
        # A name is misspelt; the surname holds with a day of birth, or with an address for mail that is nobody else's.
        ("a1,李小雷,13800001111,,1990-03-04,\na2,李小磊,13800001111,,1990-03-04,\n", True),
        ("a1,李小雷,13800001111,,1990-03-04,\na2,王小磊,13800001111,,1990-03-04,\n", False),
        ("a1,李小雷,,l@x.com,,\na2,李小磊,,l@x.com,,\n", True),
        ("a1,李小雷,,l@x.com,1960-01-02,\na2,李小磊,,l@x.com,1990-03-04,\n", False),
        ("a1,Ann Lee,,l@x.com,,\na2,Anne  LEE,,l@x.com,,\n", True),
        ("a1,Ann Lee,,l@x.com,,\na2,Ann Mills,,l@x.com,,\n", False),
        ("a1,李雷,13800001111,,1900-01-01,\na2,李雷,13800001111,,1990-03-04,\n", True),
    ],
)
def test_who_is_one_person(make: MakeSources, rows: str, same: bool) -> None:
    found = persons(make, rows)
    assert (found["a1"] == found["a2"]) is same
    assert found["a1"] == "a1"


def test_what_links_people_in_steps_does_not_join_two_birthdays(make: MakeSources) -> None:
    rows = "a1,李雷,13800001111,,1960-01-02,\na2,李雷,13800001111,r@x.com,,\na3,李雷,,r@x.com,1990-03-04,\n"
    found = persons(make, rows)
    assert len(set(found.values())) == 3


def test_who_is_only_alike_is_listed_for_somebody_to_look_at(make: MakeSources) -> None:
    rows = "a1,李小雷,13800001111,,,\na2,李小磊,13800001111,,,西湖路1号\na3,韩梅,13800001111,,,西湖路1号\na4,李雷,,,,\na5,李小雷,13800001111,,,\n"
    shop = make(PEOPLE, crm_csv=HEAD + rows, devices_csv=DEVICES)
    shop.refresh()
    found = shop.rows("SELECT table_name, one, other, shared FROM wenshu_state.alike ORDER BY one, other")
    assert found == [("customers", "a1", "a2", "phone"), ("customers", "a2", "a5", "phone")]


def test_record_linkage_lists_more_pairs_and_joins_nobody(make: MakeSources) -> None:
    names = [f"{a}{b}{c}" for a in "王李张刘陈杨赵黄周吴" for b in "小志文" for c in "伟芳娜敏静丽强磊军洋"]
    rest = [f"138{i * 7919:08d},,19{50 + i % 49}-0{1 + i % 9}-1{i % 9},某路{i}号\n" for i in range(len(names))]
    one = [f"a{i},{name},{rest[i]}" for i, name in enumerate(names)]
    # With the day of birth, the rules would know them.
    again = [f"b{i},{names[i][:-1]}洪,{re.sub(r',19.*?,', ',,', rest[i])}" for i in range(0, len(names), 3)]
    crm = HEAD + "".join(one + again)
    shop = make(PEOPLE.replace("phone_end: phone_end}", "phone_end: phone_end, review: splink}"), crm_csv=crm, devices_csv=DEVICES)
    report = shop.refresh()
    assert not report.stopped and report.built is not None
    assert shop.rows("SELECT count(DISTINCT person_id) FROM customers") == [(len(one) + len(again),)]
    try:
        import splink  # noqa: F401
    except ImportError:
        assert "pip install" in report.built.notes[0].en
        return
    found = set(shop.rows("SELECT one, other FROM wenshu_state.alike WHERE shared = 'linkage'"))
    assert len(found & {(f"a{i}", f"b{i}") for i in range(0, len(names), 3)}) > 0.9 * len(again)


def test_a_placeholder_that_many_share_links_nobody(make: MakeSources) -> None:
    found = persons(make, "".join(f"a{i},李雷,13800000000,,,\n" for i in range(1, 41)))
    assert len(set(found.values())) == 40


def test_devices_and_accounts_lead_to_persons_that_keep_their_number(make: MakeSources) -> None:
    shop = make(PEOPLE, crm_csv=HEAD + "a2,李雷,13800001111,,,\na1,李雷,13800001111,,,\n", devices_csv=DEVICES)
    shop.refresh()
    expected = [("d1", "a1"), ("d2", "a1"), ("d3", None)]
    assert shop.rows("SELECT device, person FROM devices ORDER BY device") == expected
    shop.refresh(full=True)
    assert shop.rows("SELECT device, person FROM devices ORDER BY device") == expected


SALES = """
mappings:
  codes: {path: codes.csv, from: old, to: new}
sources:
  erp:
    into: sales
    path: erp.csv
    columns:
      id: {as: id}
      day: {as: date}
      sku: {as: {map: {by: codes}}, invalid: missing}
      category: {as: text, default: other}
      price: {as: money}
      stock: {as: number}
      source: {value: erp}
  web:
    into: sales
    path: web.csv
    columns:
      id: {as: id}
      day: {as: date}
      price: {as: money, compute: stock * 2}
      stock: {as: number}
  products:
    into: products
    path: products.csv
    columns:
      sku: {as: id}
tables:
  sales:
    key: id
    winner: WINNER
    refers:
      sku: {to: products.sku, then: REFERS}
    fill:
      price: {median_by: category}
      stock: {along: day, per: source}
  products: {key: sku}
"""
ERP = "id,day,sku,category,price,stock\n1,2024-05-01,o1,tea,10,100\n2,2024-05-02,o2,tea,,\n3,2024-05-03,o3,tea,20,300\n4,2024-05-05,o1,,5,\n"
FILES = {
    "erp_csv": ERP, "web_csv": "id,day,price,stock\n1,2024-05-01,11,7\n9,2024-05-09,,7\n", "codes_csv": "old,new\no1,n1\no2,n2\no3,n3\no3,n4\n",
    "products_csv": "sku\nn1\n",
}  # fmt: skip


def sales(winner: str = "{}", refers: str = "mark") -> str:
    return SALES.replace("WINNER", winner).replace("REFERS", refers)


def test_what_is_missing_is_filled_and_said(make: MakeSources) -> None:
    shop = make(sales("{prefer: [erp, web]}"), **FILES)
    report = shop.refresh()
    found = {r[0]: r[1:] for r in shop.rows("SELECT id, category, price, stock, quality_marks FROM sales")}
    assert {k: (c, float(p), s) for k, (c, p, s, _) in found.items()} == {
        "1": ("tea", 10, 100), "2": ("tea", 15, 200), "3": ("tea", 20, 300), "4": ("other", 5, None), "9": (None, 14, 7),
    }  # fmt: skip
    assert found["2"][3] == "refers:sku;price:median;stock:interpolated"
    assert report.conflicts == {"codes": 1}
    assert shop.rows("SELECT rule, broken FROM wenshu_state.quality WHERE rule IN ('price:median', 'stock:interpolated', 'refers:sku') ORDER BY rule") == [
        ("price:median", 1), ("refers:sku", 1), ("stock:interpolated", 1),
    ]  # fmt: skip


def test_values_that_refer_to_nothing(make: MakeSources) -> None:
    shop = make(sales(refers="missing"), **FILES)
    shop.refresh()
    assert dict(shop.rows("SELECT id, sku FROM sales")) == {"1": None, "2": None, "3": None, "4": "n1", "9": None}
    shop.write("sources.yaml", sales(refers="quarantine"))
    shop.refresh()
    assert shop.quarantine()["erp.csv", 3] == "refers:sku"
    assert shop.accounts()["erp"] == (4, 2, 2, 0)


@pytest.mark.parametrize(
    ("winner", "price"),
    [("{prefer: [erp, web]}", 10), ("{prefer: web}", 11), ("{fullest: true}", 10), ("{otherwise: first}", 10), ("{otherwise: last}", 11), ("{otherwise: none}", None)],
)
def test_which_row_wins(make: MakeSources, winner: str, price: float | None) -> None:
    shop = make(sales(winner), **FILES)
    shop.refresh()
    found = shop.rows("SELECT price FROM sales WHERE id = '1'")
    assert [float(r[0]) for r in found] == ([] if price is None else [price])
    shop.accounts()
    if price is None:
        assert {k: v for k, v in shop.quarantine().items() if "key" in v} == {("erp.csv", 2): "key:conflict", ("web.csv", 2): "key:conflict"}


def test_a_mapping_that_changes_reads_its_sources_again(make: MakeSources) -> None:
    shop = make(sales("{prefer: [erp, web]}"), **FILES)
    shop.refresh()
    assert shop.rows("SELECT sku FROM sales WHERE id = '3'") == [(None,)]
    shop.write("codes.csv", "old,new\no1,n1\no3,n3\n")
    shop.refresh()
    assert shop.rows("SELECT sku, day FROM sales WHERE id = '3'") == [("n3", dt.date(2024, 5, 3))]
    (shop.folder / "codes.csv").unlink()
    assert "The mapping codes" in shop.refresh().stopped[0].message.en
    assert shop.rows("SELECT sku FROM sales WHERE id = '3'") == [("n3",)]

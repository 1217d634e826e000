"""What each standardiser makes of the ways in which people and programs write things."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from semantic_layer.sources.standardise import STANDARDISERS, Context
from semantic_layer.sources.standardise.places import place_spellings

CONTEXT = Context("Asia/Shanghai", "'salt'", lambda name, folded: f'"{name}_folded"' if folded else f'"{name}"')


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        tables: dict[str, dict[str, str]] = {f"places.{level}.short": place_spellings(level, "short") for level in ("province", "city")}  # type: ignore[arg-type]
        tables |= {"places.province.code": place_spellings("province", "code"), "brands_folded": {"nike": "Nike", "耐克": "Nike"}, "ids": {"a1": "7"}}
        for name, rows in tables.items():
            opened.execute(f'CREATE TABLE "{name}" AS SELECT unnest(?) AS key, unnest(?) AS value', [list(rows), list(rows.values())])
        yield opened


def made(connection: duckdb.DuckDBPyConnection, name: str, values: list[str | None], **parameters: Any) -> list[Any]:
    """What a standardiser gives for some texts."""
    step = STANDARDISERS[name].model_validate(parameters)
    query = "SELECT i, v, v AS x FROM (SELECT unnest(?) AS v, unnest(range(len(?))) AS i)"
    for layer in step.layers(CONTEXT):
        query = f"SELECT i, v, {layer.replace('$x', 'x').replace('$in', 'v')} AS x FROM ({query})"
    return [row[0] for row in connection.execute(f"SELECT x FROM ({query}) ORDER BY i", [values, values]).fetchall()]


CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("trim", {}, {"  a b　 ": "a b", "\u200bx": "x"}),
    ("narrow", {}, {"ＡＢ１２　～": "AB12 ~"}),
    ("case", {"to": "upper"}, {"ab": "AB"}),
    ("repair", {}, {"åŒ—äº¬": "北京", "北京": "北京", "café": "café", "å\x8c\x97": "北", "bad\ufffd": None}),
    ("text", {"longest": 3}, {"a   b": "a b", "abcd": None}),
    ("id", {}, {" 123.0 ": "123", "１２": "12", "SP-1": "SP-1", "007": "007", "": None}),
    # Damaged by a spreadsheet: digits are lost, and nobody knows which.
    ("id", {}, {"6.9E+31": None, "12345678901234567000000000000000": None, "12345678901234567.0": None, "69012345678901234567890123456789": "69012345678901234567890123456789"}),
    ("id", {"strip": ["SKU-", "sku_"], "digits": 5, "prefix": "P"}, {"SKU-7": "P00007", "sku_7": "P00007", "7": "P00007", "x7": "Px7", "P7": "P7"}),
    ("id", {"case": "upper", "pattern": "[A-Z]{2}-[0-9]+"}, {"ab-1": "AB-1", "AB1": None}),
    ("id", {"remove": "- ", "case": "lower"}, {"3F2504E0-4F89-11D3-9A0C-0305E82C3301": "3f2504e04f8911d39a0c0305e82c3301"}),
    ("map", {"by": "brands", "fold": True}, {"ＮＩＫＥ": "Nike", " 耐 克 ": "Nike", "puma": None}),
    ("map", {"by": "ids", "unmapped": "keep"}, {"a1": "7", "A1": "A1"}),
    ("number", {}, {"1,234.5": 1234.5, "12,34": None, "12.5%": 0.125, "1e3": 1000.0, "inf": None, "nan": None, "１２": 12.0, ".5": 0.5, "abc": None}),
    ("integer", {}, {"3.0": 3, "3.5": None, "1,000": 1000, "-7": -7, "12345678901234567890": None}),
    ("boolean", {"true": ["同意"]}, {"是": True, "N": False, "1": True, "maybe": None, "无": False, "同意": True}),
    ("phone", {"needed": True}, {
        "+86 138-0000-1111": "13800001111", "13800001111.0": "13800001111", "0086 13800001111": "13800001111", "138****1111": None, "1380000": None,
        "(021) 6888-1234": "02168881234", "+1 415 555 0100": "+14155550100",
    }),
    ("phone", {"last": 4}, {"138****1111": "1111", "13800001111": "1111"}),
    ("email", {"needed": True}, {"A.B@Ex.COM": "a.b@ex.com", "x@y": None, "a b@c.com": None}),
    ("place", {}, {
        "浙江": "浙江", "浙江省": "浙江", "330000": "浙江", "330106": "浙江", "330106.0": "浙江", "浙江省杭州市西湖区": "浙江", "Zhejiang": "浙江", "浙": "浙江",
        "广西壮族自治区南宁市": "广西", "内蒙古": "内蒙古", "上海市浦东新区": "上海", "火星": None,
    }),
    ("place", {"form": "code"}, {"陕西": "610000", "山西": "140000", "Shaanxi": "610000"}),
    ("place", {"level": "city"}, {
        "杭州": "杭州", "杭州市": "杭州", "330100": "杭州", "330106": "杭州", "浙江省杭州市西湖区": "杭州", "浙江杭州": "杭州", "北京": "北京", "吉林市": "吉林",
        # Which of two cities, or whether it is the province, is not guessed at.
        "Suzhou": None, "吉林": None, "海南": None, "延边州": "延边", "湖北省仙桃市": "仙桃",
    }),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "expected"), CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)])
def test_values(connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any], expected: dict[str, Any]) -> None:
    assert dict(zip(expected, made(connection, name, list(expected), **parameters), strict=True)) == expected


@pytest.mark.parametrize(("parameters", "expected"), [
    ({}, {"¥1,234.50": "1234.50", "￥1,234": "1234.00", "1234.5元": "1234.50", "(12.00)": "-12.00", "1.2万": "12000.00", "-¥3.20": "-3.20", "¥-3.20": "-3.20", "１２": "12.00", "RMB 12": "12.00", "1,23": None, "$5": None, "USD 5": None, "twelve": None}),
    ({"rates": {"USD": 7.12, "HKD": 0.9}}, {"$5": "35.60", "HK$10": "9.00", "1.5USD": "10.68", "12": "12.00"}),
    ({"unit": "fen"}, {"12900": "129.00", "¥129.00": "129.00", "5": "0.05"}),
])  # fmt: skip
def test_money(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any], expected: dict[str, str | None]) -> None:
    found = dict(zip(expected, made(connection, "money", list(expected), **parameters), strict=True))
    assert found == {text: value and Decimal(value) for text, value in expected.items()}


AT = dt.datetime(2024, 3, 5, 15, 4)
DAY = dt.datetime(2024, 3, 5)


@pytest.mark.parametrize(("parameters", "expected"), [
    ({}, {"2024-03-05": DAY, "2024/3/5": DAY, "2024年3月5日": DAY, "20240305": DAY, "2024.3.5": DAY}),
    ({}, {"2024/3/5 15:04": AT, "2024年3月5日 下午3:04": AT, "2024-3-5 3:04 PM": AT, "2024-03-05T15:04:00": AT, "20240305150400": AT, "２０２４-０３-０５ １５:０４": AT, "2024年3月5日15时4分": AT, "2024-03-05 15:04:00.000": AT}),
    # Points in time on the shop's clock, from clocks of elsewhere.
    ({}, {"2024-03-05T07:04:00Z": AT, "2024-03-05 15:04:00+08": AT, "2024-03-05T09:04:00.000+02:00": AT, "1709622240": AT, "1709622240000": AT, "1709622240000000": AT}),
    ({"zone": "UTC"}, {"2024-03-05 07:04:00": AT, "1709622240": AT}),
    ({}, {"2024-03-05 12:00 AM": DAY, "2024-03-05 13:00 PM": None, "2024-02-30": None, "05/03/2024": None, "yesterday": None, "45356": None, "99": None}),
    ({"excel": True}, {"45356": DAY, "45356.627777778": AT}),
    ({"formats": ["%d/%m/%Y"]}, {"05/03/2024": DAY, "2024-03-05": None}),
])  # fmt: skip
def test_times(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any], expected: dict[str, Any]) -> None:
    assert dict(zip(expected, made(connection, "time", list(expected), **parameters), strict=True)) == expected


def test_a_day_is_that_of_the_shop(connection: duckdb.DuckDBPyConnection) -> None:
    assert made(connection, "date", ["2024-03-04T20:00:00Z", "2024/3/5"]) == [dt.date(2024, 3, 5)] * 2


def test_people_are_hashed_unless_they_are_needed(connection: duckdb.DuckDBPyConnection) -> None:
    one, other, different = made(connection, "phone", ["+86 13800001111", "13800001111", "13800001112"])
    assert one == other != different
    assert "138" not in one and len(one) == 32
    assert made(connection, "email", ["a@b.com"])[0] != made(connection, "phone", ["13800001111"])[0]


@pytest.mark.parametrize("name", sorted(STANDARDISERS))
def test_what_is_missing_stays_missing(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    parameters = {"map": {"by": "ids"}, "case": {}, "id": {"prefix": "P", "digits": 3, "strip": ["x"]}}.get(name, {})
    assert made(connection, name, [None], **parameters) == [None]

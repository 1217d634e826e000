"""Every format that a source may come in, with the dirt that it comes with; and where each row that is none is found again."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import sqlite3
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.sources.conftest import MakeSources

ORDERS = """
sources:
  orders:
    into: orders
    path: {path}
    {more}
    columns:
      id: {{from: 编号, as: id, required: true}}
      at: {{from: 时间, as: {time}}}
      amount: {{from: 金额, as: money}}
      note: {{from: 备注, as: text}}
"""
EXPECTED = [
    ("1", dt.datetime(2024, 3, 5), Decimal("1234.50"), "好"),
    ("2", dt.datetime(2024, 3, 5, 15, 4), Decimal("88.00"), 'a "b", c'),
    ("3", None, None, None),
]
ROWS = [["编号", "时间", "金额", "备注"], ["1", "2024/3/5", "¥1,234.50", "好"], ["2", "2024年3月5日 下午3:04", "88元", 'a "b", c'], ["3", "", "无", ""]]


def yaml(path: str, more: str = "", time: str = "time") -> str:
    return ORDERS.format(path=path, more=more, time=time)


def csv_text(rows: list[list[str]] = ROWS, delimiter: str = ",", end: str = "\r\n") -> str:
    import io

    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize(
    ("encoding", "more", "delimiter"),
    [("utf-8", "", ","), ("utf-8-sig", "", ";"), ("gb18030", "", ","), ("gb18030", "encoding: gbk", "\t"), ("utf-16", "", ","), ("big5", "encoding: big5", ",")],
)
def test_csv_in_any_encoding(make: MakeSources, encoding: str, more: str, delimiter: str) -> None:
    text = csv_text(delimiter=delimiter)
    if more:
        text = text.replace("¥", "").replace("编号", "编号" if encoding != "big5" else "編號")
    text = text if encoding != "big5" else text.replace("时间", "時間").replace("金额", "金額").replace("备注", "備註").replace("无", "無")
    said = yaml("o.csv", more)
    if encoding == "big5":
        said = said.replace("编号", "編號").replace("时间", "時間").replace("金额", "金額").replace("备注", "備註").replace("as: money", "as: money, missing_values: [無]")
    shop = make(said, o_csv=text.encode(encoding))
    assert not shop.refresh().stopped
    assert shop.rows("FROM orders ORDER BY id") == EXPECTED


def test_rows_that_are_none_are_found_by_file_and_line(make: MakeSources) -> None:
    text = "编号,时间,金额,备注\n1,2024/3/5,1,好\n\n2,2024/3/5,2\n3,2024/3/5,3,a,b\n4,2024/3/5,4,\"two\nlines\"\n5,2024/3/5,5,\"open\n6,2024/3/5,6,9\" wide\n7,x,7,\n,2024/3/5,8,\n"
    shop = make(yaml("o.csv"), o_csv=text)
    shop.refresh()
    assert [r[0] for r in shop.rows("SELECT id FROM orders ORDER BY id")] == ["1", "4", "6"]
    assert shop.quarantine() == {
        ("o.csv", 4): "columns", ("o.csv", 5): "columns", ("o.csv", 8): "quotes", ("o.csv", 10): "at:time", ("o.csv", 11): "id:missing",
    }  # fmt: skip
    assert shop.accounts() == {"orders": (8, 3, 5, 0)}
    assert shop.rows("SELECT note FROM orders WHERE id IN ('4', '6') ORDER BY id") == [("two\nlines",), ('9" wide',)]


def test_bytes_that_are_no_text_go_into_quarantine(make: MakeSources) -> None:
    content = csv_text(end="\n").replace("¥", "").encode("gb18030") + b"4,2024/3/5,1,\xff\xff\n"
    shop = make(yaml("o.csv"), o_csv=content)
    shop.refresh()
    assert shop.quarantine() == {("o.csv", 5): "encoding"}
    assert len(shop.rows("FROM orders")) == 3


def xlsx(path: Path, rows: list[list[object]], sheet: str) -> None:
    """A workbook as spreadsheet programs write it, as small as one can be."""

    def cell(value: object, row: int, column: int) -> str:
        at = f"{chr(65 + column)}{row}"
        if value is None:
            return ""
        if isinstance(value, (int, float)):
            return f'<c r="{at}"><v>{value!r}</v></c>'
        if isinstance(value, dt.datetime):
            serial = (value - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
            return f'<c r="{at}" s="1"><v>{serial!r}</v></c>'
        text = str(value).replace("&", "&amp;").replace("<", "&lt;")
        return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'

    lines = "".join(f'<row r="{i}">{"".join(cell(v, i, j) for j, v in enumerate(row))}</row>' for i, row in enumerate(rows, 1))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{relations}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def test_excel_with_rows_above_the_head_and_dates_of_its_own(make: MakeSources) -> None:
    shop = make(yaml("o.xlsx", "header: 3", "{time: {excel: true}}"))
    rows: list[list[object]] = [
        ["三月订单"], [], ["编号", "时间", "金额", "备注"], [1, dt.datetime(2024, 3, 5), "¥1,234.50", "好"], [None, None, None, None],
        ["2", 45356 + (15 * 60 + 4) / 1440, 88, 'a "b", c'], ["3", "", "无", ""], [6.9e31, "", "", "damaged"], [None, None],
    ]  # fmt: skip
    xlsx(shop.folder / "o.xlsx", rows, "订单")
    assert not shop.refresh().stopped
    assert shop.rows("FROM orders ORDER BY id") == EXPECTED
    assert shop.quarantine() == {("o.xlsx", 8): "id:id"}
    assert shop.accounts() == {"orders": (4, 3, 1, 0)}


def test_excel_without_the_sheet_stops(make: MakeSources) -> None:
    shop = make(yaml("o.xlsx", "sheet: 退款"))
    xlsx(shop.folder / "o.xlsx", [["编号"]], "订单")
    assert "has no sheet 退款; it has 订单" in shop.refresh().stopped[0].message.en


EVENTS = """
sources:
  events:
    into: events
    path: e/*.jsonl{end}
    columns:
      id: {{as: id}}
      person: {{from: $.user.id, as: id}}
      at: {{from: ts, as: time}}
      price: {{as: {{money: {{unit: fen}}}}}}
    ignore: [extra]
"""


@pytest.mark.parametrize("packed", [False, True])
def test_lines_of_json_with_epoch_milliseconds_and_paths(make: MakeSources, packed: bool) -> None:
    lines = [
        json.dumps({"id": i, "user": {"id": f"u{i}"}, "ts": 1709622240000 + i, "price": 1250, "extra": "…"}, ensure_ascii=False) for i in range(3)
    ] + ["{broken", "[1]", "", '{"id": 9, "user": {"id": "u9"}, "ts": 1709622240, "price": null, "extra": 0}']
    content = "\n".join(lines).encode()
    shop = make(EVENTS.format(end=".gz" if packed else ""))
    shop.write("e/a.jsonl" + (".gz" if packed else ""), gzip.compress(content) if packed else content)
    assert not shop.refresh().stopped
    at = dt.datetime(2024, 3, 5, 15, 4)
    assert shop.rows("FROM events ORDER BY id") == [(str(i), f"u{i}", at + dt.timedelta(milliseconds=i), Decimal("12.50")) for i in range(3)] + [("9", "u9", at, None)]
    assert list(shop.quarantine().items()) == [((f"e/a.jsonl{'.gz' if packed else ''}", line), "json") for line in (4, 5)]
    assert shop.rows("SELECT raw FROM wenshu_state.quarantine WHERE line = 4") == [("{broken",)]


def test_parquet_with_types_of_its_own(make: MakeSources) -> None:
    shop = make(yaml("o/*.parquet"))
    (shop.folder / "o").mkdir()
    for n, rows in enumerate(["('1', TIMESTAMP '2024-03-05', '¥1,234.50', '好')", "('2', TIMESTAMP '2024-03-05 15:04:00', '88元', 'a \"b\", c'), ('3', NULL, '无', NULL)"]):
        duckdb.sql(f"COPY (FROM (VALUES {rows}) t(编号, 时间, 金额, 备注)) TO '{shop.folder}/o/{n}.parquet'")
    assert not shop.refresh().stopped
    assert shop.rows("FROM orders ORDER BY id") == EXPECTED
    assert shop.rows("SELECT file, records FROM wenshu_state.files ORDER BY file") == [("o/0.parquet", 1), ("o/1.parquet", 2)]


def test_parquet_files_of_one_source_with_other_types_and_orders_of_columns(make: MakeSources) -> None:
    shop = make(yaml("o/*.parquet"))
    (shop.folder / "o").mkdir()
    files = {
        "a": "SELECT '1' AS 编号, '2024-03-05' AS 时间, 1 AS 金额, NULL::VARCHAR AS 备注",
        "b": "SELECT '2' AS 编号, '2024-03-05' AS 时间, 2.5 AS 金额, 'b' AS 备注",
        "c": "SELECT unnest(['3', '4']) AS 编号, unnest(['2024-03-05', 'oops']) AS 时间, 3 AS 金额, 'c' AS 备注",
        "d": "SELECT 'd' AS 备注, '5' AS 编号, '2024-03-05' AS 时间, 5 AS 金额",
    }
    for name, query in files.items():
        duckdb.sql(f"COPY ({query}) TO '{shop.folder}/o/{name}.parquet'")
    assert not shop.refresh().stopped
    day = dt.datetime(2024, 3, 5)
    assert shop.rows("FROM orders ORDER BY id") == [
        ("1", day, Decimal("1.00"), None), ("2", day, Decimal("2.50"), "b"), ("3", day, Decimal("3.00"), "c"), ("5", day, Decimal("5.00"), "d"),
    ]  # fmt: skip
    assert shop.quarantine() == {("o/c.parquet", 2): "at:time"}
    assert shop.rows("SELECT file, records FROM wenshu_state.files ORDER BY file") == [(f"o/{n}.parquet", 1 + (n == "c")) for n in "abcd"]


def test_a_table_of_sqlite(make: MakeSources) -> None:
    pytest.importorskip("duckdb_extension_sqlite_scanner")
    shop = make(yaml("x.csv").replace("path: x.csv", "database: crm.db\n    table: orders"))
    with sqlite3.connect(shop.folder / "crm.db") as connection:
        connection.execute("CREATE TABLE orders (编号, 时间, 金额, 备注)")
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", [[int(r[0]), *r[1:]] for r in ROWS[1:]])
    connection.close()
    assert not shop.refresh().stopped
    assert shop.rows("FROM orders ORDER BY id") == EXPECTED
    before = shop.state()
    assert shop.refresh().built is None and shop.state() == before
    with sqlite3.connect(shop.folder / "crm.db") as connection:
        connection.execute("UPDATE orders SET 备注 = '坏' WHERE 编号 = 1")
    connection.close()
    shop.refresh()
    assert shop.rows("SELECT note FROM orders WHERE id = '1'") == [("坏",)]


def test_a_file_that_is_not_there_stops_its_source_alone(make: MakeSources) -> None:
    shop = make(yaml("o.csv") + yaml("p.csv").split("sources:")[1].replace("  orders:\n", "  others:\n").replace("into: orders", "into: others"), o_csv=csv_text())
    report = shop.refresh()
    assert [t.source for t in report.stopped] == ["others"]
    assert "There is no file" in report.stopped[0].message.en and "没有文件" in report.stopped[0].message.zh
    assert len(shop.rows("FROM orders")) == 3
    assert report.built is not None and report.built.left_out == ("others",)

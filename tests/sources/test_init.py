"""`wenshu init` from outside: the data of strangers to answers in both languages, with no file edited by hand."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from typer.testing import CliRunner

from assistant.ask import Assistant
from assistant.channels.cli import app
from semantic_layer.errors import ShopError
from semantic_layer.shops import open_shop
from semantic_layer.sources.reading.header import likely_header
from tests.engines.foreign.conftest import Server, server

__all__ = ["server"]
TEAS = ("龙井", "碧螺春", "铁观音", "大红袍", "普洱", "茉莉花茶", "白毫银针")
ORDERS = [(i, dt.date(2024, 1, 1) + dt.timedelta(days=i), i * 5 % 23 % 7, i % 3 + 1) for i in range(150)]  # number, day, tea, pieces
PER_MONTH = [(dt.date(2024, m, 1).isoformat(), n) for m, n in sorted(Counter(day.month for _, day, _, _ in ORDERS).items())]


def amount(tea: int, pieces: int) -> float:
    return pieces * (1000 + 10 * tea) + 0.5


def best(names: tuple[str, ...]) -> list[tuple[str, float]]:
    sold = Counter[str]()
    for _, _, tea, pieces in ORDERS:
        sold[names[tea]] += amount(tea, pieces)  # type: ignore[assignment]
    return sorted(sold.items(), key=lambda s: -s[1])[:5]


def write(path: Path, rows: list[list[Any]], encoding: str = "utf-8") -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.getvalue().encode(encoding))


def init(shop: Path, data: str, lang: str = "en") -> str:
    done = CliRunner().invoke(app, ["init", str(shop), "--from", data, "--lang", lang])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0
    return done.stdout


def check_answers(shop: Path, names: tuple[str, ...]) -> None:
    assistant = Assistant(open_shop(str(shop)))
    for question in ("每月订单数", "每个月多少订单", "orders per month"):
        answer = assistant.ask(question)
        assert answer.status == "answered", answer.text
        assert [(str(month)[:10], n) for month, n in answer.rows] == PER_MONTH
    for question in ("销售额前5的商品", "销售额最高的5个商品", "top 5 products by sales"):
        answer = assistant.ask(question)
        assert answer.status == "answered", answer.text
        assert [(tea, float(sold)) for tea, sold in answer.rows] == best(names)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files with Chinese headers: one GBK, days as 2024/3/5, amounts with signs and commas, numbers with zeros in front."""
    data = tmp_path / "data"
    write(data / "商品.csv", [["商品编号", "商品名称", "单价"], *([f"{i:03d}", t, f"￥{1000 + 10 * i}.50"] for i, t in enumerate(TEAS))], "gbk")
    write(data / "客户.csv", [["客户编号", "姓名", "城市"], *([f"C{i:02d}", f"客户{i}", ("北京", "上海")[i % 2]] for i in range(20))])
    orders = [
        [f"D{n}", f"C{n % 20:02d}", f"{tea:03d}", f"{day.year}/{day.month}/{day.day}", pieces, f"¥{amount(tea, pieces):,.2f}"]
        for n, day, tea, pieces in ORDERS
    ]
    write(data / "订单.csv", [["订单号", "客户编号", "商品编号", "下单日期", "数量", "金额"], *orders])
    return data


def test_a_folder_of_files_with_chinese_headers(folder: Path, tmp_path: Path) -> None:
    said = init(tmp_path / "tea", str(folder), "zh")
    check_answers(tmp_path / "tea", TEAS)
    # What was guessed is listed, on the terminal and for later; then comes a first answer.
    review = (tmp_path / "tea" / "REVIEW.md").read_text(encoding="utf-8")
    assert "全部 150 个值是金额" in review and "全部 150 个值是日期" in review and "数字以 0 开头" in review
    assert "REVIEW.md" in said and "also called sales" in said
    assert "2024-04-01 至 2024-04-30，金额为" in said
    # The shop stands on its own: nothing new where nothing is, and new rows come in.
    assert "没有变化" in CliRunner().invoke(app, ["refresh", "--shop", str(tmp_path / "tea"), "--lang", "zh"]).stdout
    with (folder / "订单.csv").open("a", encoding="utf-8") as file:
        file.write("D999,C01,000,2024/5/30,1,¥5.00\n")
    CliRunner().invoke(app, ["refresh", "--shop", str(tmp_path / "tea")])
    answer = Assistant(open_shop(str(tmp_path / "tea"))).ask("多少订单")
    assert [list(r) for r in answer.rows] == [[len(ORDERS) + 1]]


def test_a_workbook_of_two_sheets(tmp_path: Path) -> None:
    names = tuple(f"Tea {i}" for i in range(7))
    with xlsxwriter.Workbook(tmp_path / "shop.xlsx") as book:
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        orders, products = book.add_worksheet("Orders"), book.add_worksheet("Products")
        orders.write_row(0, 0, ["Order ID", "Order Date", "Product ID", "Quantity", "Amount"])
        for n, day, tea, pieces in ORDERS:
            orders.write_number(n + 1, 0, 5000 + n)
            orders.write_datetime(n + 1, 1, dt.datetime.combine(day, dt.time()), days)
            orders.write_row(n + 1, 2, [tea, pieces, amount(tea, pieces)])
        products.write_row(0, 0, ["Product ID", "Product Name"])
        for i, name in enumerate(names):
            products.write_row(i + 1, 0, [i, name])
    said = init(tmp_path / "shop", str(tmp_path / "shop.xlsx"))
    assert "2 datasets, 1 relationships" in said
    check_answers(tmp_path / "shop", names)


@pytest.mark.parametrize("zh", [False, True], ids=["en", "zh"])
def test_a_workbook_with_a_title_above_and_sums_below(tmp_path: Path, zh: bool) -> None:
    names = TEAS if zh else tuple(f"Tea {i}" for i in range(7))
    heads = ["订单号", "日期", "商品编码", "数量", "销售金额（元）"] if zh else ["Order No", "Date", "Item Code", "Qty", "Total"]
    with xlsxwriter.Workbook(tmp_path / "report.xlsx") as book:
        days = book.add_format({"num_format": "yyyy/m/d"})
        orders, products = (book.add_worksheet(n) for n in (("订单明细", "商品") if zh else ("Orders", "Products")))
        orders.write(0, 0, "2024年销售报表" if zh else "Sales report 2024")
        orders.write_row(1, 0, ["导出时间", "2024-08-01"] if zh else ["Exported", "2024-08-01"])
        orders.write_row(3, 0, heads)
        for n, day, tea, pieces in ORDERS:
            orders.write_number(4 + n, 0, 5000 + n)
            orders.write_datetime(4 + n, 1, dt.datetime.combine(day, dt.time()), days)
            orders.write_row(4 + n, 2, [f"{tea:04d}", pieces, amount(tea, pieces)])
        orders.write(4 + len(ORDERS), 0, "合计：" if zh else "Total")
        orders.write(4 + len(ORDERS), 4, sum(amount(tea, pieces) for _, _, tea, pieces in ORDERS))
        products.write(0, 0, "商品资料" if zh else "What we sell")
        products.write_row(2, 0, ["商品编码", "商品名称", "类目"] if zh else ["Item Code", "Item Name", "Category"])
        for i, name in enumerate(names):
            products.write_row(3 + i, 0, [f"{i:04d}", name, "AB"[i % 2]])
    said = init(tmp_path / "shop", str(tmp_path / "report.xlsx"))
    check_answers(tmp_path / "shop", names)
    assert "header: 4" in said and "rows that only add others up are left out" in said
    held = values(tmp_path / "shop", "SELECT reasons, line FROM wenshu_state.quarantine")
    assert held == [("rule:sums", 5 + len(ORDERS))]


FLAT = {
    "taobao-zh": (["订单编号", "下单时间", "买家昵称", "商品标题", "商品类目", "单价", "购买数量", "实付金额", "订单状态"], "gb18030", "{d.year}年{d.month}月{d.day}日 10:05"),
    "shop-en": (["Order Number", "Order Date", "Customer Name", "Product", "Category", "Unit Price", "Qty", "Line Total", "Status"], "utf-8", "{d:%Y-%m-%d} 10:05"),
    "ledger-en": (["transaction_id", "created_at", "customer", "item", "group", "list_price", "units", "revenue", "state"], "utf-8", "{d.year}/{d.month}/{d.day}"),
    "retail-en": (["InvoiceNo", "InvoiceDate", "CustomerID", "Description", "StockCode", "UnitPrice", "Quantity", "Total", "Country"], "utf-8", "{d:%Y-%m-%d}"),
}


@pytest.mark.parametrize("name", FLAT)
def test_a_file_with_everything_in_one_row(tmp_path: Path, name: str) -> None:
    """Orders are counted by their number, in however many rows they stand, and products are known by their names."""
    heads, encoding, day = FLAT[name]
    rows = []
    for n, d, tea, pieces in ORDERS:
        parts = ((pieces, amount(tea, pieces) / 2),) * 2 if n % 4 == 0 else ((pieces, amount(tea, pieces)),)
        rows += [[f"T{9000 + n}", day.format(d=d), f"buyer{n % 20}", TEAS[tea], f"G{tea}", 1, p, f"{a:.2f}", "ok"] for p, a in parts]
    write(tmp_path / f"{name}.csv", [heads, *rows], encoding)
    init(tmp_path / "shop", str(tmp_path / f"{name}.csv"))
    check_answers(tmp_path / "shop", TEAS)


def test_an_export_with_lines_above_its_header(tmp_path: Path) -> None:
    body = io.StringIO()
    csv.writer(body).writerows([["交易编号", "交易时间", "商品名称", "成交金额（元）", "备注"], *([f"T{n}", f"{d} 10:00:00", TEAS[t], amount(t, p), ""] for n, d, t, p in ORDERS), ["合计", "", "", 1, ""]])
    (tmp_path / "export.csv").write_bytes(("店铺交易明细导出\n导出时间：2024-08-01 10:00:00\n\n" + body.getvalue()).encode("gbk"))
    init(tmp_path / "shop", str(tmp_path / "export.csv"), "zh")
    check_answers(tmp_path / "shop", TEAS)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([["id", "name"], ["1", "a"]], 1),
        ([["", ""], ["Report", ""], ["id", "name", "day"], ["1", "a", "2024"]], 3),
        ([["Report"], ["A", "B"], ["id", "name", "day", "city"], ["x", "a", "b", "c"]], 3),
        ([["2023", "2024", "2025", "2026"], ["1", "2", "3", "4"]], 1),
        ([["only"], ["a"], ["b"]], 1),
        ([], 1),
    ],
)
def test_the_line_that_names_the_columns(rows: list[list[str]], line: int) -> None:
    assert likely_header(rows) == line


def test_a_database_of_postgresql(tmp_path: Path, server: Server) -> None:
    pytest.importorskip("duckdb_extension_postgres_scanner")
    names = tuple(f"Tea {i}" for i in range(7))
    products = ", ".join(f"({i}, '{n}')" for i, n in enumerate(names))
    orders = ", ".join(f"({n}, '{day}', {tea}, {amount(tea, pieces)})" for n, day, tea, pieces in ORDERS)
    server.run(f"""
        DROP DATABASE IF EXISTS tea; CREATE DATABASE tea;
        \\connect tea
        CREATE TABLE products (id int PRIMARY KEY, name text);
        CREATE TABLE orders (id int PRIMARY KEY, ordered_at date, product_id int REFERENCES products, amount numeric(12, 2));
        INSERT INTO products VALUES {products}; INSERT INTO orders VALUES {orders};
    """)
    init(tmp_path / "tea", server.url(database="tea"))
    check_answers(tmp_path / "tea", names)


def test_a_database_of_postgresql_with_chinese_names(tmp_path: Path, server: Server) -> None:
    pytest.importorskip("duckdb_extension_postgres_scanner")
    products = ", ".join(f"('{i:03d}', '{n}')" for i, n in enumerate(TEAS))
    orders = ", ".join(f"({n}, '{day}', '{tea:03d}', {pieces}, {amount(tea, pieces)})" for n, day, tea, pieces in ORDERS)
    server.run(f"""
        DROP DATABASE IF EXISTS shop; CREATE DATABASE shop;
        \\connect shop
        CREATE TABLE 商品 (商品编号 text PRIMARY KEY, 商品名称 text);
        CREATE TABLE 订单 (订单号 int PRIMARY KEY, 下单时间 timestamp, 商品编号 text REFERENCES 商品, 数量 int, 金额 numeric(12, 2));
        INSERT INTO 商品 VALUES {products}; INSERT INTO 订单 VALUES {orders};
    """)
    init(tmp_path / "shop", server.url(database="shop"), "zh")
    check_answers(tmp_path / "shop", TEAS)


def test_orders_that_stand_in_several_rows_are_counted_once(tmp_path: Path) -> None:
    rows = [[f"D{i // 2}", f"2024-0{i // 20 + 1}-05", f"茶{i % 6}", i % 3 + 1, "10.5元"] for i in range(60)]
    write(tmp_path / "data" / "订单.csv", [["订单号", "下单日期", "商品名称", "件数", "金额"], *rows])
    said = init(tmp_path / "shop", str(tmp_path / "data"))
    assert "each is counted once" in said
    answer = Assistant(open_shop(str(tmp_path / "shop"))).ask("每个月多少订单")
    assert [n for _, n in answer.rows] == [10, 10, 10]


def values(shop: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(shop / "data.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_what_values_are_taken_for(tmp_path: Path) -> None:
    """Numbers are no times by chance; days are read as the values allow, and where both ways are possible not at all."""
    head = ["id", "phone", "shipped_date", "paid_date", "due_date", "active", "stamp", "cost"]
    rows = [[i, 1_300_000_000 + i, f"{13 + i}/03/2024", f"03/{13 + i}/2024", f"0{i + 1}/02/2024", "YN"[i % 2], 1_700_000_000 + i, f"${i}.25"] for i in range(6)]
    write(tmp_path / "data" / "shipments.csv", [head, *rows])
    said = init(tmp_path / "shop", str(tmp_path / "data"))
    types = dict(values(tmp_path / "shop", "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'shipments'"))
    assert types["shipped_date"] == types["paid_date"] == "DATE" and types["due_date"] == "VARCHAR"
    assert types["phone"] != "TIMESTAMP" and types["active"] == "BOOLEAN" and types["cost"].startswith("DECIMAL")
    assert values(tmp_path / "shop", "SELECT DISTINCT month(shipped_date), month(paid_date) FROM shipments") == [(3, 3)]
    assert "the day or the month may come first" in said and "read as USD" in said


def test_zeros_that_one_file_lost_are_put_back(tmp_path: Path) -> None:
    write(tmp_path / "data" / "items.csv", [["item_id", "name"], *([f"{i:05d}", f"thing {i}"] for i in range(30))])
    write(tmp_path / "data" / "sales.csv", [["day", "item_id", "amount"], *([f"2024-01-{i % 28 + 1}", i % 30, 5] for i in range(90))])
    init(tmp_path / "shop", str(tmp_path / "data"))
    assert values(tmp_path / "shop", "SELECT count(*) FROM sales JOIN items USING (item_id)") == [(90,)]
    # Two sales that are the same in every column are two sales.
    assert values(tmp_path / "shop", "SELECT count(*) FROM sales") == [(90,)]


def test_what_cannot_be_read_is_named_and_the_rest_taken(folder: Path, tmp_path: Path) -> None:
    (folder / "notes.docx").write_bytes(b"PK")
    (folder / "broken.xlsx").write_bytes(b"no workbook")
    (folder / "empty.csv").write_bytes(b"")
    said = init(tmp_path / "tea", str(folder))
    assert all(name in said for name in ("notes.docx", "broken.xlsx", "empty.csv"))
    check_answers(tmp_path / "tea", TEAS)


def test_errors_say_what_to_do_in_both_languages(folder: Path, tmp_path: Path) -> None:
    for lacking in ("nowhere", "nowhere.duckdb"):
        with pytest.raises(ShopError, match="There is no file") as error:
            init(tmp_path / "shop", str(tmp_path / lacking))
        assert "没有文件" in error.value.zh
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "notes.docx").write_bytes(b"PK")
    with pytest.raises(ShopError, match=r"Nothing in .* can be read.\n  notes.docx") as error:
        init(tmp_path / "shop", str(tmp_path / "bare"))
    assert "没有可读取的数据" in error.value.zh
    assert not (tmp_path / "shop").exists()
    with pytest.raises(ShopError, match="is there already") as error:
        init(folder, str(tmp_path / "nowhere"))
    assert "There is no file" in error.value.en and "已存在" in error.value.zh and "没有文件" in error.value.zh
    with pytest.raises(ShopError, match="postgresql://"):
        init(tmp_path / "shop", "mysql://u@127.0.0.1/x")

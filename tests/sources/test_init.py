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
    for question in ("每个月多少订单", "orders per month"):
        answer = assistant.ask(question)
        assert answer.status == "answered", answer.text
        assert [(str(month)[:10], n) for month, n in answer.rows] == PER_MONTH
    for question in ("销售额最高的5个商品", "top 5 products by sales"):
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
    with pytest.raises(ShopError, match="is there already"):
        init(folder, str(folder))
    with pytest.raises(ShopError, match="postgresql://"):
        init(tmp_path / "shop", "mysql://u@127.0.0.1/x")

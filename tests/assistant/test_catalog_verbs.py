"""`wenshu catalog import` and `export` as a person uses them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml

from tests.command import wenshu

MODEL = """\
version: 0.2.0.dev0
semantic_model:
- name: sales
  datasets:
  - name: orders
    source: db.public.orders
    ai_context: be precise
    fields:
    - {name: amount, expression: {dialects: [{dialect: ANSI_SQL, expression: amount}]}}
    - {name: city, dimension: {}, expression: {dialects: [{dialect: ANSI_SQL, expression: city}]}}
  metrics:
  - {name: total_sales, expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount)}]}}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A model and its database."""
    (tmp_path / "model.yaml").write_text(MODEL)
    with duckdb.connect(str(tmp_path / "data.duckdb")) as connection:
        connection.execute("CREATE TABLE orders (amount DOUBLE, city VARCHAR)")
        connection.execute("INSERT INTO orders VALUES (2, 'Rome'), (3, 'Rome'), (1, 'Oslo')")
    return tmp_path


def _import(place: Path, *more: str) -> tuple[int, str, str]:
    done = wenshu("catalog", "import", "model.yaml", "--format", "ossie", "--database", "data.duckdb", "--out", "shop", *more, cwd=place)
    assert "Traceback" not in done.stderr + done.stdout
    return done.returncode, done.stdout, done.stderr


def test_import_check_ask_and_export(place: Path) -> None:
    code, out, _ = _import(place)
    assert code == 0 and "model.yaml:7" in out and "instructions" in out
    assert wenshu("catalog", "check", "shop", cwd=place).returncode == 0
    assert "Rome" in (told := wenshu("ask", "total sales by city", "--shop", "shop", cwd=place).stdout) and "5" in told
    exported = wenshu("catalog", "export", "shop", "--format", "ossie", "--out", "again.yaml", cwd=place)
    assert exported.returncode == 0 and "WENSHU" in exported.stderr and exported.stdout == ""
    printed = wenshu("catalog", "export", "shop", "--format", "ossie", cwd=place)
    assert yaml.safe_load(printed.stdout) == yaml.safe_load((place / "again.yaml").read_text(encoding="utf-8"))


def test_the_shop_and_its_database_can_move_together(place: Path) -> None:
    _import(place)
    moved = place.rename(place.with_name("moved"))
    assert "6" in wenshu("ask", "total sales", "--shop", "shop", cwd=moved).stdout


def test_the_report_is_there_in_both_languages(place: Path) -> None:
    _, out, _ = _import(place, "--lang", "zh")
    assert "未能带过来的" in out and "已写入" in out
    review = (place / "shop" / "REVIEW.md").read_text(encoding="utf-8")
    assert "Not carried over" in review and "未能带过来的" in review


def test_mistakes_are_one_sentence_and_a_code(place: Path) -> None:
    _import(place)
    code, _, said = _import(place)
    assert code == 1 and "nothing is overwritten" in said
    again = wenshu("catalog", "export", "shop", "--format", "ossie", "--out", "model.yaml", cwd=place)
    assert again.returncode == 1 and "nothing is overwritten" in again.stderr and (place / "model.yaml").read_text() == MODEL
    for args, status, word in (
        (("import", "none.yaml", "--format", "ossie", "--database", "data.duckdb", "--out", "x"), 2, "none.yaml"),
        (("import", "model.yaml", "--format", "ossie", "--database", "none.duckdb", "--out", "x"), 1, "none.duckdb"),
        (("import", "model.yaml", "--format", "ossie", "--database", "data.duckdb", "--out", "x", "--schema", "sales"), 1, "no table sales.orders"),
        (("import", "model.yaml", "--format", "ossie", "--database", "data.duckdb", "--out", "x", "--schema", "none.yaml"), 2, "none.yaml"),
        (("import", "model.yaml", "--format", "powerbi", "--database", "data.duckdb", "--out", "x"), 2, "powerbi"),
        (("export", "nowhere", "--format", "ossie"), 1, "nowhere"),
    ):
        done = wenshu("catalog", *args, cwd=place)
        assert (done.returncode, "Traceback" in done.stderr) == (status, False)
        assert word in done.stderr
        assert not (place / "x").exists()

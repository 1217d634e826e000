"""`wenshu catalog check` on shops with broken files: one exit code, a sentence with file and line, and nothing changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant.channels.cli import app
from tests.catalog.check.bad_shops import CASES, CATALOG_FILE, EXTRA_FILE, BadShop, make_healthy
from tests.catalog.check.conftest import CATALOG

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("healthy") / "shop"
    make_healthy(folder)
    return folder


@pytest.fixture
def folder(healthy: Path, tmp_path: Path) -> Path:
    """A shop without a mistake, to be broken."""
    return Path(shutil.copytree(healthy, tmp_path / "shop"))


def check(folder: Path, *options: str) -> Result:
    result = CliRunner().invoke(app, ["catalog", "check", str(folder), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def findings(folder: Path, lang: str = "en") -> list[dict[str, Any]]:
    """The errors as JSON."""
    result = check(folder, "--format", "json", "--lang", lang)
    report = json.loads(result.stdout)
    errors = [p for p in report["problems"] if p["severity"] == "error"]
    assert (result.exit_code, report["errors"]) == (1 if errors else 0, len(errors))
    return errors


def contents(folder: Path) -> set[tuple[str, int]]:
    return {(str(p.relative_to(folder)), p.lstat().st_size) for p in folder.rglob("*")}


def test_there_are_sixty_cases_and_more() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 60


def test_a_healthy_shop_passes(folder: Path) -> None:
    assert findings(folder) == []
    assert check(folder).stdout.startswith(f"The catalog of {folder} has no problems, ")


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_broken_shop_is_reported(folder: Path, case: BadShop) -> None:
    case.change(folder)
    before = contents(folder)
    found = findings(folder)
    at = [(p["file"], p["line"], p["field"], p["rule"]) for p in found]
    assert (case.file, case.line, case.field, case.rule) in at
    matching = [p["message"] for p in found if (p["file"], p["line"], p["rule"]) == (case.file, case.line, case.rule)]
    assert any(case.said in message for message in matching), matching
    assert all(len(p["message"]) < 1000 for p in found)
    assert contents(folder) == before
    in_chinese = findings(folder, "zh")
    assert [(p["file"], p["line"], p["rule"]) for p in in_chinese] == [(p["file"], p["line"], p["rule"]) for p in found]
    assert all(re.search("[\u4e00-\u9fff]", p["message"]) for p in in_chinese), in_chinese


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + CATALOG.encode(), CATALOG.replace("\n", "\r\n").encode()], ids=["a byte order mark", "CRLF"])
def test_what_editors_of_windows_write_is_no_mistake(folder: Path, text: bytes) -> None:
    (folder / CATALOG_FILE).write_bytes(text)
    assert findings(folder) == []


def test_an_empty_file_beside_others_is_a_warning(folder: Path) -> None:
    (folder / EXTRA_FILE).write_text("")
    result = check(folder)
    assert result.exit_code == 0
    assert "catalog/extra.yaml: warning: the file is empty" in result.stdout


def test_mistakes_of_all_files_are_reported_at_once(folder: Path) -> None:
    (folder / "wenshu.yaml").write_text("name: small\ndatabase: small.duckdb\nlimit: {}\n")
    (folder / EXTRA_FILE).write_text("metrics: {x: {expression: orders.amount, label: {en: x}}}\n")
    (folder / "catalog" / "third.yaml").write_text("a: [\n")
    assert {p["file"] for p in findings(folder)} == {"wenshu.yaml", "catalog/extra.yaml", "catalog/third.yaml"}


def test_an_expectation_that_holds_within_its_tolerance(folder: Path) -> None:
    expect = "    expect: {value: 8.05, tolerance: 0.01, time: 2024-03-01, where: [{field: customers.city, value: Paris}]}\n"
    path = folder / CATALOG_FILE
    path.write_text(CATALOG.replace("    default: true\n", "    default: true\n" + expect))
    assert findings(folder) == []
    path.write_text(path.read_text().replace("0.01", "0.001"))
    assert [p["rule"] for p in findings(folder)] == ["UnmetExpectation"]


def _wenshu(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "assistant.channels.cli", "catalog", "check", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)


def test_the_command_says_it_in_lines(folder: Path) -> None:
    (folder / EXTRA_FILE).write_text("metrics:\n\tsales: 1\n")
    done = _wenshu(folder)
    assert done.returncode == 1 and done.stdout == ""
    assert "  catalog/extra.yaml:2: not valid YAML: a tab" in done.stderr and "Traceback" not in done.stderr
    assert "  catalog/extra.yaml:2: 不是有效的 YAML：此处有制表符" in _wenshu(folder, "--lang", "zh").stderr


def test_a_file_that_may_not_be_read(healthy: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(shutil.copytree(healthy, Path(place) / "shop"))
        (folder / EXTRA_FILE).write_text("metrics: {}\n")
        (folder / EXTRA_FILE).chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # the superuser may read everything
        try:
            [problem] = findings(folder)
        finally:
            os.seteuid(user)
    assert (problem["file"], problem["line"]) == (EXTRA_FILE, None)
    assert problem["message"] == "the file cannot be read: permission denied"

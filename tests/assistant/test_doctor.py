"""`wenshu doctor` from outside: what is fine, what is broken, and that nothing broken keeps the other checks from being made."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from assistant.channels.cli import app
from tests.conftest import write_shop

ROOT = Path(__file__).parents[2]
CATALOG = {
    "datasets": {"sales": {"time": "day", "fields": {"day": {"kind": "time", "type": "date"}, "amount": {"kind": "measure", "type": "number"}}}},
    "metrics": {"revenue": {"expression": "SUM(sales.amount)", "label": {"zh": "销售额", "en": "revenue"}}},
}
FILL = "CREATE TABLE sales AS SELECT DATE '2024-01-01' AS day, 1.5 AS amount"


def doctor(home: Path, *args: str, root: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """The command with a home of its own; never with a traceback. A process of its own where it is to find other surroundings."""
    if root == ROOT and not env:
        with contextlib.chdir(home.parent):
            run = CliRunner().invoke(app, ["doctor", *args], env={"WENSHU_HOME": str(home)}, catch_exceptions=False)
        return subprocess.CompletedProcess(["wenshu", "doctor", *args], run.exit_code, run.stdout, run.stderr)
    environment = {**os.environ, "WENSHU_HOME": str(home), "PYTHONPATH": str(root), "PYTHONUTF8": "1", **env}
    command = [sys.executable, "-m", "assistant.channels.cli", "doctor", *args]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=home.parent, timeout=300)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def line(done: subprocess.CompletedProcess[str], name: str) -> str:
    """The one line about something."""
    (found,) = [each for each in done.stdout.splitlines() if each[4:].startswith(f"{name}:")]
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shop of one table."""
    return write_shop(tmp_path / "shop", CATALOG, FILL)


def test_nothing_is_wrong_with_a_shop_that_works(home: Path, folder: Path) -> None:
    for lang in ("en", "zh"):
        done = doctor(home, "--shop", str(folder), "--lang", lang)
        assert done.returncode == 0, done.stdout
        assert {each[:4] for each in done.stdout.splitlines()} <= {"OK  ", "--  "}
        for name in ("python", "libraries", "home", "disk", "clock", "encoder", *(f"{folder}: {n}" for n in ("limits", "database", "worker", "catalog"))):
            assert line(done, name).startswith("OK")
        assert ("没有问题" if lang == "zh" else "no problems") in done.stdout


def test_json_says_the_same(home: Path, folder: Path) -> None:
    done = doctor(home, "--shop", str(folder), "--format", "json", "--lang", "zh")
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 0 and found["ok"] is True
    assert {"name": "catalog", "shop": str(folder), "status": "ok", "text": "没有问题"} in found["checks"]
    done = doctor(home, "--shop", "nowhere", "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["ok"] is False
    assert [c["name"] for c in found["checks"] if c["status"] == "wrong"] == ["settings"]


def test_a_shop_that_is_not_there_does_not_keep_another_from_being_looked_at(home: Path, folder: Path) -> None:
    done = doctor(home, "--shop", "nowhere", "--shop", str(folder))
    assert done.returncode == 1
    assert line(done, "nowhere: settings").startswith("!!  nowhere: settings: There is no shop nowhere")
    assert line(done, f"{folder}: catalog").startswith("OK")


def test_without_a_built_shop_it_says_how_to_build_one_and_builds_none(home: Path) -> None:
    done = doctor(home)
    assert done.returncode == 0 and "wenshu demo" in line(done, "shops")
    done = doctor(home, "--shop", "completejourney")
    assert done.returncode == 1 and "wenshu catalog check completejourney" in line(done, "completejourney: database")
    assert not (home / "shops").exists()


@pytest.mark.parametrize(
    ("content", "en", "zh"),
    [
        (None, "There is no database file", "没有数据库文件"),
        (b"no database at all" * 1000, "damaged, or not a DuckDB file", "已损坏，或不是 DuckDB 文件"),
        (b"", "damaged, or not a DuckDB file", "已损坏，或不是 DuckDB 文件"),
    ],
)
def test_a_database_that_cannot_be_read_is_named(home: Path, folder: Path, content: bytes | None, en: str, zh: str) -> None:
    (folder / "small.duckdb").unlink()
    if content is not None:
        (folder / "small.duckdb").write_bytes(content)
    for lang, words in (("en", en), ("zh", zh)):
        done = doctor(home, "--shop", str(folder), "--lang", lang)
        assert done.returncode == 1
        assert line(done, f"{folder}: database").startswith("!!") and words in line(done, f"{folder}: database")


def checksum(block: bytes) -> int:
    """DuckDB's checksum of a block (src/common/checksum.cpp)."""
    result = 5381
    for i in range(0, len(block), 8):
        result ^= int.from_bytes(block[i : i + 8], "little") * 0xBF58476D1CE4E5B9 % 2**64
    return result


def test_a_database_of_a_version_to_come_is_named(home: Path, folder: Path) -> None:
    data = bytearray((folder / "small.duckdb").read_bytes())
    at = data.index(b"DUCK") + 4  # the storage version follows, 8 bytes
    data[at : at + 8] = (9999).to_bytes(8, "little")
    data[:8] = checksum(bytes(data[8:4096])).to_bytes(8, "little")
    (folder / "small.duckdb").write_bytes(bytes(data))
    done = doctor(home, "--shop", str(folder))
    assert done.returncode == 1
    assert f"another version of DuckDB than {duckdb.__version__}" in line(done, f"{folder}: database")


def test_a_database_that_another_program_writes_is_named(home: Path, folder: Path) -> None:
    holder = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    command = [sys.executable, "-c", holder, str(folder / "small.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "held\n"
        try:
            done = doctor(home, "--shop", str(folder))
        finally:
            process.communicate("\n")
    assert done.returncode == 1 and "in use by a program that writes" in line(done, f"{folder}: database")


def test_problems_of_a_catalog_are_counted(home: Path, folder: Path) -> None:
    path = folder / "catalog" / "catalog.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("SUM(sales.amount)", "SUM(sales.nothing)"), encoding="utf-8")
    done = doctor(home, "--shop", str(folder))
    assert done.returncode == 1
    assert f"1 problem(s). See: wenshu catalog check {folder}" in line(done, f"{folder}: catalog")
    assert "catalog.yaml:" in done.stdout


def test_a_folder_without_a_catalog_is_named(home: Path, folder: Path) -> None:
    shutil.rmtree(folder / "catalog")
    done = doctor(home, "--shop", str(folder))
    assert done.returncode == 1 and line(done, f"{folder}: catalog").startswith("!!")
    assert line(done, f"{folder}: worker").startswith("OK")


def test_roles_that_do_not_fit_the_tables_are_named(home: Path, folder: Path) -> None:
    with (folder / "wenshu.yaml").open("a", encoding="utf-8") as file:
        file.write("rights: {role: clerk, allowed_tables: [purchases]}\n")
    done = doctor(home, "--shop", str(folder))
    assert done.returncode == 1 and line(done, f"{folder}: roles").startswith("!!") and "purchases" in done.stdout


def test_settings_that_cannot_be_read_are_named(home: Path, folder: Path) -> None:
    (folder / "wenshu.yaml").write_bytes(b"name: [\xff")
    done = doctor(home, "--shop", str(folder))
    assert done.returncode == 1 and line(done, f"{folder}: settings").startswith("!!")


def test_more_memory_than_there_is_and_an_encoder_that_is_not_there_are_named(home: Path, folder: Path) -> None:
    with (folder / "wenshu.yaml").open("a", encoding="utf-8") as file:
        file.write(f"limits: {{memory_mb: {10**9}}}\nencoder: {folder}/no-model\n")
    done = doctor(home, "--shop", str(folder))
    assert done.returncode == 1
    assert "Lower limits.memory_mb" in line(done, f"{folder}: limits")
    assert line(done, "encoder").startswith("!!")


def test_a_home_that_cannot_be_written_is_named(home: Path, folder: Path) -> None:
    home.write_text("a file, so that no folder can be made in it", encoding="utf-8")
    done = doctor(home, "--shop", str(folder))
    assert done.returncode == 1 and "Set WENSHU_HOME to a folder that can be" in line(done, "home")
    assert line(done, f"{folder}: catalog").startswith("OK")


@pytest.mark.skipif(shutil.which("fc-list") is None, reason="needs fontconfig (fc-list)")
def test_without_a_font_for_chinese_it_says_which_to_install(home: Path, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "fonts.conf").write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>', encoding="utf-8")
    done = doctor(home, "--shop", str(folder), FONTCONFIG_FILE=str(tmp_path / "fonts.conf"))
    assert done.returncode == 0
    assert line(done, "fonts").startswith("--") and "fonts-noto-cjk" in line(done, "fonts")


def test_a_font_for_chinese_is_found_by_its_file_where_fontconfig_is_missing(home: Path, tmp_path: Path, folder: Path) -> None:
    user = tmp_path / "user"
    (user / ".fonts" / "noto").mkdir(parents=True)
    (user / ".fonts" / "noto" / "NotoSansCJK-Regular.ttc").touch()
    done = doctor(home, "--shop", str(folder), HOME=str(user), PATH=str(tmp_path))
    assert line(done, "fonts").startswith("OK")


def test_a_time_zone_that_does_not_exist_is_named(home: Path, folder: Path) -> None:
    done = doctor(home, "--shop", str(folder), TZ="Asia/Nowhere")
    assert done.returncode == 1 and "TZ=Asia/Nowhere is no time zone" in line(done, "clock")
    assert "+0800" in line(doctor(home, "--shop", str(folder), TZ="Asia/Shanghai"), "clock")


def test_outside_a_checkout_the_installed_package_says_what_is_needed(home: Path, tmp_path: Path) -> None:
    for package in ("semantic_layer", "assistant", "prompts"):
        shutil.copytree(ROOT / package, tmp_path / "elsewhere" / package, ignore=shutil.ignore_patterns("__pycache__"))
    done = doctor(home, root=tmp_path / "elsewhere")
    assert line(done, "python").startswith("OK")
    assert line(done, "extra embeddings")

"""`wenshu ui` before a page is served: what keeps it from starting is said in plain words."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.command import wenshu
from tests.conftest import write_shop
from tests.ui.test_page import HOSTILE_CATALOG, HOSTILE_ROWS


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(write_shop(tmp_path / "small", HOSTILE_CATALOG, *HOSTILE_ROWS))


def test_a_port_that_is_taken_is_named(folder: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = wenshu("ui", "--shop", folder, "--port", port)
    assert done.returncode == 2 and port in done.stderr and "--port" in done.stderr and "Traceback" not in done.stderr


def test_an_unknown_shop_or_user_is_named(folder: str) -> None:
    assert wenshu("ui", "--shop", "nowhere").returncode == 1
    settings = Path(folder) / "wenshu.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "rights: {role: all, allowed_tables: ['*']}\nusers: {ann: all}\n", encoding="utf-8")
    done = wenshu("ui", "--shop", folder, "--user", "eve")
    assert done.returncode != 0 and done.stderr and "Traceback" not in done.stderr

"""Where a store is, and what is said when it cannot be opened or used. No error and no log line holds a password."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.store import open_store, store_url
from semantic_layer.errors import StoreBusy, StoreError, WenshuError
from semantic_layer.shops import open_shop
from tests.conftest import write_shop
from tests.engines.foreign.conftest import Server
from tests.store.conftest import a_turn

if TYPE_CHECKING:
    from assistant.store.store import Store

CATALOG = {"datasets": {"t": {"fields": {"a": {"type": "integer"}}}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop; nothing in the environment names a store."""
    monkeypatch.delenv("WENSHU_STORE", raising=False)
    monkeypatch.setenv("WENSHU_HOME", str(tmp_path / "home"))
    return write_shop(tmp_path / "shop", CATALOG, "CREATE TABLE t (a INTEGER)")


def settle(folder: Path, url: str) -> str:
    """The URL of the store of the shop whose settings name this one."""
    with (folder / "wenshu.yaml").open("a", encoding="utf-8") as file:
        file.write(f"store: {url}\n")
    with closing(open_shop(str(folder))) as shop:
        return store_url(shop)


def test_by_default_a_file_in_the_home(folder: Path, tmp_path: Path, opened: Callable[[str | None], Store]) -> None:
    opened(None).start("small", "ann")
    made = tmp_path / "home" / "store.sqlite"
    assert made.is_file() and stat.S_IMODE(made.stat().st_mode) == 0o600
    with closing(open_shop(str(folder))) as shop:
        assert store_url(shop) == store_url() == f"sqlite:///{made}"


def test_the_settings_name_another_and_the_environment_goes_first(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settle(folder, "sqlite:///kept/store.sqlite?timeout=3") == f"sqlite:///{folder}/kept/store.sqlite?timeout=3"
    monkeypatch.setenv("WENSHU_STORE", f"sqlite:///{tmp_path}/named.sqlite")
    with closing(open_shop(str(folder))) as shop:
        assert store_url(shop) == store_url() == f"sqlite:///{tmp_path}/named.sqlite"
    open_store().close()
    assert (tmp_path / "named.sqlite").is_file()


def test_other_urls_of_the_settings_stay_as_they_are(folder: Path) -> None:
    assert settle(folder, "postgresql://ann:p%40ss@localhost/wenshu") == "postgresql://ann:p%40ss@localhost/wenshu"


def test_settings_do_not_show_their_store(folder: Path) -> None:
    settle(folder, "postgresql://ann:a-secret@localhost/wenshu")
    with closing(open_shop(str(folder))) as shop:
        assert "a-secret" not in repr(shop.settings)


def failure(url: str, caplog: pytest.LogCaptureFixture) -> WenshuError:
    """The error of opening a store; neither it, nor what led to it, nor the log says the password."""
    caplog.clear()
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreError) as error:
        open_store(url)
    assert error.value.en != error.value.zh
    assert "secret" not in error.value.zh + caplog.text + "".join(traceback.format_exception(error.value))
    return error.value


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("a-secret", "is not a database URL"),
        ("store.sqlite", "is not a database URL"),
        ("postgresql://ann:a-secret@host:port/db", "is not a database URL"),
        ("://ann:a-secret@host", "is not a database URL"),
        ("nosuch://ann:a-secret@host/db", "database nosuch of the store needs a driver"),
        ("postgresql+nosuch://ann:a-secret@host/db", "database postgresql+nosuch of the store needs a driver"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///file::memory:?uri=true", "in memory"),
        ("sqlite:///file:name?mode=memory&cache=shared&uri=true", "in memory"),
        ("sqlite:///{tmp}/x.sqlite?timeout=a-secret", "an option"),
        ("sqlite:///{tmp}", "{tmp} cannot be used"),
        ("sqlite:///{tmp}/text", "text cannot be used"),
        ("sqlite:///{tmp}/text/x.sqlite", "text/x.sqlite cannot be made"),
        ("sqlite:////proc/no/x.sqlite", "cannot be made"),
    ],
)
def test_a_store_that_cannot_be_opened(url: str, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "text").write_text("This is no database, and was never meant to be one. " * 100, encoding="utf-8")
    error = failure(url.format(tmp=tmp_path), caplog)
    assert said.format(tmp=tmp_path) in error.en


def test_a_store_on_a_server_that_does_not_let_in_or_is_not_there(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    for url in (
        server.url(password="a-secret"),
        server.url(database="nosuch"),
        server.url(password="a-secret@with/an-at"),
        f"postgresql://owner@127.0.0.1:{server.port}/postgres?password=a-secret",
        f"postgresql://owner:a-secret@127.0.0.1:{server.port}/postgres?a-secret=1",
        "postgresql://owner:a-secret@127.0.0.1:1/postgres",
    ):
        assert "The store postgresql cannot be used" in failure(url, caplog).en


def test_a_store_that_another_holds(file: Path, opened: Callable[[str], Store], caplog: pytest.LogCaptureFixture) -> None:
    url = f"sqlite:///{file}?timeout=0.1"
    store = opened(url)
    conversation = store.start("tea", "ann")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for act in (lambda: store.append(conversation, "ann", a_turn()), lambda: store.forget("tea", "ann"), lambda: open_store(url)):
            with pytest.raises(StoreBusy) as error:
                act()
            assert str(file) in error.value.en and str(file) in error.value.zh
        assert store.turns(conversation, "ann") == ()  # reading goes on
        other.execute("ROLLBACK")
    assert store.append(conversation, "ann", a_turn()) == 1


def test_a_store_that_is_damaged_while_it_is_used(file: Path, opened: Callable[[str], Store], caplog: pytest.LogCaptureFixture) -> None:
    store = opened(f"sqlite:///{file}")
    conversation = store.start("tea", "ann")
    with closing(sqlite3.connect(file)) as other:
        other.execute("DROP TABLE wenshu_turns")
    with pytest.raises(StoreError) as error:
        store.append(conversation, "ann", a_turn("a-secret-question"))
    assert error.value.code == "store" and "wenshu_turns" not in error.value.en
    assert "no such table: wenshu_turns" in caplog.text and "a-secret-question" not in caplog.text


def test_a_damaged_conversation_that_failed_is_as_before(file: Path, opened: Callable[[str], Store]) -> None:
    store = opened(f"sqlite:///{file}")
    conversation = store.start("tea", "ann")
    before = store.conversations("tea", "ann")
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TRIGGER never BEFORE INSERT ON wenshu_turns BEGIN SELECT RAISE(ABORT, 'never'); END")
    with pytest.raises(StoreError):
        store.append(conversation, "ann", a_turn())
    assert store.conversations("tea", "ann") == before


def test_readers_and_a_writer_do_not_wait_for_each_other(file: Path, opened: Callable[[str], Store]) -> None:
    opened(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_nothing_of_the_database_is_loaded_before_a_store_is_opened(tmp_path: Path) -> None:
    code = """
import sys
import assistant.ask, assistant.channels.cli, assistant.store
assert not {"sqlalchemy", "alembic"} & set(sys.modules)
assistant.store.open_store().close()
assert {"sqlalchemy", "alembic"} <= set(sys.modules)
"""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "WENSHU_HOME": str(tmp_path)}
    env.pop("WENSHU_STORE", None)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")

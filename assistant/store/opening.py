"""Opens the database of a store: its URL, its connections, its version; the errors of all that in our words."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnection

from semantic_layer.errors import StoreBusy, StoreError

BUSY_SECONDS = 10.0  # that one waits for another's writing in SQLite; `?timeout=` of the URL says otherwise
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 0x57454E5348  # the number of PostgreSQL's lock that one process holds while it brings a store to this version
log = logging.getLogger("wenshu.store")
_one_migration = threading.Lock()  # Alembic keeps its context in a global


def parsed(url: str) -> URL:
    """Raises StoreError, which does not repeat the text: it may hold a password."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(
            "The place of the store (WENSHU_STORE, or store: in wenshu.yaml) is not a database URL. "
            "Write sqlite:////folder/store.sqlite or postgresql://user:password@host/database.",
            "存储位置（WENSHU_STORE 或 wenshu.yaml 中的 store:）不是数据库 URL。"
            "请写成 sqlite:////文件夹/store.sqlite 或 postgresql://用户:密码@主机/数据库。",
        ) from None


def seen_from(folder: Path, url: URL) -> URL:
    """The URL with a relative SQLite file taken as one of the folder."""
    path = _file(url)
    return url.set(database=str(folder.absolute() / path)) if path else url


def opened(text: str) -> Engine:
    """The engine of a store of this version. Raises StoreError, StoreBusy."""
    url = parsed(text)
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite and (not url.database or ":memory:" in url.database or url.query.get("mode") == "memory"):
        raise StoreError(
            "A store in memory would forget everything. Name a file: sqlite:////folder/store.sqlite.",
            "内存中的存储什么都留不住。请指定文件：sqlite:////文件夹/store.sqlite。",
        )
    if path := _file(url):
        _make_private(path)
    with speaking(url), contextlib.ExitStack() as undone:
        try:
            engine = _engine(url)
            undone.callback(engine.dispose)
            engine.connect().close()
        except (TypeError, ValueError):
            raise StoreError(
                "The URL of the store has an option (after the ?) that its driver does not take. Take it out.",
                "存储的 URL 在 ? 之后有其驱动不接受的选项，请去掉。",
            ) from None
        with _one_migration, writing(engine) as connection:
            _upgrade(connection)
        undone.pop_all()
    return engine


def writing(engine: Engine) -> contextlib.AbstractContextManager[Connection]:
    """A transaction that may write; in SQLite it has the one right to write from its beginning, so that nothing it read is stale."""
    return engine.execution_options(writes=True).begin()


@contextlib.contextmanager
def speaking(url: URL) -> Iterator[None]:
    """Turns the errors of SQLAlchemy, Alembic and drivers into ours. Their texts go to the log, without the password."""
    where = url.database if url.get_backend_name() == "sqlite" else url.get_backend_name()
    try:
        yield
    except (NoSuchModuleError, ImportError):
        raise StoreError(
            f"The database {url.drivername} of the store needs a driver that is not installed "
            "(for postgresql: pip install 'psycopg[binary]'), or does not exist.",
            f"存储所用的数据库 {url.drivername} 不存在，或其驱动没有安装（postgresql：pip install 'psycopg[binary]'）。",
        ) from None
    except CommandError as error:
        log.warning("%s: %s", where, error)
        raise StoreError(
            f"The store {where} was made by a newer Wenshu. Update Wenshu, or name another store by WENSHU_STORE.",
            f"存储 {where} 由更新版本的 Wenshu 生成。请更新 Wenshu，或用 WENSHU_STORE 指定另一个存储。",
        ) from None
    except NoConnection:
        raise _busy(where) from None
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, StatementError) and error.orig else error
        if isinstance(cause, TypeError | ValueError):  # of a caller's values, not of the database
            raise cause from None
        if isinstance(cause, sqlite3.Error) and _is_held(cause):
            raise _busy(where) from None
        told = str(cause).replace(url.password, "***") if isinstance(url.password, str) and url.password else str(cause)
        log.warning("%s: %s: %s", where, type(cause).__name__, told)
        raise StoreError(
            f"The store {where} cannot be used: it is out of reach, no database, damaged, or not ours to write. "
            "The log has the details; name another store by WENSHU_STORE.",
            f"存储 {where} 无法使用：连接不上、不是数据库、已损坏，或没有写入权限。详情见日志；可用 WENSHU_STORE 指定另一个存储。",
        ) from None


def _is_held(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _busy(where: str | None) -> StoreBusy:
    return StoreBusy(f"The store {where} is held by another program. Try again in a moment.", f"存储 {where} 正被另一个程序占用，请稍后再试。")


def _file(url: URL) -> Path | None:
    """The file of a SQLite URL; none where SQLite itself is to read the name."""
    named = url.database if url.get_backend_name() == "sqlite" else None
    return Path(named) if named and not named.startswith("file:") else None


def _make_private(path: Path) -> None:
    """An empty file that its owner alone may read, where there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreError(
            f"The store {path} cannot be made: {error.strerror}. Name another place by WENSHU_STORE.",
            f"无法创建存储 {path}：{error.strerror}。请用 WENSHU_STORE 指定另一个位置。",
        ) from None


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    engine = create_engine(url, hide_parameters=True, connect_args={} if "timeout" in url.query else {"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # the driver begins no transaction of its own
        connection.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten
        try:
            connection.execute("PRAGMA journal_mode = WAL")  # readers beside a writer
        except sqlite3.OperationalError as error:
            if not _is_held(error):  # SQLite does not wait here; another connection is switching, or the next will
                raise

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


def _upgrade(connection: Connection) -> None:
    """To the newest version, in the transaction of the connection. Raises CommandError for a version that is not ours."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
